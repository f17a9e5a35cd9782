"""The work of the marketing side, by job kind, and the tick that looks for mail."""

from __future__ import annotations

from collections.abc import Sequence

from celery import shared_task
from django.utils.translation import gettext_lazy as _

from core.models import Job
from core.services import jobs
from marketing.services import inbox

# what comes back


@jobs.handles("marketing.fetch", lease_seconds=120, label=_("Fetch mail"))
def fetch(rows: Sequence[Job]) -> None:
    """Take in what waits in the mail folders."""
    inbox.work(rows)


@shared_task(name="marketing.tasks.look_for_mail")
def look_for_mail() -> None:
    """Queue a look into the mail folders, if there are any and none is under way."""
    inbox.queue()
