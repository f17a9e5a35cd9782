"""What hangs on a campaign's plan: what it cost, what is to be done, and the way its state went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import AuditEntry, User
from core.scoping import may
from core.services import audit
from core.services.edits import Stale
from marketing.models import Campaign, CampaignTask, CostLine

MOST = 200  # cost lines and tasks of one campaign


@dataclass(frozen=True, slots=True)
class Step:
    """A change of a campaign's state, as the audit has it; `state` in words."""

    at: datetime
    who: User | None
    state: str
    reason: str


@transaction.atomic
def add_cost(campaign: Campaign, *, by: User, what: str, amount: Decimal, on: date | None = None) -> CostLine:
    """Add what was paid, in the campaign's currency. Raises ValidationError."""
    _room(campaign.costs.count())
    line = CostLine(campaign=campaign, what=what.strip(), amount=amount, on=on)
    if amount < 0:
        raise ValidationError({"amount": _("A cost is zero or more.")})
    line.full_clean(exclude=["campaign"])
    line.save()
    audit.record("cost", campaign, by=by, after={"what": line.what, "amount": line.amount, "on": line.on})
    return line


@transaction.atomic
def remove_cost(line: CostLine, *, by: User) -> None:
    """Take a cost line away; raises Stale if somebody was faster."""
    gone, _rows = CostLine.objects.filter(pk=line.pk).delete()
    if not gone:
        raise Stale(_("This cost was removed already."))
    audit.record("cost", line.campaign, by=by, before={"what": line.what, "amount": line.amount, "on": line.on})


@transaction.atomic
def add_task(
    campaign: Campaign, *, by: User, title: str, due_on: date | None = None, assignee: User | None = None
) -> CampaignTask:
    """Add something to do; only who sees campaigns can be asked to. Raises ValidationError."""
    _room(campaign.tasks.count())
    if assignee is not None and not may(assignee, "marketing"):
        raise ValidationError({"assignee": _("%(who)s does not see campaigns.") % {"who": assignee}})
    task = CampaignTask(campaign=campaign, title=title.strip(), due_on=due_on, assignee=assignee)
    task.full_clean(exclude=["campaign", "assignee"])
    task.save()
    audit.record("task", campaign, by=by, after={"title": task.title, "due_on": task.due_on})
    return task


@transaction.atomic
def tick(task: CampaignTask, *, by: User, done: bool) -> CampaignTask:
    """Mark a task as done or not done; raises Stale if it is so already, so that nothing is ticked twice."""
    moment = timezone.now() if done else None
    if not CampaignTask.objects.filter(pk=task.pk, done_at__isnull=done).update(done_at=moment):
        raise Stale(_("Somebody changed this task while you had it open. Look at its new state."))
    task.done_at = moment
    audit.record("task", task.campaign, by=by, after={"title": task.title, "done": done})
    return task


@transaction.atomic
def remove_task(task: CampaignTask, *, by: User) -> None:
    """Take a task away; raises Stale if somebody was faster."""
    gone, _rows = CampaignTask.objects.filter(pk=task.pk).delete()
    if not gone:
        raise Stale(_("This task was removed already."))
    audit.record("task", task.campaign, by=by, before={"title": task.title, "due_on": task.due_on})


def history(campaign: Campaign) -> list[Step]:
    """Return how the campaign's state went, newest first, with who and when."""
    entries = AuditEntry.objects.filter(noun="campaign", object_id=str(campaign.pk)).select_related("actor")
    words: dict[str, Any] = dict(Campaign.State.choices)
    changes = [entry for entry in entries[:1000] if entry.after.get("state") in words]
    return [Step(entry.at, entry.actor, str(words[entry.after["state"]]), entry.reason) for entry in changes]


def _room(present: int) -> None:
    if present >= MOST:
        raise ValidationError(_("There are %(n)d already; that is the most a campaign keeps.") % {"n": MOST})
