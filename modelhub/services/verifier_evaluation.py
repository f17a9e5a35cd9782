"""Measure a verifier on judged sentences, beside those that serve; worked by the `ml` worker, kept as evaluations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import Job, User
from core.services import jobs
from modelhub.engine import sentence_evaluation as engine
from modelhub.engine.failures import EngineError
from modelhub.engine.types import ClaimText, Verdict, Verifier
from modelhub.engine.verifier.rows import SentenceRow
from modelhub.engine.verifier.second_opinion import is_alone
from modelhub.models import Evaluation, ModelVersion, SentenceSet
from modelhub.services import assignments, comparisons, engine_words, inheritance, loading, sentences

KIND = "hub.verify-eval"
LONG = ("hub.compare", "hub.curve", "hub.draft-eval", "hub.train", "hub.train-shipped")  # kinds that wait meanwhile
CHANGED = 300  # sentences judged differently that are kept to be read


class _Stopped(Exception):
    """The job was cancelled, or taken by another worker."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """What a version said of each sentence, the milliseconds one took, and how often a second opinion was not had."""

    version: ModelVersion
    said: list[str]
    ms: float
    alone: int = 0


class _Heard:
    """A verifier that counts the verdicts which were to have a second opinion and have none."""

    def __init__(self, verifier: Verifier) -> None:
        self.verifier, self.alone = verifier, 0

    def verify(self, items: Sequence[tuple[str, Sequence[ClaimText]]]) -> list[Verdict]:
        """As the verifier judges."""
        found = self.verifier.verify(items)
        self.alone += sum(map(is_alone, found))
        return found


def request(version: ModelVersion, made: SentenceSet | None, *, by: User | None = None) -> Job:
    """Queue the measurement on a set, or without one on the sentences that ship; an open twin is returned.

    Raises ValueError for a version of another task.
    """
    if version.task != ModelVersion.Task.VERIFY:
        raise ValueError(_("Only versions that verify judge sentences. Nothing was started."))
    payload = {"version": version.pk, "sentences": made.pk if made else None}
    return jobs.enqueue(KIND, payload, dedupe_key=f"sentences:{version.pk}:{payload['sentences'] or ''}", by=by)


def running(version: ModelVersion) -> Job | None:
    """The open job that measures a version, on whichever set."""
    states = [Job.State.QUEUED, Job.State.RUNNING]
    return Job.objects.filter(kind=KIND, dedupe_key__startswith=f"sentences:{version.pk}:", state__in=states).first()


def measured(version: ModelVersion) -> list[Evaluation]:
    """What was measured of a version over all languages, newest first."""
    rows = Evaluation.objects.filter(version=version, language="").select_related("beside", "version", "data")
    return list(rows.order_by("-at", "-pk"))


def work(rows: Sequence[Job]) -> None:
    """Judge the sentences with each job's version and with those that serve. Raises Unworkable if the version cannot."""
    for job in rows:
        version = ModelVersion.objects.filter(pk=job.payload["version"]).first()
        made = SentenceSet.objects.filter(pk=job.payload["sentences"] or 0).first()
        if version is None:
            raise jobs.Unworkable(_("The version is no longer there."))
        if job.payload["sentences"] and made is None:
            raise jobs.Unworkable(_("The set of sentences is no longer there."))
        asked, known = _held_out(made)
        try:
            with jobs.held(rows):
                new, others, notes = _measure(version, asked, job)
        except _Stopped:
            continue
        if known:
            text = _("%(n)s sentences were left out: the shipped verifier was trained on them.")
            notes.append(text % {"n": known})
        result: dict[str, int] = {}
        with jobs.finishing(job, note=" ".join(notes)[:300], result=result):
            if made is not None and not SentenceSet.objects.select_for_update().filter(pk=made.pk).exists():
                raise jobs.Unworkable(_("The set of sentences is no longer there."))
            beside: list[_Judged | None] = [*others] or [None]
            kept = [_keep(made, asked, new, other, notes) for other in beside]
            result["evaluation"] = kept[0].pk


def _held_out(made: SentenceSet | None) -> tuple[list[SentenceRow], int]:
    """Sentences that the shipped head was not trained on, and how many of the set were left out for that."""
    every = sentences.rows_of(made)
    asked = [row for row in every if row.verdict and engine.mark(row) not in engine.trained_on()]
    if not asked:
        raise jobs.Unworkable(
            _("The shipped verifier was trained on all of these sentences. Load others and measure with them.")
            if every
            else _("No judged sentences ship with this edition. Load some and measure with them.")
        )
    return asked, len(every) - len(asked)


