"""An evaluation laid out to be read: figures of two versions side by side, needs, confusion, and messages that changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.models import Need
from modelhub.models import DatasetRow, Evaluation

SHARES = ("micro_f1", "accuracy", "precision", "recall", "span_f1")


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of two versions; `difference` has mean, bounds and verdict, or is None where there is no interval."""

    figure: str
    language: str
    n: int
    old: float | None
    new: float | None
    difference: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class NeedLine:
    """One need: how often it occurs, F1 of both, and the difference."""

    key: str
    name: str
    n: int
    old: float | None
    new: float
    difference: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Confused:
    """Messages in which one need was missed and another said instead."""

    there: str
    said: str
    new: int
    old: int


@dataclass(frozen=True, slots=True)
class Changed:
    """A message that the two answer differently; `row` is None if its text was erased since."""

    row: DatasetRow | None
    language: str
    gold: Sequence[str]
    new: Sequence[tuple[str, bool]]
    old: Sequence[tuple[str, bool]]
    better: bool
    worse: bool


def names() -> dict[str, str]:
    """Need names by key, those switched off included; a key that is gone stands for itself."""
    return {need.key: need.name for need in Need.objects.all()}


def by_language(evaluation: Evaluation) -> list[Evaluation]:
    """The same measurement in each other language, the newest of each."""
    same = Evaluation.objects.filter(
        version=evaluation.version_id,
        beside=evaluation.beside_id,
        data=evaluation.data_id,
        dataset=evaluation.dataset,
        sentences=evaluation.sentences_id,
    )
    rows = same.exclude(language__in=["", evaluation.language]).order_by("language", "at", "pk")
    return list({row.language: row for row in rows}.values())


def measures(evaluation: Evaluation) -> list[Measure]:
    """Macro-F1 over all languages and in each, then the other figures over all."""
    found = [_measure(evaluation, "macro_f1")]
    found += [_measure(row, "macro_f1") for row in by_language(evaluation)]
    return found + [_measure(evaluation, figure) for figure in SHARES]


def need_lines(evaluation: Evaluation) -> list[NeedLine]:
    """Needs that occur, those that changed most first."""
    called, old = names(), evaluation.comparison.get("figures", {}).get("needs", {})
    differences = evaluation.comparison.get("needs", {})
    lines = [
        NeedLine(
            key, called.get(key, key), row["n"], old[key]["f1"] if key in old else None, row["f1"], differences.get(key)
        )
        for key, row in evaluation.figures.get("needs", {}).items()
        if row["n"]
    ]
    return sorted(lines, key=lambda line: (-abs(line.difference["difference"]) if line.difference else 0, line.name))


def confused(evaluation: Evaluation, most: int = 12) -> list[Confused]:
    """Pairs of needs that are taken for each other, by either version, the most frequent first."""
    called = names()
    new = {(a, b): n for a, b, n in evaluation.figures.get("confusion", [])}
    old = {(a, b): n for a, b, n in evaluation.comparison.get("figures", {}).get("confusion", [])}
    pairs = sorted({*new, *old}, key=lambda pair: (-new.get(pair, 0) - old.get(pair, 0), pair))
    return [
        Confused(called.get(a, a), called.get(b, b), new.get((a, b), 0), old.get((a, b), 0)) for a, b in pairs[:most]
    ]


def changed(evaluation: Evaluation, most: int) -> list[Changed]:
    """Messages whose answer changed, with their texts: only for who may edit the hub."""
    rows = evaluation.comparison.get("changed", {}).get("rows", [])[:most]
    texts = DatasetRow.objects.filter(dataset=evaluation.data_id).in_bulk([int(row["id"]) for row in rows])
    called = names()
    return [_changed(row, texts.get(int(row["id"])), called) for row in rows]


def _measure(row: Evaluation, figure: str) -> Measure:
    old = row.comparison.get("figures", {}).get(figure)
    difference = row.comparison.get("differences", {}).get(figure)
    return Measure(figure, row.language, row.n, old, row.figures.get(figure), difference)


def _changed(row: Mapping[str, Any], there: DatasetRow | None, called: Mapping[str, str]) -> Changed:
    gold = sorted(need for need, holds in there.labels.items() if holds) if there else []
    sides = [[(called.get(need, need), need in gold) for need in row[side]] for side in ("new", "old")]
    new, old = row["errors"]
    named = [called.get(need, need) for need in gold]
    return Changed(there, row["language"], named, sides[0], sides[1], new < old, new > old)
