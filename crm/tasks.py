"""The work of the sales side, by job kind."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from core.models import Job
from core.services import jobs
from crm.services import drafting, files, reading, rereading, sending, subjects, verdicts

# messages


@jobs.handles("crm.read", queue="ml", batch=32, lease_seconds=60, failed=reading.failed, label=_("Read messages"))
def read(rows: Sequence[Job]) -> None:
    """Read a batch of messages."""
    reading.work(rows)


@jobs.handles(
    "crm.extract", queue="ml", batch=1, lease_seconds=60, failed=files.failed, label=_("Take the text out of a file")
)
def extract(rows: Sequence[Job]) -> None:
    """Take the text out of a picture or PDF."""
    files.work(rows)


@jobs.handles("crm.reread", queue="ml", lease_seconds=60, failed=rereading.failed, label=_("Read messages again"))
def reread(rows: Sequence[Job]) -> None:
    """Read a slice of the open messages that another version serves now."""
    rereading.work(rows)


# pitches


@jobs.handles("crm.draft", queue="ml", lease_seconds=300, failed=drafting.failed, label=_("Draft a pitch"))
def draft(rows: Sequence[Job]) -> None:
    """Draft a pitch."""
    drafting.work(rows)


@jobs.handles("crm.verify", queue="ml", batch=16, failed=verdicts.failed, label=_("Check sentences"))
def verify(rows: Sequence[Job]) -> None:
    """Judge sentences a person wrote."""
    verdicts.work(rows)


@jobs.handles("crm.subject", queue="ml", batch=16, failed=subjects.failed, label=_("Check subject lines"))
def subject(rows: Sequence[Job]) -> None:
    """Judge subject lines a person wrote."""
    subjects.work(rows)


@jobs.handles("crm.send", lease_seconds=160, failed=sending.failed, label=_("Send a mail"))
def send(rows: Sequence[Job]) -> None:
    """Send the mail of a pitch."""
    sending.work(rows)
