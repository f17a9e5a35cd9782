"""Calibration, thresholds and the choice of quotes, from what heads say of messages they have not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelhub.engine import evaluation, linear, reader_evidence, reader_scores
from modelhub.engine.reader_scores import Calibration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from modelhub.engine.clauses import Clause

    Floats = NDArray[np.floating[Any]]
    Bits = NDArray[np.bool_]

QUOTE_STEPS = 19  # thresholds tried, from .05 to .95


@dataclass(frozen=True)
class Unseen:
    """Messages and what heads that have not seen them say: their clauses, logits and targets, and the truth."""

    texts: Sequence[str]
    parts: Sequence[Sequence[Clause]]
    logits: NDArray[np.float32]  # [clauses, needs]
    targets: NDArray[np.float32]  # [clauses, needs]
    truth: Bits  # [messages, needs]
    judged: Bits | None = None  # [messages, needs]; None: all is known

    def each(self) -> Iterator[tuple[int, slice]]:
        """Each message's number and its rows among the clauses."""
        start = 0
        for index, parts in enumerate(self.parts):
            yield index, slice(start, start + len(parts))
            start += len(parts)


def calibrate(unseen: Unseen) -> tuple[Calibration, float]:
    """The calibration, and the macro-F1 to expect: of each half of the messages as the other half calibrates it."""
    import numpy as np

    evidence = reader_evidence.of_needs(unseen.logits, unseen.texts, unseen.parts)
    everything = np.ones(len(evidence), bool)
    slopes, bias, cuts = _weighed(evidence, unseen, everything)
    said = _said(evidence, unseen, (slopes, bias, cuts))
    half = np.random.default_rng(0).permutation(len(evidence)) % 2 == 0
    halves = [_said(evidence, unseen, _weighed(evidence, unseen, side)) for side in (half, ~half) if side.any()]
    honest = np.where(half[:, None], halves[-1], halves[0])
    return Calibration(slopes, bias, cuts, *quotes(unseen, said)), evaluation.macro_f1(unseen.truth, honest)


def _weighed(evidence: Floats, unseen: Unseen, chosen: Bits) -> tuple[Floats, Floats, Floats]:
    """Slopes, biases and thresholds by the chosen messages."""
    truth = unseen.truth[chosen]
    judged = None if unseen.judged is None else unseen.judged[chosen]
    slopes, bias = reader_scores.calibrate(evidence[chosen], truth, judged)
    probabilities = linear.sigmoid((evidence[chosen] @ slopes + bias).astype("float32"))
    return slopes, bias, reader_scores.thresholds(probabilities, truth, judged)


def _said(evidence: Floats, unseen: Unseen, weighed: tuple[Floats, Floats, Floats]) -> Bits:
    """Which needs each message has by that; what nobody judged is not said."""
    slopes, bias, cuts = weighed
    said: Bits = linear.sigmoid((evidence @ slopes + bias).astype("float32")) >= cuts
    return said if unseen.judged is None else said & unseen.judged


def quotes(unseen: Unseen, said: Bits) -> tuple[Floats, float, float]:
    """Slopes [7], bias and threshold by which clauses are quoted for needs that are `said` [messages, needs] or there.

    A clause counts as long as it is, so that the tokens quoted rightly are many. A need that nobody pointed at the words of
    teaches nothing.
    """
    import numpy as np

    rows, goals, sizes, first = [], [], [], []
    for index, block in unseen.each():
        parts, listed = unseen.parts[index], said[index] | unseen.truth[index]
        for need in np.flatnonzero(listed) if len(parts) else ():
            goal = unseen.targets[block, need] > 0
            if unseen.truth[index, need] and not goal.any():
                continue
            rows.append(reader_evidence.of_quotes(unseen.logits[block], parts, int(need), listed))
            goals.append(goal)
            sizes.append([part.end - part.start for part in parts])
            first.append(np.arange(len(parts)) == 0)
    if not rows:
        return np.zeros(len(reader_evidence.OF_A_QUOTE)), 0.0, 0.5
    evidence, goal = np.concatenate(rows), np.concatenate(goals)
    size = np.concatenate(sizes).astype(np.float32)
    head = linear.fit(
        [evidence.astype(np.float32)], goal[:, None].astype(np.float32),
        many=True, penalty=1 / len(goal), weights=size / size.mean(),
    )  # fmt: skip
    slopes, bias = head.weights[0][:, 0], float(head.bias[0])
    chances = linear.sigmoid((evidence @ slopes + bias).astype("float32"))
    return slopes, bias, _threshold(chances, goal, size, np.flatnonzero(np.concatenate(first)))


def _threshold(chances: Floats, goal: Bits, sizes: Floats, starts: NDArray[np.intp]) -> float:
    """The one with the best F1 of quoted characters; each group's likeliest clause, from its start on, is quoted anyway."""
    import numpy as np

    best = np.repeat(np.maximum.reduceat(chances, starts), np.diff([*starts, len(chances)])) == chances
    found = (0.0, 0.5)
    for cut in np.linspace(0.05, 0.95, QUOTE_STEPS):
        mine = best | (chances >= cut)
        found = max(found, (2 * float(sizes[mine & goal].sum()) / float(sizes[mine].sum() + sizes[goal].sum()), cut))
    return float(found[1])