def _measure(version: ModelVersion, asked: Sequence[SentenceRow], job: Job) -> tuple[_Judged, list[_Judged], list[str]]:
    """What the version says, what each of those says that serve somewhere, and notes on those that could not."""
    serving = _serving(version)
    total = len(asked) * (1 + len(serving))
    try:
        new = _ask(version, asked, job, 0, total)
    except (loading.NotAvailable, EngineError, MemoryError) as error:
        text = _("%(name)s could not be measured: %(why)s")
        raise jobs.Unworkable(
            text % {"name": version.name, "why": engine_words.told(str(error)) or type(error).__name__}
        ) from None
    others, notes = [], []
    for number, other in enumerate(serving, start=1):
        try:
            others.append(_ask(other, asked, job, number * len(asked), total))
        except (loading.NotAvailable, EngineError, MemoryError) as error:
            why = {"name": other.name, "why": engine_words.told(str(error)) or type(error).__name__}
            notes.append(_("%(name)s serves but could not judge the sentences: %(why)s") % why)
    return new, others, [*map(_alone, filter(lambda one: one.alone, [new, *others])), *notes]


def _alone(judged: _Judged) -> str:
    text = _(
        "%(name)s gave no usable second opinion on %(n)s of %(all)s sentences; there the first verdict was counted."
    )
    return text % {"name": judged.version.name, "n": judged.alone, "all": len(judged.said)}


def _serving(version: ModelVersion) -> list[ModelVersion]:
    """The other versions that verify for some place now: the gate compares with the one that serves there."""
    column = assignments.TASKS.index("verify")
    places = [row.segment.pk if row.segment else None for row in assignments.table() if row.cells[column].own]
    found = [inheritance.ready("verify", place) for place in places]
    return list({one.pk: one for one in found if one is not None and one.pk != version.pk}.values())


def _ask(version: ModelVersion, asked: Sequence[SentenceRow], job: Job, before: int, total: int) -> _Judged:
    def report(done: int) -> None:
        if not jobs.progress(job, before + done, total, version.name):
            raise _Stopped
        jobs.let_through(job, besides=LONG)

    verifier = _Heard(loading.engine(version))
    return _Judged(version, *engine.judge(verifier, asked, report), verifier.alone)


def _keep(
    made: SentenceSet | None, asked: list[SentenceRow], new: _Judged, old: _Judged | None, notes: Sequence[str]
) -> Evaluation:
    """Write the evaluation over all languages and one for each, in the place of earlier ones; returns the first."""
    codes = [engine.language(row) for row in asked]
    whole = _keep_one(made, "", list(range(len(asked))), asked, new, old, notes)
    there = sorted(set(codes))
    for language in there:
        places = [place for place, code in enumerate(codes) if code == language]
        _keep_one(made, language, places, asked, new, old, notes)
    _same(made, new, old).exclude(language__in=["", *there]).delete()
    return whole


def _keep_one(
    made: SentenceSet | None, language: str, places: list[int], asked: list[SentenceRow], new: _Judged,
    old: _Judged | None, notes: Sequence[str],
) -> Evaluation:  # fmt: skip
    rows, said = [asked[i] for i in places], [new.said[i] for i in places]
    figures = {**engine.figures(rows, said), "ms": round(new.ms, 2), "memory_mb": comparisons.memory_mb(new.version)}
    comparison: dict[str, Any] = {"notes": list(notes)}
    if old is not None:
        theirs = [old.said[i] for i in places]
        comparison["figures"] = {
            **engine.figures(rows, theirs), "ms": round(old.ms, 2), "memory_mb": comparisons.memory_mb(old.version),
        }  # fmt: skip
        comparison["differences"] = engine.differences(rows, said, theirs)
        if not language:
            comparison["changed"] = _changed(made, rows, said, theirs)
    row, _created = Evaluation.objects.update_or_create(
        version=new.version, beside=old.version if old else None, data=None, sentences=made, language=language,
        dataset=made.name if made else sentences.SHIPPED,
        defaults={"n": len(rows), "figures": figures, "comparison": comparison, "at": timezone.now()},
    )  # fmt: skip
    return row


def _changed(
    made: SentenceSet | None, rows: list[SentenceRow], new: Sequence[str], old: Sequence[str]
) -> dict[str, Any]:
    """Sentences judged differently, by id, to be read; of those that ship only how many."""
    found = engine.changed(rows, new, old)
    better = sum(one["better"] for one in found)
    kept = [{"mark": engine.mark(rows[one["place"]]), "new": one["new"], "old": one["old"]} for one in found[:CHANGED]]
    return {"n": len(found), "better": better, "worse": len(found) - better, "rows": kept if made else []}


def _same(made: SentenceSet | None, new: _Judged, old: _Judged | None) -> Any:
    return Evaluation.objects.filter(
        version=new.version, beside=old.version if old else None, sentences=made, data=None,
        dataset=made.name if made else sentences.SHIPPED,
    )  # fmt: skip
