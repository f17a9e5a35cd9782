"""Layers told as what they add to a base: of a matrix the leading directions of the difference, of a vector all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from modelhub.engine.failures import PackError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[np.generic]]

# What is added to a matrix [out, in] is UP [out, rank] times DOWN [rank, in]; what is added to a vector is PLUS.
UP, DOWN, PLUS = ".up", ".down", ".plus"


def split(before: Arrays, after: Arrays, rank: int) -> dict[str, NDArray[np.float16]]:
    """The difference of layers of the same names and shapes, matrices cut to `rank` by singular values."""
    import numpy as np

    found: dict[str, NDArray[np.float16]] = {}
    for name, tuned in after.items():
        difference = tuned.astype(np.float32) - before[name].astype(np.float32)
        if difference.ndim != 2:
            found[name + PLUS] = difference.astype(np.float16)
            continue
        left, values, right = np.linalg.svd(difference, full_matrices=False)
        root = np.sqrt(values[:rank])
        found[name + UP] = (left[:, :rank] * root).astype(np.float16)
        found[name + DOWN] = (root[:, None] * right[:rank]).astype(np.float16)
    return found


def join(before: Mapping[str, Any], differences: Arrays) -> dict[str, NDArray[np.float32]]:
    """The layers again, float32, by name; `before` may hold more. Raises PackError if they are of another model."""
    import numpy as np

    names = {name.removesuffix(end) for end in (UP, DOWN, PLUS) for name in differences if name.endswith(end)}
    found: dict[str, NDArray[np.float32]] = {}
    try:
        for name in sorted(names):
            if name + PLUS in differences:
                added = differences[name + PLUS].astype(np.float32)
            else:
                added = differences[name + UP].astype(np.float32) @ differences[name + DOWN].astype(np.float32)
            found[name] = np.asarray(before[name], np.float32) + added
            if found[name].shape != added.shape:
                raise ValueError(name)
    except (KeyError, ValueError) as error:
        raise PackError(f"the layers are of another model ({str(error)[:80]}); pull the pack again") from None
    return found
