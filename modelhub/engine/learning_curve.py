"""How much a reader gains from more labelled rows: linear readers from growing shares of them, on the same held-out rows."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelhub.engine import comparison, reader_training
from modelhub.engine.corpus import Message
from modelhub.engine.reader import Reader
from modelhub.engine.types import NeedDefinition

if TYPE_CHECKING:
    from modelhub.engine.encoders import Encoder

SHARES = (0.25, 0.5, 0.75, 1.0)


def share_of(rows: Sequence[Message], share: float, seed: int) -> list[Message]:
    """A share of the rows drawn by the seed; a smaller share lies within a larger one."""
    import numpy as np

    order = np.random.default_rng(seed).permutation(len(rows))[: max(1, round(share * len(rows)))]
    return [rows[i] for i in sorted(order)]


def point(
    share: float,
    rows: Sequence[Message],
    always: Sequence[Message],
    test: Sequence[Message],
    definitions: Sequence[NeedDefinition],
    encoders: Sequence[Encoder],
    packs_root: Path,
    *,
    seed: int = 0,
) -> dict[str, Any]:
    """Train on a share of `rows` and all of `always`, and measure on `test`: {"share", "rows", "macro_f1", "n"}.

    Raises TrainingError if that is too little to train a reader.
    """
    chosen = share_of(rows, share, seed)
    recipe = reader_training.Recipe(seed=seed)
    with tempfile.TemporaryDirectory(prefix="curve-") as scratch:
        folder = Path(scratch) / "reader"
        reader_training.train([*always, *chosen], definitions, encoders, folder, recipe=recipe)
        reader = Reader.load(folder, packs_root, definitions)
    needs = [need.key for need in definitions]
    found = comparison.figures(test, needs, comparison.ask(reader, test))
    return {"share": share, "rows": len(chosen), "macro_f1": found["macro_f1"], "n": len(test)}


def gain(curve: Sequence[Mapping[str, float]], more: int) -> float | None:
    """What `more` rows would likely add to macro-F1, from a straight line through the curve over log₂ of rows.

    None with fewer than three points; never below 0: more rows of the same kind are not expected to hurt.
    """
    points = [(math.log2(row["rows"]), row["macro_f1"]) for row in curve if row["rows"] > 0]
    if len({x for x, _ in points}) < 3 or more <= 0:
        return None
    x_mean, y_mean = (sum(values) / len(points) for values in zip(*points, strict=True))
    slope = sum((x - x_mean) * (y - y_mean) for x, y in points) / sum((x - x_mean) ** 2 for x, _ in points)
    most = max(row["rows"] for row in curve)
    return max(0.0, round(slope * math.log2((most + more) / most), 4))
