"""From evidence to a message's needs: calibrated probabilities, thresholds, and the quotes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelhub.engine import reader_evidence
from modelhub.engine.clauses import Clause, trim
from modelhub.engine.linear import sigmoid

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]
    Bits = NDArray[np.bool_]

# How far a need's own best threshold is trusted against the one that is best for all: few positives mislead.
OWN_SHARE = 0.4
STEPS = 60
GAP = 12  # characters between two clauses of a sentence that are quoted as one


@dataclass(frozen=True)
class Calibration:
    """How evidence is weighed: slopes for needs and quotes, a bias per need, and the probabilities from which they count."""

    slopes: Floats  # [5], `reader_evidence.OF_A_NEED`
    bias: Floats  # [needs]
    thresholds: Floats  # [needs], on probabilities
    quote_slopes: Floats  # [7], `reader_evidence.OF_A_QUOTE`
    quote_bias: float
    quote_threshold: float

    def probabilities(self, evidence: Floats) -> Floats:
        """Calibrated probabilities [messages, needs] of evidence [messages, needs, 5]."""
        return sigmoid((evidence @ self.slopes + self.bias).astype("float32"))

    def quoted(self, logits: Floats, parts: Sequence[Clause], need: int, listed: Bits) -> list[int]:
        """Indexes of the clauses quoted for a need the message has: the likeliest one, and all above the threshold.

        `logits` [clauses, needs] of one message; `listed` [needs]: which needs it has.
        """
        evidence = reader_evidence.of_quotes(logits, parts, need, listed)
        chances = sigmoid((evidence @ self.quote_slopes + self.quote_bias).astype("float32"))
        best = int(chances.argmax())
        return [i for i, chance in enumerate(chances) if i == best or chance >= self.quote_threshold]


def calibrate(evidence: Floats, truth: Bits, judged: Bits | None = None) -> tuple[Floats, Floats]:
    """Slopes shared by all needs and a bias per need, by logistic regression with a pull of the biases to their mean.

    `evidence` is [messages, needs, n]. Decisions that are not `judged` do not count. Few messages can be told apart wholly,
    and slopes would grow without end: they are drawn to where the best clause and all clauses count alike, nothing else.
    """
    import numpy as np
    from scipy.optimize import minimize

    needs, size = evidence.shape[1:]
    goal = truth.astype(np.float64)
    counts = 1.0 if judged is None else judged.astype(np.float64)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        slopes, centre, bias = flat[:size], flat[size], flat[size + 1 :]
        logits = evidence @ slopes + centre + bias
        slope = counts * (1 / (1 + np.exp(-logits)) - goal) / len(goal)
        value = float((counts * (np.logaddexp(0, logits) - goal * logits)).sum()) / len(goal)
        value += 0.5 * 2e-3 * float((bias**2).sum()) + 0.5 * float(((slopes - start[:size]) ** 2).sum()) / len(goal)
        pulled = np.einsum("mk,mkf->f", slope, evidence) + (slopes - start[:size]) / len(goal)
        return value, np.concatenate([pulled, [slope.sum()], slope.sum(0) + 2e-3 * bias])

    start = np.zeros(size + 1 + needs)
    start[:2] = 0.5
    with np.errstate(over="ignore"):  # exp(−logit) of a step too far is infinite, and its sigmoid 0: as it should be
        found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    return found[:size], found[size] + found[size + 1 :]


def thresholds(probabilities: Floats, truth: Bits, judged: Bits | None = None) -> Floats:
    """Per need, the probability from which it is listed: its own F1-best one drawn to the one that is best for all.

    Decisions that are not `judged` do not count; `truth` is False there.
    """
    import numpy as np

    grid = np.linspace(0.05, 0.8, STEPS)
    seen = probabilities if judged is None else np.where(judged, probabilities, -1.0)
    table = np.stack([_f1(seen >= cut, truth) for cut in grid])  # [steps, needs]
    shared = grid[int(table.mean(1).argmax())]
    # A smoothed curve: the middle of a plateau generalises better than its highest splinter.
    kernel = np.array([1, 2, 3, 4, 3, 2, 1]) / 16
    smooth = np.stack([np.convolve(np.pad(column, 3, mode="edge"), kernel, "valid") for column in table.T], 1)
    own = np.where(truth.any(0), grid[smooth.argmax(0)], shared)
    result: Floats = OWN_SHARE * own + (1 - OWN_SHARE) * shared
    return result


def decide(probabilities: Floats, cuts: Floats, no_lead: int | None) -> Bits:
    """Which needs a message has [needs]. `not-a-lead` stands alone unless another need is the more probable."""
    said: Bits = probabilities >= cuts
    if no_lead is not None and said[no_lead]:
        said = said & (probabilities >= probabilities[no_lead])
    return said


def nearness(probabilities: Floats, cuts: Floats) -> Floats:
    """How near each probability is to its threshold [needs]: 1 at it, falling to 0 at probabilities of 0 and 1."""
    import numpy as np

    near: Floats = np.where(probabilities < cuts, probabilities / cuts, (1 - probabilities) / (1 - cuts))
    return near


def _f1(said: Bits, truth: Bits) -> Floats:
    import numpy as np

    return 2 * (said & truth).sum(0) / np.maximum(1, said.sum(0) + truth.sum(0))


def stretches(text: str, parts: Sequence[Clause], chosen: Sequence[int]) -> list[tuple[int, int]]:
    """Quotes of the chosen clauses: neighbours in one sentence become one, ends are trimmed."""
    found: list[tuple[int, int]] = []
    sentence = None
    for index in chosen:
        part = parts[index]
        if found and part.sentence == sentence and part.start - found[-1][1] <= GAP and index - 1 in chosen:
            found[-1] = (found[-1][0], part.end)
        else:
            found.append((part.start, part.end))
        sentence = part.sentence
    return [trim(text, a, b) for a, b in found]
