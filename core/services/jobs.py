"""Put work on the queue, claim it, finish it. The row is the queue; Celery only wakes the worker that reads it."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.functional import Promise

from core.models import Job, User
from core.services import audit, wake

log = structlog.get_logger(__name__)
MAX_ATTEMPTS = 5
BREATH, BREATHE_EVERY = 0.12, 1.0  # seconds; whoever waits for SQLite's lock looks every 0.1 s
_breathed = [float("-inf")]  # when this process last did


class LeaseLost(Exception):
    """The job was taken by another worker meanwhile; whatever was written in this transaction is rolled back."""


class Unworkable(Exception):
    """The work cannot be done, now or later; the text is shown to the person who asked for it."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """How jobs of a kind are worked: by `work`, in `queue`, up to `batch` rows at once, each lease `lease` long."""

    name: str
    work: Callable[[Sequence[Job]], None]
    queue: str
    batch: int
    lease: timedelta
    failed: Callable[[Job], None] | None
    label: str | Promise = ""


KINDS: dict[str, JobKind] = {}


def handles(
    name: str,
    *,
    queue: str = "default",
    batch: int = 1,
    lease_seconds: int = 120,
    failed: Callable[[Job], None] | None = None,
    label: str | Promise = "",
) -> Callable[[Callable[[Sequence[Job]], None]], Callable[[Sequence[Job]], None]]:
    """Register the decorated function as the worker of a job kind.

    `failed` hears of jobs that gave up for good or were cancelled; `label` is what people read instead of the kind.
    """

    def register(work: Callable[[Sequence[Job]], None]) -> Callable[[Sequence[Job]], None]:
        KINDS[name] = JobKind(name, work, queue, batch, timedelta(seconds=lease_seconds), failed, label)
        return work

    return register


def enqueue(
    kind: str,
    payload: Mapping[str, Any],
    *,
    dedupe_key: str = "",
    by: User | None = None,
    run_at: datetime | None = None,
    total: int = 0,
) -> Job:
    """Write a job in the caller's transaction and wake a worker after commit; an open twin is returned instead of a second."""
    queue = KINDS[kind].queue
    request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64]
    try:
        with transaction.atomic():
            job = Job.objects.create(
                kind=kind, queue=queue, payload=dict(payload), dedupe_key=dedupe_key, by=by,
                run_at=run_at or timezone.now(), total=total, request_id=request_id,
            )  # fmt: skip
    except IntegrityError:
        twin = Job.objects.filter(kind=kind, dedupe_key=dedupe_key, state__in=["queued", "running"]).first()
        if twin is None:  # it ended between our two statements: then ours is a new one
            return enqueue(kind, payload, dedupe_key=dedupe_key, by=by, run_at=run_at, total=total)
        return twin
    transaction.on_commit(lambda: wake.worker(queue))
    return job


def claim(queue: str, *, besides: Collection[str] = ()) -> list[Job]:
    """Take the next due jobs of one kind, oldest first, up to its batch size; also those whose lease ran out.

    Jobs of the kinds in `besides` are left where they are.
    """
    now = timezone.now()
    _bury_deadly(queue, now)
    skip = connection.features.has_select_for_update_skip_locked
    with transaction.atomic():
        free = Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=now)
        due = Job.objects.filter(free, queue=queue, run_at__lte=now).exclude(kind__in=besides)
        first = due.select_for_update(skip_locked=skip).order_by("run_at", "id").first()
        if first is None:
            return []
        kind = KINDS.get(first.kind)
        size = kind.batch if kind and not first.attempts else 1  # what failed once is tried alone
        more = (
            due.filter(kind=first.kind, attempts=0)
            .exclude(pk=first.pk)
            .select_for_update(skip_locked=skip)
            .order_by("run_at", "id")
        )
        jobs = [first, *more[: size - 1]] if size > 1 else [first]
        token = secrets.token_hex(8)
        lease = now + (kind.lease if kind else timedelta(seconds=60))
        for job in jobs:
            job.state, job.lease_token, job.lease_until = Job.State.RUNNING, token, lease
            job.attempts, job.started_at = job.attempts + 1, now
        Job.objects.bulk_update(jobs, ["state", "lease_token", "lease_until", "attempts", "started_at"])
    return jobs


