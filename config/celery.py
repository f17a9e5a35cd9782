"""The workers: Celery wakes them, the rows of core.Job tell them what to do."""

from __future__ import annotations

import contextlib
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_ready
from django_structlog.celery.steps import DjangoStructLogInitStep

from config import bus

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

bus.register()
app = Celery("fairlead")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def use_django_logging(**_: Any) -> None:
    """Keep Django's log settings instead of Celery's own."""


@worker_ready.connect
def warm(sender: Any, **_: Any) -> None:
    """A worker of the `ml` queue loads what serves before it takes work: the first message must not wait for that.

    Before that it puts in order what a killed one left half-written, and what an earlier edition left to be erased.
    """
    if "ml" in sender.app.amqp.queues.consume_from:
        from django.db import DatabaseError

        from modelhub.services import erasing, serving, versions

        with contextlib.suppress(OSError):  # what is left there now is swept another time
            versions.sweep()
        with contextlib.suppress(DatabaseError):  # not migrated yet: there is nothing to catch up with
            erasing.catch_up()
        serving.warm()


@app.on_after_finalize.connect
def add_ticks(sender: Celery, **_: Any) -> None:
    """Beat: re-drive what is due or was left by a killed worker. Two beats do no harm."""
    from django.conf import settings

    for queue in ("default", "ml"):
        sender.add_periodic_task(
            settings.JOB_TICK_SECONDS,
            sender.signature("core.tasks.work", args=(queue,), queue=queue),
            name=f"jobs-{queue}",
        )
    sender.add_periodic_task(
        max(5, settings.JOB_TICK_SECONDS),
        sender.signature("marketing.tasks.look_for_sendings", queue="default"),
        name="look-for-sendings",
    )
    sender.add_periodic_task(
        settings.INBOUND_SECONDS,
        sender.signature("marketing.tasks.look_for_mail", queue="default"),
        name="look-for-mail",
    )
