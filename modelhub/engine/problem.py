"""A training file turned into numbers: texts, targets, groups for cross-validation, and what was left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from modelhub.engine import folds
from modelhub.engine.datasets import Row, digest, group_key, label_names
from modelhub.engine.failures import TrainingError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

LabelKind = Literal["single", "multi"]
# Below this many examples a label the names of the labels are tried as examples, too.
FEW = 100


@dataclass(frozen=True)
class Problem:
    """`targets` is float32 [n, columns]; with `nothing`, the last column stands for rows that carry no label."""

    rows: tuple[Row, ...]
    labels: tuple[str, ...]
    many: bool
    nothing: bool
    targets: Floats
    skipped: int
    data_hash: str

    @property
    def texts(self) -> list[str]:
        """Texts in row order."""
        return [row.text for row in self.rows]

    @property
    def few(self) -> bool:
        """True when labels have so few examples that their names help."""
        return float(self.targets.sum()) / self.targets.shape[1] < FEW

    def folds(self, count: int, seed: int) -> NDArray[np.intp]:
        """Fold of each row; see `folds.assign`."""
        return folds.assign(self.rows, count, seed)

    def distinct(self) -> int:
        """Number of texts that differ in more than case, spacing and punctuation."""
        return len({group_key(row.text) for row in self.rows})


def build(rows: Sequence[Row], kind: LabelKind) -> Problem:
    """Check rows and make targets. Blank texts are left out and counted.

    Raises TrainingError if nothing is left, no row has a label, or a row has two labels where one is meant.
    """
    import numpy as np

    many = kind == "multi"
    kept = tuple(row for row in rows if row.text.strip())
    if not kept:
        raise TrainingError("the file has no row with a text; nothing was trained")
    for row in kept:
        if not many and len(row.labels) > 1:
            raise TrainingError(f"row {row.id} has {len(row.labels)} labels; use --labels multi, or keep one")
    labels = tuple(label_names(kept))
    if not labels:
        raise TrainingError("no row has a label; nothing was trained")
    nothing = not many and any(not row.labels for row in kept)
    place = {label: i for i, label in enumerate(labels)}
    targets = np.zeros((len(kept), len(labels) + nothing), np.float32)
    for index, row in enumerate(kept):
        for label in row.labels:
            targets[index, place[label]] = 1
        if nothing and not row.labels:
            targets[index, -1] = 1
    return Problem(kept, labels, many, nothing, targets, len(rows) - len(kept), digest(rows))


def spoken(label: str) -> str:
    """A label as words: card_arrival, card-arrival and cardArrival all become "card arrival"."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", label)
    return re.sub(r"[\W_]+", " ", parted).strip() or label
