"""What went out, what waits, and what nobody can know."""

from __future__ import annotations

from django.db.models import QuerySet

from core.models import User
from crm.models import PitchDelivery
from crm.services import pitch_mail

STATES = ("unclear", "planned", "sent", "failed")


def listing(user: User, state: str = "") -> QuerySet[PitchDelivery]:
    """Return the mails of the leads a person sees, newest first; `state` is one of STATES or empty for all."""
    rows = PitchDelivery.objects.for_user(user).select_related("pitch__lead__company", "pitch__contact", "by")
    if state == "unclear":
        return rows.unclear()
    if state == "planned":
        return rows.filter(state__in=[PitchDelivery.State.PLANNED, PitchDelivery.State.ATTEMPTING]).exclude(
            pk__in=PitchDelivery.objects.unclear().values("pk")
        )
    return rows.filter(state=state) if state in STATES else rows


def counts(user: User) -> dict[str, int]:
    """Return how many mails are in each state; together they are all."""
    return {state: listing(user, state).count() for state in STATES}


def raw(delivery: PitchDelivery) -> str:
    """Return the mail as it goes over the wire."""
    return pitch_mail.build(delivery).message().as_bytes().decode("utf-8", "replace")
