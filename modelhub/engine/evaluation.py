"""Figures of merit for classifiers, in plain numpy: exact match, F1, calibration, out-of-scope detection, differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]
    Bits = NDArray[np.bool_]

BINS = 15


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """Precision, recall and F1 of one label, and the number of rows that truly carry it."""

    precision: float
    recall: float
    f1: float
    n: int


def exact_match(truth: Bits, predicted: Bits) -> float:
    """Share of rows [n, labels] whose whole label set is right: plain accuracy when every row has one label."""
    return float((truth == predicted).all(1).mean()) if len(truth) else 0.0


def micro_f1(truth: Bits, predicted: Bits) -> float:
    """F1 over all label decisions pooled; 0 when nothing was right."""
    hits = int((truth & predicted).sum())
    total = int(truth.sum() + predicted.sum())
    return 2 * hits / total if total else 0.0


def per_label(truth: Bits, predicted: Bits, labels: Sequence[str]) -> dict[str, LabelFigures]:
    """Figures by label name; a label that neither occurs nor is predicted has F1 0 and n 0."""
    figures = {}
    for column, label in enumerate(labels):
        hits = int((truth[:, column] & predicted[:, column]).sum())
        given, said = int(truth[:, column].sum()), int(predicted[:, column].sum())
        precision, recall = hits / said if said else 0.0, hits / given if given else 0.0
        f1 = 2 * hits / (given + said) if given + said else 0.0
        figures[label] = LabelFigures(precision, recall, f1, given)
    return figures


def macro_f1(truth: Bits, predicted: Bits) -> float:
    """Unweighted mean of the labels' F1, over labels that occur in the truth or were predicted."""
    figures = per_label(truth, predicted, [str(i) for i in range(truth.shape[1])])
    live = [f.f1 for i, f in enumerate(figures.values()) if f.n or predicted[:, i].any()]
    return sum(live) / len(live) if live else 0.0


def calibration_error(confidence: Floats, correct: Bits) -> float:
    """Expected calibration error with 15 equal-width bins (Guo et al. 2017): mean |confidence − share correct|."""
    import numpy as np

    confidence, correct = np.ravel(confidence), np.ravel(correct)
    if not len(confidence):
        return 0.0
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    error = 0.0
    for index in range(BINS):
        inside = bins == index
        if inside.any():
            error += inside.mean() * abs(confidence[inside].mean() - correct[inside].mean())
    return float(error)


def scope_recall(in_scope: Floats, out_of_scope: Floats, keep: float = 0.95) -> float:
    """Share of out-of-scope scores under the threshold that keeps `keep` of the in-scope ones (higher = in scope)."""
    import numpy as np

    if not len(in_scope) or not len(out_of_scope):
        return 0.0
    threshold = np.quantile(in_scope, 1 - keep, method="lower")
    return float((out_of_scope < threshold).mean())


def confusion(truth: NDArray[np.intp], predicted: NDArray[np.intp], labels: int) -> NDArray[np.intp]:
    """Counts [labels, labels], rows = truth, columns = prediction."""
    import numpy as np

    table = np.zeros((labels, labels), np.intp)
    np.add.at(table, (truth, predicted), 1)
    return table


def bootstrap_difference(
    figure: Callable[[NDArray[np.intp]], tuple[float, float]], rows: int, *, seed: int, rounds: int = 1000
) -> tuple[float, float, float]:
    """Paired bootstrap: `figure(indexes)` gives (a, b) on resampled rows; returns mean of a − b and its 95 % bounds."""
    import numpy as np

    rng = np.random.default_rng(seed)
    found = []
    for _ in range(rounds):
        a, b = figure(rng.integers(0, rows, rows))
        found.append(a - b)
    low, high = np.quantile(found, [0.025, 0.975])
    return float(np.mean(found)), float(low), float(high)
