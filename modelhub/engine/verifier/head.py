"""The learned verdict's numbers: a linear model and small trees over named features, networks over token states; as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from modelhub.engine import artifacts
from modelhub.engine.verifier.network import LONGEST, Network, Pair, side

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from modelhub.engine.verifier.alignment import Aligner

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
    networks: tuple[Network, ...] = ()  # all in one basis

    def scores(self, values: Array, pairs: Sequence[Pair]) -> Array:
        """Probability 0–1 for each row [n, f] and pair of token states that the sentence says what the claims do not."""
        raw = self._seen(values)
        if self.networks:
            raw = (raw + np.mean([network.logits(pairs) for network in self.networks], 0)) / 2
        return _chance(raw)

    def judge(
        self, features: Mapping[str, float], aligner: Aligner, sentence: str, claims: Sequence[str]
    ) -> tuple[float, float]:
        """The same for one sentence whose features are at hand by name, and what the features alone say; its texts are read."""
        values = np.array([[features[name] for name in self.names]])
        pairs = [pair_of(aligner, self.networks[0].basis, sentence, claims)] if self.networks else []
        return float(self.scores(values, pairs)[0]), float(_chance(self._seen(values))[0])

    def _seen(self, values: Array) -> Array:
        """Log-odds by the features alone."""
        linear = (values - self.mean) / self.scale @ self.weights + self.bias
        seen: Array = (linear + self.trees.score(values)) / 2
        return seen

    def save(self, folder: Path, card: Mapping[str, object]) -> None:
        """Write the head as a version folder."""
        settings = {
            "names": list(self.names), "thresholds": dict(self.thresholds), "bias": self.bias, "networks": len(self.networks),
        }  # fmt: skip
        tensors: dict[str, NDArray[Any]] = {
            "mean": self.mean, "scale": self.scale, "weights": self.weights, "centre": self.centre,
            "feature": self.trees.feature, "threshold": self.trees.threshold, "leaf": self.trees.leaf,
        }  # fmt: skip
        for number, network in enumerate(self.networks):
            tensors["basis"] = network.basis
            tensors.update({f"network.{number}.{name}": value for name, value in network.parameters.items()})
        artifacts.save(folder, KIND, tensors, {"settings.json": settings}, {"encoder": self.encoder, **card})


def _chance(raw: Array) -> Array:
    chance: Array = 1 / (1 + np.exp(-np.clip(raw, -40, 40)))
    return chance


def pair_of(aligner: Aligner, basis: NDArray[np.float32], sentence: str, claims: Sequence[str]) -> Pair:
    """Token states of a sentence and its claims as the networks take them; the aligner has read the texts."""
    said, claimed = (
        side(basis, *aligner.tokens(texts), most) for texts, most in zip(([sentence], claims), LONGEST, strict=True)
    )
    return said, claimed


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
        tuple(_network(stored.tensors, number) for number in range(settings.get("networks", 0))),
    )


def _network(tensors: Mapping[str, NDArray[Any]], number: int) -> Network:
    start = f"network.{number}."
    parameters = {name.removeprefix(start): value for name, value in tensors.items() if name.startswith(start)}
    return Network(tensors["basis"].astype(np.float32), parameters)
