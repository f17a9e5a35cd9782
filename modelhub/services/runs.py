"""Training runs as people handle them: start, pause, go on, cancel. The work itself is in `run_work`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from core.models import Job, User
from core.services import audit, jobs
from modelhub.models import BaseModel, Dataset, TrainingRun
from modelhub.services import run_data

KIND = "hub.train"
State, Wish = TrainingRun.State, TrainingRun.Wish


def start(
    dataset: Dataset, recipe: str, base: BaseModel, config: Mapping[str, Any], *, by: User | None, name: str = ""
) -> TrainingRun:
    """Queue a run; an open one of the same dataset, recipe, base and configuration is returned instead of a second.

    `config` holds only what differs from the defaults. Raises ValueError for a setting that is unknown or no number.
    """
    full = run_data.complete(recipe, base, config)
    with transaction.atomic():
        Dataset.objects.select_for_update().get(pk=dataset.pk)  # two clicks come one after the other
        for twin in TrainingRun.objects.filter(dataset=dataset, recipe=recipe, base=base):
            if twin.open and twin.config == full:
                return twin
        run = TrainingRun.objects.create(
            name=_name(name or f"{dataset.name}: {TrainingRun.Recipe(recipe).label}, {base.name}"),
            dataset=dataset, recipe=recipe, base=base, config=full, by=by,
        )  # fmt: skip
        TrainingRun.objects.filter(pk=run.pk).update(checkpoint=f"runs/{run.pk}/checkpoint.safetensors")
        run.refresh_from_db()
        _queue(run, by)
        audit.record("start", run, by=by, after={"recipe": recipe, "base": base.key})
    return run


def pause(run: TrainingRun, *, by: User | None) -> TrainingRun:
    """Halt a run so that it can go on later; a waiting one at once, a running one after its step."""
    with _held(run) as row:
        if row.state == State.QUEUED:
            _set(row, "pause", by, state=State.PAUSED)
            _unqueue(row, by)
        elif row.state == State.RUNNING:
            _set(row, "pause", by, wish=Wish.PAUSE)
    return row


def resume(run: TrainingRun, *, by: User | None) -> TrainingRun:
    """Let a paused or failed run go on from its checkpoint; takes back a pause that has not come into force."""
    with _held(run) as row:
        if row.state in (State.PAUSED, State.FAILED):
            _set(row, "resume", by, state=State.QUEUED, wish=Wish.NOTHING, problem="", finished_at=None)
            _queue(row, by)
        elif row.state == State.RUNNING and row.wish == Wish.PAUSE:
            _set(row, "resume", by, wish=Wish.NOTHING)
    return row


def cancel(run: TrainingRun, *, by: User | None) -> TrainingRun:
    """End a run for good; what it learned so far is thrown away."""
    with _held(run) as row:
        if row.state in (State.QUEUED, State.PAUSED):
            _set(row, "cancel", by, state=State.CANCELLED, finished_at=timezone.now())
            _unqueue(row, by)
        elif row.state == State.RUNNING:
            _set(row, "cancel", by, wish=Wish.CANCEL)
    if row.state == State.CANCELLED:
        drop_checkpoint(row)
    return row


def failed(job: Job) -> None:
    """Say on the run why it ended; the checkpoint of a failed one stays: it can be restarted once the reason is mended."""
    with transaction.atomic():
        run = TrainingRun.objects.select_for_update().filter(pk=job.payload["run"]).first()
        if run is None or run.state not in (State.QUEUED, State.RUNNING):
            return
        cancelled = Job.objects.filter(pk=job.pk, state=Job.State.CANCELLED).exists()
        run.state = State.CANCELLED if cancelled else State.FAILED
        run.problem, run.wish, run.finished_at = ("" if cancelled else job.error), Wish.NOTHING, timezone.now()
        run.save(update_fields=["state", "problem", "wish", "finished_at"])
        audit.record("end", run, by=None, after={"state": run.state, "problem": run.problem})
        if cancelled:
            transaction.on_commit(partial(drop_checkpoint, run))


def seconds_left(run: TrainingRun) -> float | None:
    """Guess how long a run still works, from how long its steps usually took; None when nothing can be said."""
    if run.state not in (State.RUNNING, State.PAUSED) or not run.step or not run.steps:
        return None
    return _pace(run) * max(run.steps - run.step, 0)


def _pace(run: TrainingRun) -> float:
    """Seconds a step usually took; what was lost with a killed worker, and done again, is one long step among many."""
    points = [(point["step"], point["seconds"]) for point in run.curve if point.get("seconds") is not None]
    pairs = [(then, now) for then, now in pairwise(points) if now[0] > then[0] and now[1] >= then[1]]
    took = [(now[1] - then[1]) / (now[0] - then[0]) for then, now in pairs]
    return median(took) if len(took) > 1 else run.seconds / run.step


def checkpoint_path(run: TrainingRun) -> Path:
    """Where a run keeps its state."""
    return Path(settings.FAIRLEAD_DATA) / run.checkpoint


def kept_files(run: TrainingRun) -> list[Path]:
    """What a run keeps on disk to go on from: its checkpoint, or what the encoder said of its messages."""
    return sorted(checkpoint_path(run).parent.glob("*.safetensors")) if run.checkpoint else []


def erase_kept(run: TrainingRun) -> None:
    """Remove what a run keeps, even while it runs: one that goes on works without it."""
    for path in kept_files(run):
        path.unlink(missing_ok=True)


def drop_checkpoint(run: TrainingRun) -> None:
    """Remove the state of a run that will not go on."""
    if not run.checkpoint:
        return
    erase_kept(run)
    folder = checkpoint_path(run).parent
    for path in folder.glob("*.writing"):  # what a killed worker was about to keep
        path.unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _name(wanted: str) -> str:
    """The name, numbered if a run has it already: people, and readings of messages, tell versions by their names."""
    wanted = wanted[:112]
    alike = TrainingRun.objects.filter(name__startswith=wanted).count()
    return f"{wanted} {alike + 1}" if alike else wanted


@contextmanager
def _held(run: TrainingRun) -> Iterator[TrainingRun]:
    """The run's row as it is now, locked for a change; its job first, as a worker and whoever cancels the job lock them."""
    with transaction.atomic():
        list(_jobs(run).select_for_update().order_by("pk"))
        yield TrainingRun.objects.select_for_update().get(pk=run.pk)


def _set(run: TrainingRun, verb: str, by: User | None, **values: Any) -> None:
    before = {name: getattr(run, name) for name in values}
    for name, value in values.items():
        setattr(run, name, value)
    run.save(update_fields=list(values))
    audit.record(verb, run, by=by, before=before, after=values)


def requeue(run: TrainingRun) -> None:
    """Queue a run again whose job has ended."""
    _queue(run, run.by)


def _queue(run: TrainingRun, by: User | None) -> None:
    jobs.enqueue(KIND, {"run": run.pk}, dedupe_key=f"run:{run.pk}", by=by)


def _unqueue(run: TrainingRun, by: User | None) -> None:
    for job in _jobs(run).filter(state=Job.State.QUEUED):
        jobs.cancel(job, by=by)


def _jobs(run: TrainingRun) -> QuerySet[Job]:
    return Job.objects.filter(kind=KIND, dedupe_key=f"run:{run.pk}", state__in=[Job.State.QUEUED, Job.State.RUNNING])
