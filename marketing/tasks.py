"""The work of the marketing side, by job kind, and its ticks."""

from __future__ import annotations

from collections.abc import Sequence

from celery import shared_task
from django.utils.translation import gettext_lazy as _

from core.models import Job
from core.services import jobs
from marketing.services import approval_mail, copy_drafting, copy_verdicts, driving, inbox, trial_mail

# copies


@jobs.handles(
    "marketing.draft", queue="ml", lease_seconds=300, failed=copy_drafting.failed, label=_("Draft a campaign mail")
)
def draft(rows: Sequence[Job]) -> None:
    """Draft a copy."""
    copy_drafting.work(rows)


@jobs.handles("marketing.verify", queue="ml", batch=16, failed=copy_verdicts.failed, label=_("Check sentences"))
def verify(rows: Sequence[Job]) -> None:
    """Judge sentences of a copy that a person wrote."""
    copy_verdicts.work(rows)


@jobs.handles("marketing.test", label=_("Send a test mail"))
def send_test(rows: Sequence[Job]) -> None:
    """Send a test mail to who asked for it."""
    trial_mail.work(rows)


@jobs.handles(approval_mail.KIND, label=_("Tell of an approval"))
def tell(rows: Sequence[Job]) -> None:
    """Mail who may approve a campaign, or who waits for the approval."""
    approval_mail.work(rows)


# sending


@jobs.handles(driving.PLAN, lease_seconds=20, failed=driving.failed, label=_("Freeze the audience of a campaign"))
def plan(rows: Sequence[Job]) -> None:
    """Freeze audiences."""
    with jobs.held(rows):
        driving.plan_work(rows)


@jobs.handles(driving.SEND, lease_seconds=20, failed=driving.failed, label=_("Send a campaign"))
def send(rows: Sequence[Job]) -> None:
    """Send campaigns, a slice at a time."""
    with jobs.held(rows):
        driving.send_work(rows)


@shared_task(name="marketing.tasks.look_for_sendings")
def look_for_sendings() -> None:
    """Find sendings that no job drives, and rows that vanished workers left."""
    driving.look()


# what comes back


@jobs.handles("marketing.fetch", lease_seconds=120, label=_("Fetch mail"))
def fetch(rows: Sequence[Job]) -> None:
    """Take in what waits in the mail folders."""
    inbox.work(rows)


@shared_task(name="marketing.tasks.look_for_mail")
def look_for_mail() -> None:
    """Queue a look into the mail folders, if there are any and none is under way."""
    inbox.queue()
