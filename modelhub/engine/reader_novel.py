"""Needs the reader was not trained on: judged by likeness to their description and examples, calibrated on known needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelhub.engine import clauses, reader_states
from modelhub.engine.encoders import Encoder
from modelhub.engine.linear import sigmoid
from modelhub.engine.reader_features import Batch
from modelhub.engine.reader_states import LAST
from modelhub.engine.types import NeedDefinition

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

BACKGROUND = 800  # clauses kept, to tell how like anything an example is


@dataclass(frozen=True)
class Likeness:
    """Logistic on how far a clause stands out in likeness to a need's words: slope, bias; threshold on the probability."""

    centre: Vectors  # [d]
    background: Vectors  # [n, d] ordinary clauses: unit vectors of real ones, or `drawn` where clauses are people's
    slope: float
    bias: float
    threshold: float

    def logits(self, found: Vectors, words: Vectors) -> Vectors:
        """Logits [clauses] of clause vectors [clauses, d] for a need whose words have the vectors [w, d]."""
        return self.slope * standing(self.unit(found), words, self.background) + self.bias

    def unit(self, vectors: Vectors) -> Vectors:
        """Centred unit vectors."""
        return _unit(vectors - self.centre)


def fit(batch: Batch, targets: Vectors, needs: Sequence[str], *, of_people: bool = False) -> Likeness | None:
    """Learn from known needs how likeness to three quotes tells a need; each known need plays the new one in turn.

    With `of_people` no vector of a clause is kept: a person's words can be guessed from it, and they may be forgotten.
    """
    import numpy as np

    vectors = np.concatenate([s.clause[:, LAST] for s in batch.states[0]])
    centre = vectors.mean(0)
    unit = _unit(vectors - centre)
    rng = np.random.default_rng(0)
    background = drawn(unit) if of_people else unit[rng.permutation(len(unit))[:BACKGROUND]]
    scores, truth = [], []
    for column in range(len(needs)):
        rows = np.flatnonzero(targets[:, column])
        if len(rows) < 6:
            continue
        shown = rng.choice(rows, 3, replace=False)
        rest = np.setdiff1d(np.arange(len(unit)), shown)
        scores.append(standing(unit[rest], unit[shown], background))
        truth.append(targets[rest, column])
    return _logistic(centre.astype(np.float32), background, np.concatenate(scores), np.concatenate(truth))


def drawn(vectors: Vectors) -> Vectors:
    """As many vectors as a background has, that vary as these [n, d] do and are none of them.

    Nothing of a single vector goes in but its part in the mean and the covariance of all.
    """
    import numpy as np

    rng = np.random.default_rng(0)
    covariance = np.cov(vectors.astype(np.float64), rowvar=False)
    found = rng.multivariate_normal(vectors.mean(0), covariance, BACKGROUND, check_valid="ignore", method="eigh")
    return found.astype(np.float32)


def standing(found: Vectors, words: Vectors, background: Vectors) -> Vectors:
    """How many standard deviations a clause's best likeness to the words lies above that of ordinary clauses: [clauses]."""
    usual = (background @ words.T).max(1)
    likeness: Vectors = ((found @ words.T).max(1) - usual.mean()) / (usual.std() + 1e-6)
    return likeness


def vectors_of(encoder: Encoder, definition: NeedDefinition, likeness: Likeness) -> Vectors:
    """Centred unit vectors [w, d] of a need's examples, or of its description and names where it has none."""
    import numpy as np

    texts = [text for each in definition.examples.values() for text in each if text.strip()]
    texts = texts or [text for text in (*definition.descriptions.values(), *definition.names.values()) if text.strip()]
    parts = [clauses.split(text) for text in texts]
    states = reader_states.read(encoder, texts, parts)
    return likeness.unit(np.stack([s.message for s in states]))


def _unit(vectors: Vectors) -> Vectors:
    import numpy as np

    result: Vectors = (vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return result


def _logistic(centre: Vectors, background: Vectors, scores: Vectors, truth: Vectors) -> Likeness:
    import numpy as np
    from scipy.optimize import minimize

    def loss(pair: NDArray[np.float64]) -> float:
        logits = pair[0] * scores + pair[1]
        return float((np.logaddexp(0, logits) - truth * logits).mean())

    slope, bias = minimize(loss, np.array([1.0, -5.0]), method="Nelder-Mead", options={"maxiter": 200}).x
    probabilities = sigmoid((slope * scores + bias).astype(np.float32))
    grid = np.linspace(0.02, 0.6, 59)
    marks = [
        2 * ((probabilities >= cut) & (truth > 0)).sum() / ((probabilities >= cut).sum() + truth.sum()) for cut in grid
    ]
    return Likeness(centre, background, float(slope), float(bias), float(grid[int(np.argmax(marks))]))
