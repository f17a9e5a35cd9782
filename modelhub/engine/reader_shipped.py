"""The shipped reader and its variants, kept by what they were made of: taken from the repository, or trained on first use."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from modelhub.engine import artifacts, corpus, packs, reader_training
from modelhub.engine.encoders import encoder
from modelhub.engine.failures import ArtifactError
from modelhub.engine.reader_store import KIND
from modelhub.engine.training_progress import Told
from modelhub.engine.types import NeedDefinition

if TYPE_CHECKING:
    from collections.abc import Iterator

Report = Callable[[str], None]
# Encoders of each variant, and whether it reads English alone.
VARIANTS: dict[str, tuple[tuple[str, ...], bool]] = {
    "default": ((packs.TUNED,), False),
    "minilm": (("all-minilm-l6-v2",), True),
    "ngrams": ((), False),
}
SHIPPED = Path(__file__).resolve().parent.parent / "corpus" / "readers"  # trained here, so that a first start is short
# Raised whenever the code that trains changes what comes out.
EDITION = 8


def folder(variant: str, data: Path) -> Path:
    """Where a variant is kept below the data folder."""
    return data / "readers" / variant


def ensure(
    variant: str,
    data: Path,
    definitions: Sequence[NeedDefinition],
    *,
    report: Report = lambda _: None,
    told: Told = lambda _: None,
) -> Path:
    """The folder of a variant; made now if it is missing, or was made of another corpus or by older code.

    The one in the repository is copied if it was made of just this corpus and code, else it is trained. Two processes that
    ask at once do it once. `report` hears lines, `told` how far it is. Raises EngineError if it cannot be trained.
    """
    target = folder(variant, data)
    target.parent.mkdir(parents=True, exist_ok=True)
    with _lock(target.parent / f".{variant}.lock"):
        wanted = ingredients(variant, definitions)
        if mark(target) == wanted:
            return target
        if mark(SHIPPED / variant) == wanted:
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(SHIPPED / variant, target)
        else:
            report(f"training the {variant} reader from the shipped corpus; this happens once")
            train(variant, data, definitions, target, wanted, report, told)
    return target


def train(
    variant: str,
    data: Path,
    definitions: Sequence[NeedDefinition],
    target: Path,
    wanted: str,
    report: Report,
    told: Told = lambda _: None,
) -> None:
    """Train a variant into `target`; `wanted` is kept as its mark."""
    names, english = VARIANTS[variant]
    messages = [m for m in corpus.load_all(corpus.TRAIN) if not english or m.language == "en"]
    encoders = [encoder(packs.location(name, data / "packs")) for name in names]
    recipe = reader_training.Recipe()
    reader_training.train(messages, definitions, encoders, target, recipe=recipe, report=report, told=told, mark=wanted)


def ingredients(variant: str, definitions: Sequence[NeedDefinition]) -> str:
    """A digest of everything a shipped variant is made of; cheap enough to ask at every start."""
    files = [hashlib.sha256(path.read_bytes()).hexdigest() for path in corpus.files(corpus.TRAIN)]
    known = [[need.key, need.examples and {k: list(v) for k, v in need.examples.items()}] for need in definitions]
    recipe = asdict(reader_training.Recipe())
    layers = [packs.shipped_layers(name) for name in VARIANTS[variant][0]]
    told = json.dumps([EDITION, variant, VARIANTS[variant], layers, files, known, recipe], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def mark(target: Path) -> str:
    """What the variant in a folder was made of, as `ingredients` tells it; empty if there is none or it is damaged."""
    try:
        return str(artifacts.load(target, kinds=(KIND,)).meta.get("mark", ""))
    except ArtifactError:
        return ""


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
