"""Runs a classifier on labelled rows and gathers all figures of `evaluation` in one dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from modelhub.engine import evaluation
from modelhub.engine.classifiers import Classifier, Prediction
from modelhub.engine.datasets import Row
from modelhub.engine.failures import DatasetError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def evaluate(model: Classifier, rows: Sequence[Row]) -> dict[str, Any]:
    """Figures by name. Rows with `oos` count only for out-of-scope recall. Raises DatasetError for an empty file."""
    if not rows:
        raise DatasetError("the file has no rows; there is nothing to evaluate")
    found = model.predict([row.text for row in rows])
    inside = [(row, one) for row, one in zip(rows, found, strict=True) if not row.oos]
    figures = compare([row for row, _ in inside], [one for _, one in inside], model.labels, many=model.many)
    figures["out_of_scope"] = len(rows) - len(inside)
    if figures["out_of_scope"]:
        import numpy as np

        home = np.array([one.in_scope for _, one in inside])
        away = np.array([one.in_scope for row, one in zip(rows, found, strict=True) if row.oos])
        figures["oos_recall_at_95"] = evaluation.scope_recall(home, away)
    return figures


def compare(rows: Sequence[Row], found: Sequence[Prediction], labels: Sequence[str], *, many: bool) -> dict[str, Any]:
    """Figures of in-scope rows. Labels that only occur in the rows count as missed."""
    import numpy as np

    names = [*labels, *sorted({label for row in rows for label in row.labels} - set(labels))]
    truth, said = table([row.labels for row in rows], names), table([one.labels for one in found], names)
    scores = np.array([[one.scores.get(name, 0.0) for name in names] for one in found]).reshape(len(rows), len(names))
    if many:
        confidence, right = scores.ravel(), truth.ravel()
    else:
        confidence, right = (
            scores.max(1, initial=0.0),
            (truth & (scores == scores.max(1, keepdims=True, initial=0.0))).any(1),
        )
    return {
        "rows": len(rows),
        "accuracy": evaluation.exact_match(truth, said),
        "micro_f1": evaluation.micro_f1(truth, said),
        "macro_f1": evaluation.macro_f1(truth, said),
        "ece": evaluation.calibration_error(confidence, right),
        "per_label": {name: asdict(one) for name, one in evaluation.per_label(truth, said, names).items()},
    }


def table(labels: Sequence[Sequence[str]], names: Sequence[str]) -> NDArray[np.bool_]:
    """Label lists as booleans [n, names]."""
    import numpy as np

    place = {name: i for i, name in enumerate(names)}
    found = np.zeros((len(labels), len(names)), bool)
    for index, row in enumerate(labels):
        for label in row:
            found[index, place[label]] = True
    return found
