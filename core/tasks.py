"""The one Celery task that works the queue of record."""

from __future__ import annotations

import tempfile
from pathlib import Path

from celery import shared_task

from core.services import jobs, memory


@shared_task(name="core.tasks.work")
def work(queue: str) -> int:
    """Work the due jobs of a queue. The file touched is the sign of life that health checks look at: a worker whose
    consumer has gone deaf still answers a ping, but touches nothing."""
    Path(tempfile.gettempdir(), f"fairlead-{queue}.alive").touch()
    worked = jobs.work(queue, seconds=10)
    if worked:
        memory.give_back()
    return worked
