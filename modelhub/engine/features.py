"""Blocks of features for linear heads: centred and scaled vectors of each encoder, and n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelhub.engine.encoders import Progress, encoder
from modelhub.engine.ngrams import Ngrams

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Vectors = dict[str, Floats]  # unit vectors [n, d] by base name


@dataclass(frozen=True, slots=True)
class Recipe:
    """Which blocks to use: base encoders by name with a weight each (none given: 1), and the weight of the n-grams.

    A heavier block is regularised less, so it decides more; n-grams of weight 0 are left out.
    """

    bases: tuple[str, ...]
    ngrams: float = 0.0
    weights: tuple[float, ...] = ()

    @property
    def name(self) -> str:
        """Short name for reports."""
        parts = [base if self.weight(base) == 1 else f"{base}×{self.weight(base):g}" for base in self.bases]
        return "+".join([*parts, *([f"n-grams×{self.ngrams:g}"] if self.ngrams else [])])

    def weight(self, base: str) -> float:
        """Weight of one base."""
        return self.weights[self.bases.index(base)] if self.weights else 1.0


@dataclass(frozen=True)
class Features:
    """Fitted blocks: the mean vector and the scale of each base, and the vocabulary."""

    recipe: Recipe
    centres: dict[str, Floats]
    scales: dict[str, float]
    ngrams: Ngrams | None

    @classmethod
    def fit(cls, recipe: Recipe, texts: Sequence[str], vectors: Vectors) -> Features:
        """Learn centres, scales and vocabulary from training texts and their vectors."""
        import numpy as np

        centres = {base: vectors[base].mean(0) for base in recipe.bases}
        # Cosines of some encoders are crowded; after this the mean squared length of a block is 1 for each of them.
        scales = {b: float(np.sqrt(((vectors[b] - centres[b]) ** 2).sum(1).mean())) or 1.0 for b in recipe.bases}
        return cls(recipe, centres, scales, Ngrams.fit(texts) if recipe.ngrams else None)

    def transform(self, texts: Sequence[str], vectors: Vectors) -> list[Any]:
        """Blocks [n, d] in the order of the recipe, n-grams last (sparse)."""
        weight = self.recipe.weight
        blocks: list[Any] = [self.centred(base, vectors[base]) * weight(base) for base in self.recipe.bases]
        if self.ngrams is not None:
            blocks.append(self.ngrams.transform(texts) * self.recipe.ngrams)
        return blocks

    def centred(self, base: str, vectors: Floats) -> Floats:
        """Vectors of one base, centred and scaled."""
        return (vectors - self.centres[base]) / max(self.scales[base], 1e-6)


def embed(
    bases: Sequence[str], folders: dict[str, Path], texts: Sequence[str], progress: Progress | None = None
) -> Vectors:
    """Unit vectors of all texts by each base."""
    return {base: encoder(folders[base]).embed(texts, progress=progress) for base in bases}
