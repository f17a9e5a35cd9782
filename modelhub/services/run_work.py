"""The work of a training run in the `ml` worker: obeyed, watched, and finished into exactly one version."""

from __future__ import annotations

import contextlib
import resource
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import Job
from core.services import audit, jobs
from modelhub.engine.artifacts import Artifact
from modelhub.engine.clause_tuning import Keeper
from modelhub.engine.failures import EngineError
from modelhub.engine.training_progress import Halt, Point
from modelhub.models import Dataset, ModelVersion, TrainingRun
from modelhub.services import building, comparisons, run_data, runs

log = structlog.get_logger(__name__)
State, Wish = TrainingRun.State, TrainingRun.Wish
TELL_EVERY = 1.0  # seconds between two reports to the run's row
CHECKPOINT_EVERY = 30.0  # seconds of work that a killed worker may cost
LONG = (
    "hub.compare",
    "hub.curve",
    "hub.verify-eval",
)  # kinds that wait until a run is done; reading and drafting do not
LONGEST_CURVE, LONGEST_LOG = 400, 200


class Obeyed(Halt):
    """Somebody asked for a pause or an end."""


class Lost(Halt):
    """The job was cancelled or taken by another worker."""


def work(rows: Sequence[Job]) -> None:
    """Work one run; on a killed worker's heels from its checkpoint."""
    job = rows[0]
    try:
        run = _take(job)
        if run is not None:
            watcher = Watcher(job, run)
            try:
                _work(rows, run, watcher)
            finally:
                watcher.forget()
    finally:
        _tidy(job.payload["run"])


def _work(rows: Sequence[Job], run: TrainingRun, watcher: Watcher) -> None:
    """Train, and say how it ended. Raises Unworkable, with the reason, if it failed."""
    job = rows[0]
    try:
        with jobs.held(rows):
            artifact = _train(run, watcher)
        _finish(job, run, artifact, watcher)
    except Obeyed:
        _halt(job, run)
    except Lost:
        log.warning("run left to another", run=run.pk)
    except EngineError as error:
        raise jobs.Unworkable(str(error)) from None
    except (MemoryError, RuntimeError) as error:
        if not _out_of_memory(error):
            raise
        log.exception("run out of memory", run=run.pk)
        raise jobs.Unworkable(
            _(
                "There was too little memory for this training. Choose smaller batches or a smaller base model, or give "
                "the worker more memory and let the run go on; what it kept so far is still there."
            )
        ) from None


def _out_of_memory(error: Exception) -> bool:
    """PyTorch raises a RuntimeError of its own: of one class on a GPU, of none in particular on a CPU."""
    return isinstance(error, MemoryError) or "out of memory" in str(error) or "can't allocate memory" in str(error)


def folder(run: TrainingRun) -> str:
    """Where the version of a run lies, below the data folder."""
    return f"versions/reader-r{run.pk}"


class Watcher:
    """Writes what a training tells on its run, at most once a second, and looks there for wishes."""

    def __init__(self, job: Job, run: TrainingRun) -> None:
        self.job, self.run = job, run
        self.began, self.before, self.told_at = time.monotonic(), run.seconds, 0.0
        self.curve, self.lines = list(run.curve), list(run.log)
        self.losses: list[float] = []
        self.started = False
        self.kept = _changed(run)
        self.forgotten = run.dataset.forgotten

    def report(self, line: str) -> None:
        """Add a line to the run's log."""
        self.lines = [*self.lines, [round(self._seconds(), 1), line]][-LONGEST_LOG:]
        self._write(note=line[:300])

    def told(self, point: Point) -> None:
        """Take in where the training is. Raises Obeyed or Lost."""
        if not self.started:  # what came behind the checkpoint is done once more
            self.curve, self.started = [row for row in self.curve if row["step"] < point.step], True
        if point.loss is not None:
            self.losses.append(point.loss)
        if point.validation is None and point.step < point.of and time.monotonic() - self.told_at < TELL_EVERY:
            return
        if self.losses or point.validation is not None:
            self._add(point)
        self._write(step=point.step, steps=point.of, curve=self.curve)
        self._obey(point)
        jobs.let_through(self.job, besides=LONG)
        self.told_at = time.monotonic()

    def forget(self) -> None:
        """Erase what was kept if a row was forgotten while it was trained on: it may have been written since."""
        if Dataset.objects.filter(pk=self.run.dataset_id, forgotten__gt=self.forgotten).exists():
            runs.erase_kept(self.run)

    def _add(self, point: Point) -> None:
        loss = sum(self.losses) / len(self.losses) if self.losses else None
        self.losses = []
        self.curve.append(
            {
                "step": point.step, "of": point.of, "epoch": point.epoch, "loss": loss and round(loss, 5),
                "rate": point.rate, "validation": point.validation, "seconds": round(self._seconds(), 1),
            }
        )  # fmt: skip
        if len(self.curve) > LONGEST_CURVE:
            self.curve = [row for n, row in enumerate(self.curve) if n % 2 or row["validation"] is not None]

    def _write(self, **values: Any) -> None:
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        TrainingRun.objects.filter(pk=self.run.pk, state=State.RUNNING).update(
            seconds=round(self._seconds(), 1), memory_mb=max(memory, self.run.memory_mb), log=self.lines, **values
        )

    def _obey(self, point: Point) -> None:
        if not jobs.progress(self.job, point.step, point.of):
            raise Lost
        now = _changed(self.run)
        if now != self.kept:
            jobs.got_on(self.job)
            self.kept = now
        if TrainingRun.objects.filter(pk=self.run.pk).exclude(wish=Wish.NOTHING).exists():
            raise Obeyed

    def _seconds(self) -> float:
        return self.before + time.monotonic() - self.began


