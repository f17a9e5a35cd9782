"""Erase a person's text everywhere in the hub: labels, offers, predictions, frozen rows, and what was written of them."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F

from modelhub.models import Dataset, DatasetRow, Evaluation, Example, Feedback, Offer, Prediction, TrainingRun
from modelhub.services import erasing, runs, sentences

ERASED = "erased"  # stands in findings where a source was named


def forget(source: str, text: str = "") -> int:
    """Erase what came from a source, and judged sentences that quote its `text`; returns how many rows went.

    A dataset keeps its digest and counts how many rows it lost. Versions that were trained on the text stay: they hold
    weights, and of wording only terms that two customers used (`Ngrams.fit`), so none that tells of this one. From those
    that an earlier edition trained, a worker takes the vectors of single clauses (`erasing.py`). What runs keep to go on
    from, the encoder's view of each message included, goes too.
    """
    with transaction.atomic():
        gone: int = Feedback.objects.filter(source=source).delete()[0]
        gone += Example.objects.filter(source=source).delete()[0]
        gone += Offer.objects.filter(source=source).delete()[0]
        gone += _forget_rows(source)
        gone += sentences.forget(text)
        # Feedback of other sources never points at these rows, but the foreign key would count as a deletion too.
        gone += Prediction.objects.filter(source=source).delete()[1].get("modelhub.Prediction", 0)
    return gone


def _forget_rows(source: str) -> int:
    """Take the source out of frozen datasets, of their findings, and of the answers that were kept to be read."""
    gone = 0
    holding = DatasetRow.objects.filter(source=source).values("dataset")
    for dataset in Dataset.objects.select_for_update().filter(pk__in=holding):  # PostgreSQL locks no DISTINCT rows
        rows = DatasetRow.objects.filter(dataset=dataset, source=source)
        keys = {str(pk) for pk in rows.values_list("pk", flat=True)}
        gone += rows.delete()[0]
        Dataset.objects.filter(pk=dataset.pk).update(forgotten=F("forgotten") + len(keys))
        for run in TrainingRun.objects.filter(dataset=dataset).exclude(checkpoint=""):
            transaction.on_commit(partial(runs.erase_kept, run))
        erasing.request(dataset)
        for evaluation in Evaluation.objects.filter(data=dataset).exclude(comparison={}):
            _forget_answers(evaluation, keys)
    for dataset, findings in Dataset.objects.values_list("pk", "findings"):  # a copy that was left out has no row
        kept = _without(findings, source)
        if kept != findings:
            Dataset.objects.filter(pk=dataset).update(findings=kept)
    return gone


def _forget_answers(evaluation: Evaluation, keys: set[str]) -> None:
    changed = evaluation.comparison.get("changed", {})
    rows = [row for row in changed.get("rows", []) if str(row.get("id")) not in keys]
    if rows != changed.get("rows", []):
        kept = {**evaluation.comparison, "changed": {**changed, "rows": rows}}
        Evaluation.objects.filter(pk=evaluation.pk).update(comparison=kept)


def _without(value: Any, source: str) -> Any:
    """The same JSON with the name of the source replaced wherever it stands as a whole value."""
    if isinstance(value, dict):
        return {key: _without(inner, source) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without(inner, source) for inner in value]
    return ERASED if value == source else value
