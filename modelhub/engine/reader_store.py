"""A trained reader as tensors and JSON, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelhub.engine import artifacts, reader_novel
from modelhub.engine.artifacts import Artifact
from modelhub.engine.failures import ArtifactError
from modelhub.engine.linear import Head
from modelhub.engine.ngrams import Ngrams
from modelhub.engine.reader_features import Featuriser, Scaling
from modelhub.engine.reader_novel import Likeness
from modelhub.engine.reader_scores import Calibration

if TYPE_CHECKING:
    from numpy.typing import NDArray

KIND = "reader"
DRAWN = "drawn"  # `meta["background"]` of a version that holds no vector of a clause
VOCABULARY = "vocabulary.json"
SETTINGS = "settings.json"
WEIGHED = ("slopes", "bias", "thresholds", "quote_slopes")


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
    for name in WEIGHED:
        tensors[f"calibration.{name}"] = np.asarray(getattr(calibration, name), np.float32)
    if novel is not None:
        tensors["novel.centre"], tensors["novel.background"] = novel.centre, novel.background
    settings = {
        "factors": [{name: s.factor for name, s in scalings.items()} for scalings in featuriser.scalings],
        "quote_bias": calibration.quote_bias,
        "quote_threshold": calibration.quote_threshold,
        "novel": None if novel is None else [novel.slope, novel.bias, novel.threshold],
    }
    vocabulary = {name: list(ngrams.vocabulary) for name, ngrams in words.items() if ngrams is not None}
    return tensors, {VOCABULARY: vocabulary, SETTINGS: settings}


def without_clauses(made: Artifact) -> Artifact:
    """The same version saved anew in its folder without a vector of any clause; itself if it holds none.

    Its meta names the digest it had. Raises ArtifactError if it cannot be written.
    """
    if made.meta.get("background") == DRAWN:
        return made
    tensors: dict[str, Any] = dict(made.tensors)
    if "novel.background" in tensors:
        tensors["novel.background"] = reader_novel.drawn(tensors["novel.background"])
    others = {name: made.folder / name for name in made.files if name != artifacts.TENSORS}
    meta = {**made.meta, "background": DRAWN, "erased_from": made.digest}
    return artifacts.save(made.folder, made.kind, tensors, others, meta)


def unpack(artifact: Artifact) -> tuple[Featuriser, Head, Calibration, Likeness | None]:
    """The parts of a saved reader. Raises ArtifactError if an edition that kept other parts made it."""
    try:
        return _unpack(artifact)
    except KeyError as missing:
        raise ArtifactError(
            f"{artifact.folder.name} was made by another edition of this program ({missing} is not in it); train it again"
        ) from None


def _unpack(artifact: Artifact) -> tuple[Featuriser, Head, Calibration, Likeness | None]:
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
    calibration = Calibration(
        **{name: tensors[f"calibration.{name}"] for name in WEIGHED},
        quote_bias=settings["quote_bias"],
        quote_threshold=settings["quote_threshold"],
    )
    novel = settings["novel"]
    likeness = Likeness(tensors["novel.centre"], tensors["novel.background"], *novel) if novel else None
    return Featuriser(scalings, ngrams.get("words")), head, calibration, likeness
