"""The figures of the sales side in the sidebar."""

from __future__ import annotations

from core.models import User
from core.services.counts import MOST, counts
from crm.models import Lead, Pitch, Requirement


@counts("leads")
def open_leads(user: User) -> int:
    """Open leads the person may read."""
    return Lead.objects.for_user(user).open().order_by()[:MOST].count()


@counts("radar")
def proposed_requirements(user: User) -> int:
    """Requirements that wait for the person to confirm or correct them."""
    return (
        Requirement.objects.for_user(user, "edit").filter(status=Requirement.Status.PROPOSED).order_by()[:MOST].count()
    )


@counts("pitches")
def pitches_in_work(user: User) -> int:
    """Pitches the person may edit that were not sent yet."""
    rows = Pitch.objects.for_user(user, "edit").exclude(state=Pitch.State.SENT)
    return rows.order_by()[:MOST].count()
