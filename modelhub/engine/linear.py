"""Linear heads over several blocks of features at once: softmax for one label, sigmoids for many; L-BFGS on the joint loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = Any  # float32 ndarray or scipy csr matrix, [n, d]
    Floats = NDArray[np.float32]


MOST_ROWS_NARROWED = 1500
Watch = Callable[
    [int, float], None
]  # told the number of steps done and the loss after each; what it raises ends the fit


@dataclass(frozen=True)
class Head:
    """Weights per block [d, labels] and a bias [labels]; `logits` adds up what each block says."""

    weights: tuple[Floats, ...]
    bias: Floats

    def logits(self, blocks: Sequence[Matrix]) -> Floats:
        """float32 [n, labels]."""
        total = sum(block @ weight for block, weight in zip(blocks, self.weights, strict=True)) + self.bias
        return total


def fit(
    blocks: Sequence[Matrix],
    targets: Floats,
    *,
    many: bool,
    penalty: float,
    weights: Floats | None = None,
    start: Head | None = None,
    steps: int = 200,
    watch: Watch | None = None,
) -> Head:
    """Minimise the mean weighted cross-entropy + penalty/2 · ‖W‖² over all blocks together.

    `targets` is float32 [n, labels]: rows sum to 1 (softmax), or hold 0/1 per label when `many`. `weights` weighs rows
    [n], or (when `many`) each decision [n, labels]; a decision of weight 0 teaches nothing.
    """
    import numpy as np
    from scipy.optimize import minimize

    if start is None and any(_wide(block) for block in blocks):
        narrow = [_narrowed(block) if _wide(block) else (block, None) for block in blocks]
        found = fit(
            [block for block, _ in narrow],
            targets,
            many=many,
            penalty=penalty,
            weights=weights,
            steps=steps,
            watch=watch,
        )
        back = (w if turn is None else turn @ w for w, (_, turn) in zip(found.weights, narrow, strict=True))
        return Head(tuple(back), found.bias)
    labels = targets.shape[1]
    sizes = [block.shape[1] for block in blocks]
    edges = np.cumsum([0, *sizes]) * labels
    row = np.ones(len(targets), np.float32) if weights is None else weights.astype(np.float32)
    row = (row / row.sum())[:, None] if row.ndim == 1 else row / row.max(1).sum()
    turned = [block.T.tocsr() if hasattr(block, "tocsr") else block.T for block in blocks]

    def unpack(flat: NDArray[np.float64]) -> tuple[list[Floats], Floats]:
        small = flat.astype(np.float32)
        parts = [small[a:b].reshape(-1, labels) for a, b in pairwise(edges)]
        return parts, small[edges[-1] :]

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        parts, bias = unpack(flat)
        logits = sum(block @ part for block, part in zip(blocks, parts, strict=True)) + bias
        value, slope = _cross_entropy(logits, targets, row, many)
        gradient = [(t @ slope).ravel() + penalty * part.ravel() for t, part in zip(turned, parts, strict=True)]
        value += 0.5 * penalty * sum(float((part**2).sum()) for part in parts)
        return value, np.concatenate([*gradient, slope.sum(0)]).astype(np.float64)

    if start is not None:
        first = np.concatenate([*(w.ravel() for w in start.weights), start.bias]).astype(np.float64)
    else:
        first = np.zeros(edges[-1] + labels)
    limits = {"maxiter": steps, "maxcor": 5, "ftol": 1e-6, "gtol": 1e-5}
    found = minimize(loss, first, jac=True, method="L-BFGS-B", options=limits, callback=_counting(watch))
    parts, bias = unpack(found.x)
    return Head(tuple(parts), bias)


def _counting(watch: Watch | None) -> Any:
    """`watch` as scipy calls it; scipy looks at the parameter's name."""
    if watch is None:
        return None
    done = 0

    def after(intermediate_result: Any) -> None:
        nonlocal done
        done += 1
        watch(done, float(intermediate_result.fun))

    return after


def _wide(block: Matrix) -> bool:
    """More columns than rows, and few enough rows for an eigendecomposition to be cheap."""
    return bool(hasattr(block, "tocsr") and block.shape[0] <= MOST_ROWS_NARROWED and block.shape[1] > block.shape[0])


def _narrowed(block: Matrix) -> tuple[Floats, Matrix]:
    """The same block in at most n columns, and the matrix that turns weights back.

    The best weights lie in the span of the rows (representer theorem), so nothing is lost: X = Z Tᵀ with orthonormal T.
    """
    import numpy as np

    values, vectors = np.linalg.eigh((block @ block.T).toarray().astype(np.float64))
    kept = values > 1e-6 * max(values[-1], 1e-12)
    root = np.sqrt(values[kept])
    turn = block.T @ (vectors[:, kept] / root).astype(np.float32)
    return (vectors[:, kept] * root).astype(np.float32), turn


def _cross_entropy(logits: Floats, targets: Floats, row: Floats, many: bool) -> tuple[float, Floats]:
    """Weighted loss and its slope by the logits; `row` is [n, 1] or [n, labels]."""
    import numpy as np

    if many:
        value = float((row * (np.logaddexp(0, logits) - targets * logits)).sum())
        return value, row * (sigmoid(logits) - targets)
    shifted = logits - logits.max(1, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(1, keepdims=True))
    value = float((row * targets * (log_sum - shifted)).sum())
    return value, row * (np.exp(shifted - log_sum) - targets)


def softmax(logits: Floats) -> Floats:
    """Row-wise probabilities."""
    import numpy as np

    shifted = np.exp(logits - logits.max(1, keepdims=True))
    return shifted / shifted.sum(1, keepdims=True)


def sigmoid(logits: Floats) -> Floats:
    """Element-wise probabilities, without overflow."""
    import numpy as np

    return 0.5 * (1 + np.tanh(0.5 * logits))
