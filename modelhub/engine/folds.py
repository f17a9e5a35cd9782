"""Splits for cross-validation: copies of a text stay together, and every label is spread as evenly as it can be."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from modelhub.engine.datasets import Row, group_key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def assign(rows: Sequence[Row], folds: int, seed: int) -> NDArray[np.intp]:
    """Fold number of each row [n], 0 … folds − 1. Rows that differ only in case, spacing or punctuation share a fold."""
    import numpy as np

    groups: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        groups[group_key(row.text)].append(index)
    count = Counter(label for row in rows for label in row.labels)
    by_label: dict[str, list[list[int]]] = defaultdict(list)
    for members in groups.values():
        # The rarest label decides: it is the one that a careless split would leave out of a fold.
        labels = [label for i in members for label in rows[i].labels]
        by_label[min(labels, key=lambda x: (count[x], x)) if labels else ""].append(members)
    dice = random.Random(seed)
    found = np.zeros(len(rows), np.intp)
    turn = 0
    for label in sorted(by_label):
        dice.shuffle(by_label[label])
        for members in by_label[label]:
            found[members] = turn % folds
            turn += 1
    return found
