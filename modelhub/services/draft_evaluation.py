"""Measure a drafting version on fixed requests, beside the one that serves; worked by the `ml` worker, kept as an evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.models import Job, Need, User
from core.services import jobs
from modelhub.engine import draft_evaluation
from modelhub.engine.draft_evaluation import Written
from modelhub.engine.drafters.composed import Composer
from modelhub.engine.failures import EngineError
from modelhub.models import Evaluation, ModelVersion
from modelhub.services import building, comparisons, engine_words, inheritance, loading, verifying

KIND = "hub.draft-eval"
SET = gettext_noop("drafts")
LONG = (
    "hub.compare",
    "hub.curve",
    "hub.train",
    "hub.train-shipped",
    "hub.verify-eval",
)  # kinds that wait; reading and drafting do not


class _Stopped(Exception):
    """The job was cancelled, or taken by another worker."""


def request(version: ModelVersion, *, by: User | None = None) -> Job:
    """Queue the measurement; an open twin is returned. Raises ValueError for a version of another task."""
    if version.task != ModelVersion.Task.DRAFT:
        raise ValueError(_("Only drafting versions write drafts. Nothing was started."))
    return jobs.enqueue(KIND, {"version": version.pk}, dedupe_key=f"drafts:{version.pk}", by=by)


def running(version: ModelVersion) -> Job | None:
    """The open job that measures a version."""
    states = [Job.State.QUEUED, Job.State.RUNNING]
    return Job.objects.filter(kind=KIND, dedupe_key=f"drafts:{version.pk}", state__in=states).first()


def latest(version: ModelVersion) -> Evaluation | None:
    """The latest measured drafts of a version."""
    return (
        Evaluation.objects.filter(version=version, dataset=SET).select_related("beside").order_by("-at", "-pk").first()
    )


def work(rows: Sequence[Job]) -> None:
    """Write the requests with each job's version, and with the serving one if it was never measured.

    Raises Unworkable, with the reason, if the version cannot be loaded or breaks off.
    """
    for job in rows:
        version = ModelVersion.objects.filter(pk=job.payload["version"]).first()
        if version is None:
            raise jobs.Unworkable(_("The version is no longer there."))
        try:
            with jobs.held(rows):
                figures = _measure(version, job)
                beside = _beside(version, job)
        except _Stopped:
            continue
        except (loading.NotAvailable, EngineError, MemoryError) as error:
            text = _("%(name)s could not be measured: %(why)s")
            raise jobs.Unworkable(
                text % {"name": version.name, "why": engine_words.told(str(error)) or type(error).__name__}
            ) from None
        result: dict[str, int] = {}
        with jobs.finishing(job, result=result):
            result["evaluation"] = _keep(version, figures, beside).pk


def _measure(version: ModelVersion, job: Job) -> dict[str, Any]:
    names = {need.key: need.name_en for need in Need.objects.all()}
    wanted = version.config.get("languages")
    chosen = {
        name: one for name, one in draft_evaluation.requests(names).items() if not wanted or one.language in wanted
    }
    engine, verifier = loading.engine(version), verifying.local(None)
    composer = Composer(building.judge(verifier))
    written: list[Written] = []
    for name, one in chosen.items():
        writer = None if engine == building.COMPOSER else engine
        written.append(draft_evaluation.write(name, one, writer, composer, verifier))
        if not jobs.progress(job, len(written), len(chosen), version.name):
            raise _Stopped
        jobs.let_through(job, besides=LONG)
    return draft_evaluation.figures(written) | {"memory_mb": comparisons.memory_mb(version)}


def _beside(version: ModelVersion, job: Job) -> tuple[ModelVersion, dict[str, Any]] | None:
    """The version that serves by default and its figures; None if it is this one, or cannot write now."""
    other = inheritance.ready("draft", None)
    if other is None or other.pk == version.pk:
        return None
    known = latest(other)
    if known is not None and set(known.figures.get("requests", {})) >= _common(version, other):
        return other, known.figures
    try:
        return other, _measure(other, job)
    except (loading.NotAvailable, EngineError, MemoryError):
        return None


def _common(version: ModelVersion, other: ModelVersion) -> set[str]:
    languages = [set(each.config.get("languages") or ("en", "zh")) for each in (version, other)]
    both = set.intersection(*languages)
    return {name for name, one in draft_evaluation.requests({}).items() if one.language in both}


def _keep(
    version: ModelVersion, figures: dict[str, Any], beside: tuple[ModelVersion, dict[str, Any]] | None
) -> Evaluation:
    other, comparison = None, {}
    if beside is not None:
        other, old = beside
        shown = draft_evaluation.difference(figures["requests"], old["requests"])
        comparison = {"figures": old, "differences": {"supported": shown} if shown else {}}
    row, _made = Evaluation.objects.update_or_create(
        version=version, dataset=SET, language="", beside=other, data=None,
        defaults={
            "n": len(figures["requests"]), "figures": figures, "comparison": comparison, "at": timezone.now(),
        },
    )  # fmt: skip
    return row
