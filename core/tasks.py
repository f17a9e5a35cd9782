"""The one Celery task that works the queue of record."""

from __future__ import annotations

from celery import shared_task

from core.services import jobs


@shared_task(name="core.tasks.work")
def work(queue: str) -> int:
    """Work the due jobs of a queue."""
    return jobs.work(queue)