@contextmanager
def finishing(job: Job, *, note: str = "", result: Mapping[str, Any] | None = None) -> Iterator[None]:
    """Do the work's writes and mark the job done in one transaction: either both stand or neither.

    Raises LeaseLost if another worker holds the job by now.
    """
    with transaction.atomic():
        mine = Job.objects.select_for_update().filter(pk=job.pk, lease_token=job.lease_token, state=Job.State.RUNNING)
        if not mine.exists():
            raise LeaseLost(str(job))
        yield
        mine.update(
            state=Job.State.DONE,
            finished_at=timezone.now(),
            note=note,
            result=dict(result or {}),
            error="",
            lease_until=None,
        )


def again(job: Job, *, run_at: datetime | None = None) -> bool:
    """Put a job that is done in slices back to the end of the queue, as if untried; False if it is not ours any more."""
    return bool(
        Job.objects.filter(pk=job.pk, lease_token=job.lease_token, state=Job.State.RUNNING).update(
            state=Job.State.QUEUED, run_at=run_at or timezone.now(), attempts=0, lease_until=None, error=""
        )
    )


def hasten(job: Job, to: datetime | None = None) -> None:
    """Let a job that waits for later be worked now, or at an earlier time."""
    when = to or timezone.now()
    if Job.objects.filter(pk=job.pk, state=Job.State.QUEUED, run_at__gt=when).update(run_at=when):
        queue = job.queue
        transaction.on_commit(lambda: wake.worker(queue))


def progress(job: Job, done: int, total: int | None = None, note: str = "", *, kept: bool = False) -> bool:
    """Write how far a job is and lengthen its lease; False if it was cancelled or taken meanwhile: stop then.

    `kept`: what is done stays done if the worker is killed now, so the job is not one that only takes workers down.
    """
    kind = KINDS[job.kind]
    changes: dict[str, Any] = {"done": done, "note": note, "lease_until": timezone.now() + kind.lease}
    if kept:
        changes["attempts"] = 1
    if total is not None:
        changes["total"] = total
    ours = Job.objects.filter(pk=job.pk, lease_token=job.lease_token, state=Job.State.RUNNING).update(**changes)
    _let_others_write()
    return bool(ours)


