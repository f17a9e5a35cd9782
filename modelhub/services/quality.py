"""Quality in use: how often people agree with each version, week by week, and when new corrections make training worthwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import TruncWeek
from django.utils import timezone

from core.models import Segment
from modelhub.engine import learning_curve
from modelhub.models import Assignment, Dataset, Evaluation, Example, Feedback, ModelVersion
from modelhub.services import inheritance

WEEKS = 12
ENOUGH_NEW = 50  # labelled texts since the version's dataset; with fewer a hint would cry wolf
LEAST = 5  # verdicts in a week; below that its rate is not drawn


@dataclass(frozen=True, slots=True)
class Week:
    """What people said in the week that starts on `start`: `right` of `n` found needs stand, `missed` were added."""

    start: date
    right: int = 0
    n: int = 0
    missed: int = 0

    @property
    def rate(self) -> float | None:
        """Share that people let stand; None while the verdicts are too few."""
        return self.right / self.n if self.n >= LEAST else None


@dataclass(frozen=True, slots=True)
class Hint:
    """Texts labelled since the data a serving version was trained on, and what they would likely bring.

    `gain` in macro-F1 is read off the learning curve of `curve`; None where there is none to read it off.
    """

    version: ModelVersion
    segment: Segment | None
    since: datetime
    new: int
    curve: Dataset | None
    gain: float | None


def weekly(versions: Iterable[ModelVersion], *, now: datetime | None = None) -> dict[int, list[Week]]:
    """Weeks with verdicts of each version, oldest first: people's last word on each need of each text."""
    ids = [version.pk for version in versions]
    monday = _monday(now or timezone.now()) - timedelta(weeks=WEEKS - 1)
    judged = Feedback.objects.filter(prediction__version__in=ids)
    last = judged.values("prediction__version", "source", "need").annotate(last=Max("id")).values("last")
    rows = Feedback.objects.filter(pk__in=last, at__gte=monday).annotate(week=TruncWeek("at"))
    counts: dict[tuple[int, date], dict[str, int]] = {}
    for version, week, verdict, n in (
        rows.values_list("prediction__version", "week", "verdict").annotate(n=Count("id")).order_by()
    ):
        counts.setdefault((version, week.date()), {})[verdict] = n
    found: dict[int, list[Week]] = {}
    for (version, start), said in sorted(counts.items()):
        missed = said.get(Feedback.Verdict.ADDED, 0)
        right = said.get(Feedback.Verdict.CONFIRMED, 0)
        found.setdefault(version, []).append(Week(start, right, sum(said.values()) - missed, missed))
    return found


def expected(version: ModelVersion) -> tuple[float, int] | None:
    """The precision of a version on held-out messages, what agreement is to be compared with, and n; None if unmeasured."""
    rows = Evaluation.objects.filter(version=version).order_by("language", "-at", "-pk")
    row = rows.filter(data__isnull=False, language="").first() or rows.first()
    if row is None:
        return None
    if "precision" in row.figures:
        return float(row.figures["precision"]), row.n
    needs = row.figures.get("needs", {}).values()
    right = sum(need["recall"] * need["n"] for need in needs)
    said = sum(need["recall"] * need["n"] / need["precision"] for need in needs if need["precision"])
    return (right / said, row.n) if said else None


def hints() -> list[Hint]:
    """Where enough new labelled texts are there to train again, the most first."""
    found = []
    for row in Assignment.objects.filter(task="read").select_related("version__run__dataset", "segment"):
        since, dataset = _trained(row.version)
        places = inheritance.follow("read", row.segment)
        new = _examples(places).filter(updated_at__gt=since).count()
        if new >= ENOUGH_NEW:
            curve = _curve(dataset, row.segment)
            gain = learning_curve.gain(curve.curve, new) if curve else None
            found.append(Hint(row.version, row.segment, since, new, curve, gain))
    return sorted(found, key=lambda hint: -hint.new)


def _trained(version: ModelVersion) -> tuple[datetime, Dataset | None]:
    """When the data of a version ends: when its dataset was frozen, or when the version came."""
    run = getattr(version, "run", None)
    return (run.dataset.created_at, run.dataset) if run is not None else (version.created_at, None)


def _examples(places: list[int | None]) -> QuerySet[Example]:
    where = Q(segment__in=[place for place in places if place is not None])
    return Example.objects.filter(where | Q(segment__isnull=True) if None in places else where)


def _curve(dataset: Dataset | None, segment: Segment | None) -> Dataset | None:
    """The dataset whose learning curve tells most of this place: the version's own, else the newest of the place or of all."""
    if dataset is not None and len(dataset.curve) > 2:
        return dataset
    drawn = [row for row in Dataset.objects.exclude(curve=[])[:50] if len(row.curve) > 2]
    here = [row for row in drawn if (row.segment == segment if segment else not (row.segment_id or row.place))]
    return next(iter(here or drawn), None)


def _monday(moment: datetime) -> datetime:
    day = timezone.localtime(moment).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())
