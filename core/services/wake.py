"""Wake a worker. A broker that is away costs time, never work: the tick finds the row."""

from __future__ import annotations

import structlog
from celery import current_app
from django.conf import settings

log = structlog.get_logger(__name__)


def worker(queue: str) -> None:
    """Send a wake-up to `queue`; a failure is logged and forgotten."""
    if getattr(settings, "WAKE_WORKERS", True) is False:  # tests work the queue themselves
        return
    try:
        current_app.send_task("core.tasks.work", args=(queue,), queue=queue, retry=False)
    except Exception as error:
        log.warning("worker not woken", queue=queue, why=str(error))