def _take(job: Job) -> TrainingRun | None:
    """The run, marked as running; None, with the job done, if it was paused, cancelled or ended meanwhile."""
    with transaction.atomic():
        list(Job.objects.select_for_update().filter(pk=job.pk))  # first, as whoever cancels it locks them
        run = TrainingRun.objects.select_for_update().filter(pk=job.payload["run"]).first()
        wished = {Wish.PAUSE: State.PAUSED, Wish.CANCEL: State.CANCELLED}
        if run is not None and run.state in (State.QUEUED, State.RUNNING) and run.wish == Wish.NOTHING:
            run.state, run.started_at = State.RUNNING, run.started_at or timezone.now()
            run.save(update_fields=["state", "started_at"])
            return run
        with contextlib.suppress(jobs.LeaseLost), jobs.finishing(job, note="nothing to train"):
            if run is not None and run.state in (State.QUEUED, State.RUNNING):
                _end(run, wished[Wish(run.wish)])
    return None


def _train(run: TrainingRun, watcher: Watcher) -> Artifact:
    """Train into the run's version folder. Raises EngineError, Obeyed or Lost."""
    from modelhub.engine import reader_finetune, reader_training
    from modelhub.engine.encoders import encoder

    base = run_data.base_folder(run.base)
    messages, groups = run_data.material(run)
    if run.dataset.forgotten:
        watcher.report(f"{run.dataset.forgotten} rows of this dataset were erased since it was frozen")
    target = Path(settings.FAIRLEAD_DATA) / folder(run)
    if run.recipe == TrainingRun.Recipe.LINEAR:
        heads = reader_training.Recipe(**run.config["heads"])
        return reader_training.train(
            messages, building.definitions(), [encoder(base)], target, recipe=heads, groups=groups,
            report=watcher.report, told=watcher.told, mark=f"run {run.pk}", keep=runs.checkpoint_path(run).parent,
        )  # fmt: skip
    return reader_finetune.train(
        messages, building.definitions(), base, target, plan=run_data.plan(run.config), groups=groups,
        report=watcher.report, told=watcher.told, mark=f"run {run.pk}",
        keeper=Keeper(runs.checkpoint_path(run), CHECKPOINT_EVERY),
    )  # fmt: skip


def _finish(job: Job, run: TrainingRun, artifact: Artifact, watcher: Watcher) -> None:
    """Register the version and end the run, in one transaction with the job."""
    with jobs.finishing(job, result={"version": f"reader-r{run.pk}"}):
        row = TrainingRun.objects.select_for_update().get(pk=run.pk)
        if row.wish == Wish.CANCEL:
            _end(row, State.CANCELLED)
        else:
            _register(row, artifact)


def _register(row: TrainingRun, artifact: Artifact) -> None:
    """Make the version row of a run that is done, and ask for its comparison with what serves."""
    from modelhub.engine import reader_card

    version = ModelVersion.objects.create(
        key=f"reader-r{row.pk}", name=row.name, task=ModelVersion.Task.READ, engine=ModelVersion.Engine.READER,
        base=row.base, folder=folder(row), card=reader_card.text(artifact.meta["card"]),
        config={"run": row.pk, "digest": artifact.digest, "dataset": row.dataset.digest, "settings": row.config,
                "background": artifact.meta.get("background", "")},
    )  # fmt: skip
    row.result, row.step = version, row.steps
    _end(row, State.DONE)
    audit.record("make", version, by=row.by, after={"run": row.pk, "digest": artifact.digest})
    comparisons.request(version, row.dataset, by=row.by)


def _halt(job: Job, run: TrainingRun) -> None:
    """Obey a wish; a run whose pause was taken back meanwhile is queued again."""
    with jobs.finishing(job):
        row = TrainingRun.objects.select_for_update().get(pk=run.pk)
        wish = row.wish
        if wish == Wish.CANCEL:
            _end(row, State.CANCELLED)
        else:
            row.state, row.wish = (State.PAUSED if wish == Wish.PAUSE else State.QUEUED), Wish.NOTHING
            row.save(update_fields=["state", "wish"])
    if wish == Wish.NOTHING:
        runs.requeue(run)


def _tidy(pk: int) -> None:
    """Remove what a run kept on disk once it will not go on; of a cancelled one, whoever cancelled it, a version too.

    Other than whoever cancels it, this comes after the last thing that the training writes.
    """
    run = TrainingRun.objects.filter(pk=pk, state__in=[State.DONE, State.CANCELLED]).first()
    if run is None:
        return
    runs.drop_checkpoint(run)
    if run.state == State.CANCELLED:
        shutil.rmtree(Path(settings.FAIRLEAD_DATA) / folder(run), ignore_errors=True)


def _end(run: TrainingRun, state: str) -> None:
    run.state, run.wish, run.problem = state, Wish.NOTHING, ""
    run.finished_at = None if state == State.PAUSED else timezone.now()
    run.save()


def _changed(run: TrainingRun) -> int:
    """When the run last kept something on disk; 0 if it has not, or it is being erased."""
    try:
        return max((path.stat().st_mtime_ns for path in runs.kept_files(run)), default=0)
    except FileNotFoundError:
        return 0
