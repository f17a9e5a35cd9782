"""Train a shipped reader when an admin asks for it: in the `ml` worker, with progress, leads' messages let through, then measured."""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.utils.translation import gettext as _

from core.models import Job, User
from core.services import audit, jobs
from modelhub.engine.failures import EngineError
from modelhub.engine.training_progress import Halt, Point
from modelhub.models import ModelVersion
from modelhub.services import comparisons, engine_words, shipped, shipped_readers

KIND = "hub.train-shipped"
TELL_EVERY = 1.0  # seconds
LONG = (
    "hub.compare",
    "hub.curve",
    "hub.train",
    "hub.verify-eval",
    KIND,
)  # kinds that wait until this is done; reading and drafting do not


class Stopped(Halt):
    """The job was cancelled or taken by another worker."""


def request(version: ModelVersion, *, by: User) -> Job:
    """Queue the training; an open twin is returned. Raises ValueError for a version that is not untrained."""
    if version.state != ModelVersion.State.UNTRAINED:
        raise ValueError(_("%(name)s is trained already. Nothing was started.") % {"name": version.name})
    return jobs.enqueue(KIND, {"version": version.pk}, dedupe_key=f"shipped:{version.pk}", by=by)


def running(version: ModelVersion) -> Job | None:
    """The open job that trains a version."""
    states = [Job.State.QUEUED, Job.State.RUNNING]
    return Job.objects.filter(kind=KIND, dedupe_key=f"shipped:{version.pk}", state__in=states).first()


def work(rows: Sequence[Job]) -> None:
    """Train, write that the version is ready, and ask for its measurement. Raises Unworkable with the reason."""
    for job in rows:
        version = ModelVersion.objects.filter(pk=job.payload["version"]).first()
        if version is None:
            raise jobs.Unworkable(_("The version is no longer there."))
        watcher = _Watcher(job)
        try:
            with jobs.held(rows):
                shipped_readers.ensure(version.config["shipped"], report=watcher.line, told=watcher.point)
        except Stopped:
            continue
        except EngineError as error:
            raise jobs.Unworkable(engine_words.told(str(error))) from None
        with jobs.finishing(job, note=_("Trained; it is measured next.")):
            shipped.note_trained()
            audit.record("train", version, by=job.by, after={"state": ModelVersion.State.READY})
            comparisons.request(version, None, by=job.by)


class _Watcher:
    """Writes how far a training is, at most once a second, and lets short jobs through meanwhile."""

    def __init__(self, job: Job) -> None:
        self.job, self.note, self.at = job, "", 0.0
        self.done, self.total = 0, 0

    def line(self, line: str) -> None:
        self.note = line[:300]
        self._tell()

    def point(self, point: Point) -> None:
        self.done, self.total = point.step, point.of
        if time.monotonic() - self.at >= TELL_EVERY:
            self._tell()

    def _tell(self) -> None:
        if not jobs.progress(self.job, self.done, self.total, self.note):
            raise Stopped
        jobs.let_through(self.job, besides=LONG)
        self.at = time.monotonic()
