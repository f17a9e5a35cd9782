"""Does any label fit at all? A score from the head's confidence and from how near known examples are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from modelhub.engine.evaluation import scope_recall
from modelhub.engine.linear import sigmoid

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Signals = dict[str, Floats]  # one score a text [n], higher = more at home

KEEP = 0.95
NAMES = ("energy", "margin", "nearest", "density")


def signals(logits: Floats, vectors: Floats, known: Floats, *, itself: bool = False) -> Signals:
    """Four views of how much texts are at home: log-sum-exp and highest logit of the head, cosine to the nearest known
    vector, and mean cosine to the ten nearest. `itself` leaves out the best match (the text is among the known)."""
    import numpy as np

    top = logits.max(1)
    energy = top + np.log(np.exp(logits - top[:, None]).sum(1))
    skip = 1 if itself else 0
    count = min(10 + skip, len(known))
    nearest = np.zeros(len(vectors), np.float32)
    density = np.zeros(len(vectors), np.float32)
    for start in range(0, len(vectors), 512):
        cosines = vectors[start : start + 512] @ known.T
        best = np.sort(np.partition(cosines, -count, axis=1)[:, -count:], axis=1)[:, ::-1]
        nearest[start : start + 512] = best[:, min(skip, count - 1)]
        density[start : start + 512] = best[:, min(skip, count - 1) :].mean(1)
    return {"energy": energy, "margin": top, "nearest": nearest, "density": density}


@dataclass(frozen=True, slots=True)
class Scope:
    """Which signals count, their mean and spread on in-scope texts, and the cut that keeps 95 % of those."""

    chosen: tuple[str, ...]
    centre: tuple[float, ...]
    spread: tuple[float, ...]
    cut: float = 0.0
    width: float = 1.0

    def raw(self, found: Signals) -> Floats:
        """Sum of the standardised signals [n]."""
        parts = zip(self.chosen, self.centre, self.spread, strict=True)
        total: Floats = sum((found[name] - centre) / spread for name, centre, spread in parts)  # type: ignore[assignment]
        return total

    def score(self, found: Signals) -> Floats:
        """0–1 [n]; .5 is where 95 % of the held-out in-scope texts lie above."""
        return sigmoid((self.raw(found) - self.cut) / self.width)


def fit(chosen: Sequence[str], found: Signals) -> Scope:
    """Standardise on held-out in-scope texts."""
    import numpy as np

    centre = tuple(float(found[name].mean()) for name in chosen)
    spread = tuple(float(found[name].std()) or 1.0 for name in chosen)
    plain = Scope(tuple(chosen), centre, spread)
    raw = plain.raw(found)
    cut, middle = float(np.quantile(raw, 1 - KEEP)), float(np.median(raw))
    return Scope(plain.chosen, centre, spread, cut, max((middle - cut) / 3, 1e-3))


def choose(trials: Sequence[tuple[Signals, Signals]]) -> tuple[tuple[str, ...], float]:
    """The set of signals that finds most held-out classes at 95 % kept; `trials` are (in scope, held-out class) pairs.

    Returns the names and the mean recall. Without trials: energy and nearest, recall 0.
    """
    if not trials:
        return ("energy", "nearest"), 0.0
    best: tuple[float, tuple[str, ...]] = (-1.0, ())
    for size in (1, 2, 3):
        for names in combinations(NAMES, size):
            recalls = []
            for inside, outside in trials:
                scope = fit(names, inside)
                recalls.append(scope_recall(scope.raw(inside), scope.raw(outside), KEEP))
            # A larger set must earn its place by half a point.
            mean = sum(recalls) / len(recalls) - 0.005 * size
            best = max(best, (mean, names))
    return best[1], best[0] + 0.005 * len(best[1])
