"""A trained reader as tensors and JSON, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelhub.engine.artifacts import Artifact
from modelhub.engine.linear import Head
from modelhub.engine.ngrams import Ngrams
from modelhub.engine.reader_features import Featuriser, Scaling
from modelhub.engine.reader_novel import Likeness
from modelhub.engine.reader_scores import Calibration

if TYPE_CHECKING:
    from numpy.typing import NDArray

KIND = "reader"
VOCABULARY = "vocabulary.json"
SETTINGS = "settings.json"


def pack(
    featuriser: Featuriser, head: Head, calibration: Calibration, novel: Likeness | None
) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Tensors by name, and JSON files by name."""
    import numpy as np

    tensors: dict[str, NDArray[Any]] = {f"head.{i}": weight.astype(np.float32) for i, weight in enumerate(head.weights)}
    tensors["head.bias"] = head.bias
    for number, scalings in enumerate(featuriser.scalings):
        for name, scaling in scalings.items():
            tensors[f"scale.{number}.{name}"] = scaling.centre
    words = {"words": featuriser.words}
    for name, ngrams in words.items():
        if ngrams is not None:
            tensors[f"idf.{name}"] = ngrams.idf
    for name in ("slopes", "bias", "thresholds"):
        tensors[f"calibration.{name}"] = np.asarray(getattr(calibration, name), np.float32)
    if novel is not None:
        tensors["novel.centre"], tensors["novel.background"] = novel.centre, novel.background
    settings = {
        "factors": [{name: s.factor for name, s in scalings.items()} for scalings in featuriser.scalings],
        "quote_gap": calibration.quote_gap,
        "quote_floor": calibration.quote_floor,
        "novel": None if novel is None else [novel.slope, novel.bias, novel.threshold],
    }
    vocabulary = {name: list(ngrams.vocabulary) for name, ngrams in words.items() if ngrams is not None}
    return tensors, {VOCABULARY: vocabulary, SETTINGS: settings}


def unpack(artifact: Artifact) -> tuple[Featuriser, Head, Calibration, Likeness | None]:
    """The parts of a saved reader."""
    tensors: dict[str, Any] = artifact.tensors
    settings, vocabulary = artifact.json(SETTINGS), artifact.json(VOCABULARY)
    scalings = [
        {name: Scaling(tensors[f"scale.{number}.{name}"], factor) for name, factor in factors.items()}
        for number, factors in enumerate(settings["factors"])
    ]
    ngrams = {
        name: Ngrams({term: i for i, term in enumerate(terms)}, tensors[f"idf.{name}"])
        for name, terms in vocabulary.items()
    }
    blocks = sum(name.startswith("head.") for name in tensors) - 1
    head = Head(tuple(tensors[f"head.{i}"] for i in range(blocks)), tensors["head.bias"])
    slopes, bias, thresholds = (tensors[f"calibration.{name}"] for name in ("slopes", "bias", "thresholds"))
    calibration = Calibration(slopes, bias, thresholds, settings["quote_gap"], settings["quote_floor"])
    novel = settings["novel"]
    likeness = Likeness(tensors["novel.centre"], tensors["novel.background"], *novel) if novel else None
    return Featuriser(scalings, ngrams.get("words")), head, calibration, likeness
