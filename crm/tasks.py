"""The work of the sales side, by job kind."""

from __future__ import annotations

from collections.abc import Sequence

from core.models import Job
from core.services import jobs
from crm.services import files, reading

# messages


@jobs.handles("crm.read", queue="ml", batch=32, lease_seconds=300, failed=reading.failed)
def read(rows: Sequence[Job]) -> None:
    """Read a batch of messages."""
    reading.work(rows)


@jobs.handles("crm.extract", queue="ml", batch=1, lease_seconds=600, failed=files.failed)
def extract(rows: Sequence[Job]) -> None:
    """Take the text out of a picture or PDF."""
    files.work(rows)
