"""The figures beside each version: its evaluations, how often people agreed with it, and how much it answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, Max
from django.utils import timezone

from modelhub.models import Evaluation, Feedback, ModelVersion, Prediction

ENOUGH = 20  # verdicts; below that a rate says nothing


@dataclass(frozen=True, slots=True)
class Agreement:
    """What people said of a version's needs: `right` of `n` it found, and `missed` that they had to add."""

    right: int = 0
    n: int = 0
    missed: int = 0

    @property
    def rate(self) -> float | None:
        """Share of found needs that people let stand; None while the verdicts are too few."""
        return self.right / self.n if self.n >= ENOUGH else None


@dataclass(frozen=True, slots=True)
class Use:
    """Answers of a version since a moment, and the mean milliseconds of one."""

    answers: int = 0
    mean_ms: float | None = None


@dataclass(frozen=True, slots=True)
class NeedFigures:
    """One need of an evaluation."""

    need: str
    f1: float
    precision: float
    recall: float
    n: int


def agreement() -> dict[int, Agreement]:
    """People's last word on each need of each source, by version."""
    judged = Feedback.objects.filter(prediction__isnull=False)
    last = judged.values("prediction__version", "source", "need").annotate(last=Max("id")).values("last")
    rows = Feedback.objects.filter(pk__in=last).values_list("prediction__version", "verdict").annotate(n=Count("id"))
    counts: dict[int, dict[str, int]] = {}
    for version, verdict, n in rows.order_by():
        counts.setdefault(version, {})[verdict] = n
    found = {}
    for version, said in counts.items():
        right, missed = said.get(Feedback.Verdict.CONFIRMED, 0), said.get(Feedback.Verdict.ADDED, 0)
        found[version] = Agreement(right, sum(said.values()) - missed, missed)
    return found


def agreement_by_need(version: ModelVersion) -> dict[str, Agreement]:
    """The same for one version, by need."""
    judged = Feedback.objects.filter(prediction__version=version)
    last = judged.values("source", "need").annotate(last=Max("id")).values("last")
    found: dict[str, Agreement] = {}
    rows = Feedback.objects.filter(pk__in=last).values_list("need", "verdict").annotate(count=Count("id"))
    for need, verdict, count in rows.order_by():
        so_far = found.get(need, Agreement())
        if verdict == Feedback.Verdict.ADDED:
            found[need] = Agreement(so_far.right, so_far.n, so_far.missed + count)
        else:
            right = so_far.right + (count if verdict == Feedback.Verdict.CONFIRMED else 0)
            found[need] = Agreement(right, so_far.n + count, so_far.missed)
    return found


def use(days: int = 7, *, now: datetime | None = None) -> dict[int, Use]:
    """Answers in the last days, by version."""
    return {row["version"]: Use(row["n"], row["ms"]) for row in _recent(days, now, "version")}


def use_by_segment(task: str, days: int = 7, *, now: datetime | None = None) -> dict[int | None, int]:
    """Answers in the last days, by segment; None holds those of leads without one."""
    return {row["segment"]: row["n"] for row in _recent(days, now, "segment", task=task)}


def evaluations(versions: Iterable[ModelVersion]) -> dict[int, list[Evaluation]]:
    """The latest evaluation per set and language of each version, in that order."""
    ids = [version.pk for version in versions]
    latest: dict[tuple[int, str, str], Evaluation] = {}
    for row in Evaluation.objects.filter(version__in=ids).order_by("dataset", "language", "at", "pk"):
        latest[row.version_id, row.dataset, row.language] = row  # a repeated one keeps its row, so ids do not tell
    found: dict[int, list[Evaluation]] = {}
    for row in latest.values():
        found.setdefault(row.version_id, []).append(row)
    return found


def need_rows(evaluation: Evaluation) -> list[NeedFigures]:
    """Per need figures of an evaluation, the weakest first; needs that did not occur come last."""
    rows = [
        NeedFigures(need, row["f1"], row["precision"], row["recall"], row["n"])
        for need, row in evaluation.figures.get("needs", {}).items()
    ]
    return sorted(rows, key=lambda row: (row.n == 0, row.f1, row.need))


def _recent(days: int, now: datetime | None, by: str, **which: Any) -> Any:
    since = (now or timezone.now()) - timedelta(days=days)
    rows = Prediction.objects.filter(created_at__gte=since, **which).values(by)
    return rows.annotate(n=Count("id"), ms=Avg("took_ms")).order_by()