def _let_others_write() -> None:
    """SQLite has one writer at a time and no queue for it: who writes slice after slice without a pause shuts all others out.

    One pause a second is enough for them, and does not slow down work that tells of its progress many times a second.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block or time.monotonic() - _breathed[0] < BREATHE_EVERY:
        return
    time.sleep(BREATH)
    _breathed[0] = time.monotonic()


@contextmanager
def held(rows: Sequence[Job]) -> Iterator[None]:
    """Lengthen the leases of one claim while slow work runs, from a thread of its own.

    So leases can be short: a killed worker's rows are free again soon, a slow one keeps them as long as it lives.
    Within a transaction of the caller's nobody else sees the rows, so there is nothing to lengthen.
    """
    if connection.in_atomic_block:
        yield
        return
    ended = threading.Event()
    thread = threading.Thread(target=_lengthen, args=(rows, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _lengthen(rows: Sequence[Job], ended: threading.Event) -> None:
    lease = KINDS[rows[0].kind].lease
    mine = Job.objects.filter(pk__in=[job.pk for job in rows], lease_token=rows[0].lease_token, state=Job.State.RUNNING)
    while not ended.wait(lease.total_seconds() / 3):
        try:
            mine.update(lease_until=timezone.now() + lease)
        except DatabaseError as error:  # the next beat tries again
            log.warning("leases not lengthened", why=str(error))
        finally:
            connection.close()


def cancel(job: Job, *, by: User | None = None) -> bool:
    """Cancel a job that has not ended; True if it did. A running one stops at its next progress report."""
    with transaction.atomic():
        cancelled = Job.objects.filter(pk=job.pk, state__in=["queued", "running"]).update(
            state=Job.State.CANCELLED, finished_at=timezone.now(), lease_until=None
        )
        if cancelled:
            audit.record("cancel", job, by=by, before={"state": job.state}, after={"state": Job.State.CANCELLED})
            kind = KINDS.get(job.kind)
            if kind and kind.failed:  # else what waited for this job would wait for ever
                job.error = str(Job.State.CANCELLED.label)
                kind.failed(job)
    return bool(cancelled)


def seconds_left(job: Job) -> float | None:
    """Guess how long a running job still takes, from how long it took so far; None when nothing can be said."""
    if job.state != Job.State.RUNNING or not job.started_at or not job.done or not job.total:
        return None
    so_far = (timezone.now() - job.started_at).total_seconds()
    return so_far / job.done * max(job.total - job.done, 0)


def label_of(kind: str) -> str:
    """Return what people read for a kind of job."""
    known = KINDS.get(kind)
    return str(known.label) if known and known.label else kind


def work(queue: str, *, most: int = 10_000, seconds: float | None = None) -> int:
    """Claim and work jobs until the queue is empty; return how many were worked.

    After `seconds` no more are begun and a worker is woken for the rest, so that one asked to end can end between two jobs.
    """
    worked, began = 0, time.monotonic()
    while worked < most:
        if seconds is not None and time.monotonic() - began > seconds:
            wake.worker(queue)
            break
        jobs = claim(queue)
        if not jobs:
            break
        _run(jobs)
        worked += len(jobs)
    return worked


def let_through(job: Job, *, besides: Collection[str] = ()) -> int:
    """From inside a long job: work what else is due in its queue, so that short jobs need not wait; returns how many.

    Jobs of its own kind and of those in `besides` do wait.
    """
    worked = 0
    while jobs := claim(job.queue, besides=[job.kind, *besides]):
        _run(jobs)
        worked += len(jobs)
    return worked


def got_on(job: Job) -> None:
    """Forget earlier attempts of a long job: it has got on since, so a worker that dies again does not make it deadly."""
    Job.objects.filter(pk=job.pk, lease_token=job.lease_token, state=Job.State.RUNNING).update(attempts=1)


def _run(jobs: Sequence[Job]) -> None:
    kind = KINDS.get(jobs[0].kind)
    with structlog.contextvars.bound_contextvars(job_ids=[job.pk for job in jobs], job_kind=jobs[0].kind):
        try:
            if kind is None:
                raise Unworkable(f"no worker knows jobs of kind {jobs[0].kind}")
            with _speaking(jobs):
                kind.work(jobs)
        except LeaseLost:
            log.warning("lease lost")
        except Unworkable as error:
            for job in jobs:
                _give_up(job, str(error))
        except Exception as error:
            log.exception("job failed")
            for job in jobs:
                _retry_or_give_up(job, error)


def _retry_or_give_up(job: Job, error: Exception) -> None:
    if job.attempts >= MAX_ATTEMPTS:
        _give_up(job, f"{type(error).__name__}: {error}")
        return
    wait = 0 if job.attempts == 1 else min(5 * 4 ** (job.attempts - 2), 600)
    Job.objects.filter(pk=job.pk, lease_token=job.lease_token, state=Job.State.RUNNING).update(
        state=Job.State.QUEUED,
        run_at=timezone.now() + timedelta(seconds=wait),
        error=f"{type(error).__name__}: {error}"[:2000],
        lease_until=None,
    )


def _bury_deadly(queue: str, now: datetime) -> None:
    """Give up on jobs that took their worker down each time they were tried: such a job never raises, it only vanishes."""
    gone = Job.objects.filter(queue=queue, state=Job.State.RUNNING, lease_until__lt=now, attempts__gte=MAX_ATTEMPTS)
    for job in gone[:100]:
        _give_up(job, f"The worker did not come back from it, {job.attempts} times.")


def _give_up(job: Job, why: str) -> None:
    changed = Job.objects.filter(pk=job.pk, lease_token=job.lease_token, state=Job.State.RUNNING).update(
        state=Job.State.FAILED, finished_at=timezone.now(), error=why[:2000], lease_until=None
    )
    kind = KINDS.get(job.kind)
    if changed and kind and kind.failed:
        job.error = why
        with _speaking([job]):
            kind.failed(job)


def _speaking(jobs: Sequence[Job]) -> translation.override:
    """Write what is kept of these jobs in the language of those who asked for them, where they share one."""
    asked = User.objects.filter(pk__in={job.by_id for job in jobs if job.by_id})
    languages = set(asked.exclude(language="").values_list("language", flat=True))
    return translation.override(languages.pop() if len(languages) == 1 else translation.get_language())
