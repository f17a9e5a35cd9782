"""Calibration, thresholds and the bar for quotes, from what heads say of messages they have not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelhub.engine import evaluation, reader_scores
from modelhub.engine.reader_scores import Calibration

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from modelhub.engine.clauses import Clause

GAPS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
FLOORS = (-3.0, -2.5, -2.0, -1.5, -1.0, -0.5, 0.0)


@dataclass(frozen=True)
class Unseen:
    """Messages and what heads that have not seen them say: their clauses, logits and targets, and the truth."""

    parts: Sequence[Sequence[Clause]]
    logits: NDArray[np.float32]  # [clauses, needs]
    targets: NDArray[np.float32]  # [clauses, needs]
    truth: NDArray[np.bool_]  # [messages, needs]
    judged: NDArray[np.bool_] | None = None  # [messages, needs]; None: all is known

    @property
    def pooled(self) -> NDArray[np.floating]:
        """Evidence of each message [messages, needs, 2]."""
        import numpy as np

        owners = np.repeat(np.arange(len(self.parts)), [len(p) for p in self.parts])
        return reader_scores.pool(self.logits, owners, len(self.parts))


def calibrate(unseen: Unseen) -> tuple[Calibration, float]:
    """The calibration, and the macro-F1 that the heads reach with it on these messages."""
    pooled = unseen.pooled
    slopes, bias = reader_scores.calibrate(pooled, unseen.truth, unseen.judged)
    found = Calibration(slopes, bias, bias, 0.0, 0.0)
    probabilities = found.probabilities(pooled)
    cuts = reader_scores.thresholds(probabilities, unseen.truth, unseen.judged)
    gap, floor = best_quotes(unseen)
    said = probabilities >= cuts
    if unseen.judged is not None:
        said = said & unseen.judged
    return Calibration(slopes, bias, cuts, gap, floor), evaluation.macro_f1(unseen.truth, said)


def best_quotes(unseen: Unseen) -> tuple[float, float]:
    """The gap and the floor that give the best token F1 of quotes of needs that are there."""
    import numpy as np

    ends = np.cumsum([len(p) for p in unseen.parts])
    best = (0.0, 1.5, -1.5)
    for gap in GAPS:
        for floor in FLOORS:
            hits = said = given = 0
            for index, parts in enumerate(unseen.parts):
                block = slice(int(ends[index]) - len(parts), int(ends[index]))
                sizes = np.array([p.end - p.start for p in parts])
                for need in np.flatnonzero(unseen.truth[index]):
                    gold = unseen.targets[block, need] > 0
                    if not gold.any():
                        continue  # nobody pointed at the words
                    mine = np.zeros(len(parts), bool)
                    mine[reader_scores.quoted(unseen.logits[block], parts, int(need), gap, floor)] = True
                    hits += int(sizes[gold & mine].sum())
                    said += int(sizes[mine].sum())
                    given += int(sizes[gold].sum())
            score = 2 * hits / max(1, said + given)
            best = max(best, (score, gap, floor))
    return best[1], best[2]
