"""A measured verifier laid out to be read: shares by language beside another version, and sentences judged differently."""

from __future__ import annotations

from dataclasses import dataclass

from modelhub.engine import sentence_evaluation
from modelhub.engine.verifier.rows import SentenceRow
from modelhub.models import Evaluation
from modelhub.services import evaluations, sentences
from modelhub.services.evaluations import Measure


@dataclass(frozen=True, slots=True)
class Changed:
    """A sentence that one refuses and the other lets stand; verdicts by name, and whether the newer one is right."""

    row: SentenceRow
    new: str
    old: str
    better: bool


def measures(evaluation: Evaluation) -> list[Measure]:
    """Each figure over all languages and in each, with the n it is a share of."""
    rows = [evaluation, *evaluations.by_language(evaluation)]
    return [_measure(row, figure) for figure in sentence_evaluation.FIGURES for row in rows]


def changed(evaluation: Evaluation, most: int) -> list[Changed]:
    """Sentences that were judged differently, with their texts: only for who may edit the hub, and never those that ship."""
    kept = evaluation.comparison.get("changed", {}).get("rows", [])[:most]
    if not kept or evaluation.sentences is None:
        return []
    there = {sentence_evaluation.mark(row): row for row in sentences.rows_of(evaluation.sentences)}
    return [_changed(there[one["mark"]], one["new"], one["old"]) for one in kept if one["mark"] in there]


def _changed(row: SentenceRow, new: str, old: str) -> Changed:
    right = (new in sentence_evaluation.FALSE) == (row.verdict in sentence_evaluation.FALSE)
    return Changed(row, new, old, right)


def _measure(row: Evaluation, figure: str) -> Measure:
    n = {"caught": row.figures.get("false", 0), "refused": row.figures.get("true", 0)}.get(figure, row.n)
    old = row.comparison.get("figures", {}).get(figure)
    difference = row.comparison.get("differences", {}).get(figure)
    return Measure(figure, row.language, n, old, row.figures.get(figure), difference)
