"""A trained text classifier: stored as an artifact, loaded with its base models, texts in and labels out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelhub.engine import artifacts, packs
from modelhub.engine.calibration import Calibration
from modelhub.engine.failures import ArtifactError
from modelhub.engine.features import Features, Recipe, embed
from modelhub.engine.linear import Head
from modelhub.engine.ngrams import Ngrams
from modelhub.engine.scope import Scope, signals
from modelhub.engine.tuned_storage import restore, state_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from modelhub.engine.features import Vectors
    from modelhub.engine.finetune import Tuned

    Floats = NDArray[np.float32]

KIND = "classifier"


@dataclass(frozen=True, slots=True)
class Prediction:
    """Labels above their threshold (or the best one), a probability for each label, and how much the text is at home."""

    labels: tuple[str, ...]
    scores: dict[str, float]
    in_scope: float


@dataclass
class Classifier:
    """All parts of a trained model. With `nothing`, the last column of the heads stands for "no label fits"."""

    labels: tuple[str, ...]
    many: bool
    features: Features
    head: Head | None
    calibration: Calibration
    thresholds: Floats
    scope: Scope
    known: Floats
    known_base: str
    folders: dict[str, Path]
    nothing: bool = False
    tuned: Tuned | None = None
    tuned_base: str = ""
    meta: dict[str, Any] = field(default_factory=dict)

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """One prediction a text, in order. A blank text has no labels, zero scores and is not in scope."""
        vectors = embed(self.bases, self.folders, texts)
        sources = self.sources(texts, vectors)
        probabilities = self.calibration.probabilities(sources, many=self.many)
        home = self.scope.score(self.scope_signals(sources, vectors))
        found = []
        for text, row, inside in zip(texts, probabilities, home, strict=True):
            if not text.strip():
                found.append(Prediction((), dict.fromkeys(self.labels, 0.0), 0.0))
                continue
            scores = {label: round(float(p), 6) for label, p in zip(self.labels, row, strict=False)}
            found.append(Prediction(self._decide(row), scores, round(float(inside), 6)))
        return found

    @property
    def bases(self) -> tuple[str, ...]:
        """Base encoders whose untouched vectors are needed."""
        wanted = [*self.features.recipe.bases, *([self.known_base] if self.known_base else [])]
        return tuple(dict.fromkeys(wanted))

    def sources(self, texts: Sequence[str], vectors: Vectors) -> list[Floats]:
        """Logits of the linear head and of the tuned encoder, whichever there are."""
        found = [self.head.logits(self.features.transform(texts, vectors))] if self.head else []
        if self.tuned:
            found.append(self.tuned.logits(texts))
        return found

    def scope_signals(self, sources: Sequence[Floats], vectors: Vectors) -> dict[str, Floats]:
        """What `scope` judges: raw logits, uncalibrated, and nearness to the training texts."""
        own = self.calibration.logits(sources)[:, : len(self.labels)]
        return signals(own, unit(self.features.centred(self.known_base, vectors[self.known_base])), self.known)

    def _decide(self, row: Floats) -> tuple[str, ...]:
        if self.many:
            return tuple(label for label, p, t in zip(self.labels, row, self.thresholds, strict=True) if p >= t)
        best = int(row.argmax())
        return (self.labels[best],) if best < len(self.labels) else ()

    def save(self, folder: Path) -> artifacts.Artifact:
        """Write the version folder (see `artifacts.save`)."""
        import numpy as np

        tensors: dict[str, Any] = {"thresholds": self.thresholds, "known": self.known.astype(np.float16)}
        extra: dict[str, Any] = {}
        if self.head:
            tensors["bias"] = self.head.bias
            tensors.update({f"weight.{i}": w.astype(np.float16) for i, w in enumerate(self.head.weights)})
        tensors.update({f"centre.{base}": centre for base, centre in self.features.centres.items()})
        if self.features.ngrams is not None:
            tensors["idf"] = self.features.ngrams.idf
            extra["vocabulary.json"] = list(self.features.ngrams.vocabulary)
        if self.tuned:
            tensors.update(state_of(self.tuned))
        return artifacts.save(folder, KIND, tensors, extra, {**self.meta, "model": self._shape()})

    def _shape(self) -> dict[str, Any]:
        used = dict.fromkeys([*self.bases, *([self.tuned_base] if self.tuned else [])])
        return {
            "labels": list(self.labels),
            "many": self.many,
            "nothing": self.nothing,
            "recipe": asdict(self.features.recipe),
            "scales": self.features.scales,
            "blocks": len(self.head.weights) if self.head else 0,
            "calibration": asdict(self.calibration),
            "scope": asdict(self.scope),
            "known_base": self.known_base,
            "tuned": {"base": self.tuned_base, "settings": asdict(self.tuned.settings)} if self.tuned else None,
            "bases": {base: packs.fingerprint(self.folders[base]) for base in used},
        }


def load(folder: Path, packs_root: Path) -> Classifier:
    """Open a stored classifier. Raises ArtifactError if it or a base model it needs is missing or not the same as then."""
    import numpy as np

    artifact = artifacts.load(folder, kinds=(KIND,))
    shape, tensors = artifact.meta["model"], artifact.tensors
    folders = {base: _base(base, digest, packs_root, folder.name) for base, digest in shape["bases"].items()}
    try:
        recipe = Recipe(tuple(shape["recipe"]["bases"]), shape["recipe"]["ngrams"], tuple(shape["recipe"]["weights"]))
        ngrams = None
        if recipe.ngrams:
            ngrams = Ngrams(
                {term: i for i, term in enumerate(artifact.json("vocabulary.json"))}, tensors["idf"].astype(np.float32)
            )
        centred = {
            name.removeprefix("centre."): value.astype(np.float32)
            for name, value in tensors.items()
            if name.startswith("centre.")
        }
        head = None
        if shape["blocks"]:
            weights = tuple(tensors[f"weight.{i}"].astype(np.float32) for i in range(shape["blocks"]))
            head = Head(weights, tensors["bias"].astype(np.float32))
        tuned = None
        if shape["tuned"]:
            tuned = restore(folders[shape["tuned"]["base"]], shape["tuned"]["settings"], tensors)
        scope = shape["scope"]
        return Classifier(
            labels=tuple(shape["labels"]),
            many=shape["many"],
            features=Features(recipe, centred, shape["scales"], ngrams),
            head=head,
            calibration=Calibration(tuple(shape["calibration"]["weights"]), shape["calibration"]["shift"]),
            thresholds=tensors["thresholds"].astype(np.float32),
            scope=Scope(
                tuple(scope["chosen"]), tuple(scope["centre"]), tuple(scope["spread"]), scope["cut"], scope["width"]
            ),
            known=tensors["known"].astype(np.float32),
            known_base=shape["known_base"],
            folders=folders,
            nothing=shape["nothing"],
            tuned=tuned,
            tuned_base=shape["tuned"]["base"] if shape["tuned"] else "",
            meta={key: value for key, value in artifact.meta.items() if key != "model"},
        )
    except (KeyError, TypeError) as error:
        raise ArtifactError(f"{folder.name} lacks {error}; train the version again") from None


def unit(vectors: Floats) -> Floats:
    """Rows at length 1; zero rows stay zero."""
    import numpy as np

    found: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return found


def _base(name: str, digest: str, packs_root: Path, version: str) -> Path:
    folder = packs.location(name, packs_root)
    if packs.fingerprint(folder) != digest:
        raise ArtifactError(f"{version} was trained on another {name} than the one here; pull that base model again")
    return folder
