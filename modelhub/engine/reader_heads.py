"""The heads of a reader, fitted where it is cheap: dense blocks on their leading directions, then turned back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelhub.engine import linear
from modelhub.engine.linear import Head

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

# Directions kept of all dense vectors together: they hold nearly all the variance, and fitting takes a third of the time.
DIRECTIONS = 1200


@dataclass(frozen=True)
class Reduced:
    """Blocks to fit on: the dense ones as one [n, k] matrix, the others as they are. `bases` holds [d, k] per dense block."""

    blocks: list[Any]
    bases: list[Floats]

    def fit(
        self,
        targets: Floats,
        rows: NDArray[np.intp] | None,
        *,
        penalty: float,
        steps: int,
        weights: Floats | None = None,
        watch: linear.Watch | None = None,
    ) -> Head:
        """Sigmoid heads over the reduced blocks, on the chosen rows (None for all); `weights` [n, needs] weighs decisions."""
        chosen = self.blocks if rows is None else [block[rows] for block in self.blocks]
        wanted = targets if rows is None else targets[rows]
        heavy = weights if weights is None or rows is None else weights[rows]
        return linear.fit(chosen, wanted, many=True, penalty=penalty, steps=steps, weights=heavy, watch=watch)

    def logits(self, head: Head, rows: NDArray[np.intp]) -> Floats:
        """Logits of some rows."""
        return head.logits([block[rows] for block in self.blocks])

    def expand(self, head: Head) -> Head:
        """The same head over the blocks as they were before."""
        if not self.bases:
            return head
        return Head((*(basis @ head.weights[0] for basis in self.bases), *head.weights[1:]), head.bias)


def reduce(blocks: Sequence[Any], dense: int) -> Reduced:
    """Project the first `dense` blocks together onto the leading eigenvectors of their (uncentred) covariance."""
    import numpy as np
    from scipy.linalg import eigh

    if not dense:
        return Reduced(list(blocks), [])
    stacked = np.hstack(blocks[:dense])
    width = stacked.shape[1]
    kept = min(DIRECTIONS, width)
    basis = eigh(stacked.T @ stacked, subset_by_index=(width - kept, width - 1))[1].astype(np.float32)
    edges = np.cumsum([block.shape[1] for block in blocks[:dense]])[:-1]
    return Reduced([stacked @ basis, *blocks[dense:]], np.split(basis, edges))
