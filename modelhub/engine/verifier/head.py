"""The learned verdict's numbers: a linear model and small trees over named features, kept as safetensors and JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from modelhub.engine import artifacts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
KIND = "verifier-head"
SHIPPED = Path(__file__).resolve().parents[2] / "corpus" / "verifiers" / "default"


@dataclass(frozen=True)
class Trees:
    """Binary trees of depth 3, boosted: inner nodes [t, 7] in breadth-first order, leaves [t, 8] in log-odds."""

    feature: NDArray[np.int64]
    threshold: Array
    leaf: Array

    def score(self, values: Array) -> Array:
        """Sum of the leaves that each row [n, f] falls into."""
        single = values.astype(np.float32)  # the precision in which the thresholds were found
        node = np.zeros((len(values), len(self.leaf)), np.int64)
        rows, trees = np.arange(len(values))[:, None], np.arange(len(self.leaf))[None, :]
        for _ in range(3):
            right = single[rows, self.feature[trees, node]] > self.threshold[trees, node]
            node = 2 * node + 1 + right
        total: Array = self.leaf[trees, node - 7].sum(1)
        return total


@dataclass(frozen=True)
class Head:
    """`names` of the features, their mean and scale, weights, bias; trees; thresholds by language; mean states."""

    names: tuple[str, ...]
    mean: Array
    scale: Array
    weights: Array
    bias: float
    trees: Trees
    thresholds: Mapping[str, float]
    centre: NDArray[np.float32]
    encoder: str

    def scores(self, values: Array) -> Array:
        """Probability 0–1 for each row [n, f] that the sentence says what the claims do not."""
        linear = (values - self.mean) / self.scale @ self.weights + self.bias
        raw = (linear + self.trees.score(values)) / 2
        result: Array = 1 / (1 + np.exp(-np.clip(raw, -40, 40)))
        return result

    def false(self, features: Sequence[Mapping[str, float]]) -> Array:
        """The same for features by name."""
        return self.scores(np.array([[one[name] for name in self.names] for one in features]))

    def save(self, folder: Path, card: Mapping[str, object]) -> None:
        """Write the head as a version folder."""
        settings = {"names": list(self.names), "thresholds": dict(self.thresholds), "bias": self.bias}
        tensors: dict[str, NDArray[Any]] = {
            "mean": self.mean, "scale": self.scale, "weights": self.weights, "centre": self.centre,
            "feature": self.trees.feature, "threshold": self.trees.threshold, "leaf": self.trees.leaf,
        }  # fmt: skip
        artifacts.save(folder, KIND, tensors, {"settings.json": settings}, {"encoder": self.encoder, **card})


def load(folder: Path = SHIPPED) -> Head:
    """Read a head. Raises ArtifactError in one line if it is missing or damaged."""
    stored = artifacts.load(folder, kinds=(KIND,))
    settings = stored.json("settings.json")
    reals = {
        name: stored.tensors[name].astype(np.float64) for name in ("mean", "scale", "weights", "threshold", "leaf")
    }
    return Head(
        tuple(settings["names"]),
        reals["mean"],
        reals["scale"],
        reals["weights"],
        float(settings["bias"]),
        Trees(stored.tensors["feature"].astype(np.int64), reals["threshold"], reals["leaf"]),
        settings["thresholds"],
        stored.tensors["centre"].astype(np.float32),
        str(stored.meta["encoder"]),
    )
