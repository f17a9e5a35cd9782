"""Texts an encoder was tuned on, by a mark of each: what is said of them over that encoder is no evidence of how well it reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from modelhub.engine.datasets import group_key
from modelhub.engine.failures import PackError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FILE = "seen.json"


def marks(texts: Iterable[str]) -> frozenset[str]:
    """A mark per text; texts that differ only in case, spacing and punctuation have the same."""
    return frozenset(_mark(text) for text in texts)


def of(folder: Path) -> frozenset[str]:
    """Marks of the texts a pack was tuned on; empty for one that was not. Raises PackError if they cannot be read."""
    path = folder / FILE
    try:
        return frozenset(json.loads(path.read_text())) if path.is_file() else frozenset()
    except ValueError:
        raise PackError(f"{folder.name}: {FILE} is damaged; pull the pack again") from None


def unseen(texts: Sequence[str], seen: frozenset[str]) -> NDArray[np.intp]:
    """Indexes of the texts without a mark in `seen`."""
    import numpy as np

    return np.flatnonzero([_mark(text) not in seen for text in texts])


def _mark(text: str) -> str:
    return hashlib.sha256(group_key(text).encode()).hexdigest()[:12]
