"""From logits to honest probabilities: mixing weights and temperature by log-loss, thresholds by F1, on held-out rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelhub.engine.linear import sigmoid, softmax

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

# A threshold of its own needs about this many positive examples to be trusted as much as the common one.
TRUST = 20.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """Probability = link(Σ weight · logits + shift); `weights` holds one number a source of logits."""

    weights: tuple[float, ...]
    shift: float = 0.0

    def logits(self, sources: Sequence[Floats]) -> Floats:
        """Mixed logits [n, labels]."""
        total: Floats = sum(s * w for s, w in zip(sources, self.weights, strict=True)) + self.shift  # type: ignore[assignment]
        return total

    def probabilities(self, sources: Sequence[Floats], *, many: bool) -> Floats:
        """float32 [n, labels]: rows add up to 1, or labels stand alone when `many`."""
        return sigmoid(self.logits(sources)) if many else softmax(self.logits(sources))


def fit(sources: Sequence[Floats], targets: Floats, *, many: bool) -> tuple[Calibration, float]:
    """Weights (not negative), and a shift for sigmoids, with the least log-loss on held-out logits; and that loss.

    With one source and softmax this is temperature scaling (Guo et al. 2017), with sigmoids Platt scaling.
    """
    import numpy as np
    from scipy.optimize import minimize

    def loss(values: NDArray[np.float64]) -> float:
        made = Calibration(tuple(np.exp(values[:-1])), float(values[-1]) if many else 0.0)
        logits = made.logits(sources)
        if many:
            cost = float((np.logaddexp(0, logits) - targets * logits).sum(1).mean())
        else:
            top = logits.max(1, keepdims=True)
            log_sum = np.log(np.exp(logits - top).sum(1)) + top[:, 0]
            cost = float((log_sum - (targets * logits).sum(1)).mean())
        return cost + 1e-3 * float((values**2).sum()) / max(1, len(targets)) ** 0.5

    first = np.array([-np.log(len(sources))] * len(sources) + [0.0])
    found = minimize(loss, first, method="Nelder-Mead", options={"maxiter": 150, "xatol": 0.01, "fatol": 1e-5})
    weights = tuple(float(np.exp(np.clip(v, -6, 3))) for v in found.x[:-1])
    return Calibration(weights, float(found.x[-1]) if many else 0.0), float(found.fun)


def thresholds(probabilities: Floats, truth: NDArray[np.bool_]) -> Floats:
    """Per label [labels]: the threshold with the best F1 on held-out rows, drawn to the common one when examples are few."""
    import numpy as np

    grid = np.linspace(0.1, 0.8, 29)
    hits = np.stack([((probabilities >= t) & truth).sum(0) for t in grid])
    said = np.stack([(probabilities >= t).sum(0) for t in grid])
    given = truth.sum(0)
    common = grid[np.argmax(_smooth(2 * hits.sum(1) / np.maximum(1, said.sum(1) + given.sum())))]
    each = _smooth(2 * hits / np.maximum(1, said + given))
    best = grid[np.argmax(each, axis=0)]
    trust = given / (given + TRUST)
    return (trust * best + (1 - trust) * common).astype(np.float32)


def _smooth(curve: NDArray[np.floating]) -> NDArray[np.floating]:
    """Mean over three neighbours on the grid, so that a lucky spike is not taken for the best."""
    import numpy as np

    padded = np.concatenate([curve[:1], curve, curve[-1:]])
    return (padded[:-2] + padded[1:-1] + padded[2:]) / 3
