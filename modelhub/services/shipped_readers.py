"""The shipped readers: trained from the shipped corpus on first use, kept under the data folder, measured on request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from core.services import needs
from modelhub.engine import artifacts, corpus, packs, reader_shipped, reader_store
from modelhub.engine.pack_sources import ShippedSource
from modelhub.engine.training_progress import Told
from modelhub.engine.types import NeedDefinition
from modelhub.services import versions

DEFAULT = "default"
Report = Callable[[str], None]


def definitions() -> list[NeedDefinition]:
    """The needs that ship. An admin's edits do not make the shipped reader another one; it judges new needs by likeness."""
    return corpus.definitions(needs.SHIPPED)


def ensure(variant: str, *, report: Report = lambda _line: None, told: Told = lambda _point: None) -> Path:
    """The folder of a variant that fits the code and corpus at hand, trained now if there is none.

    Raises EngineError if it cannot be trained.
    """
    return reader_shipped.ensure(variant, Path(settings.FAIRLEAD_DATA), definitions(), report=report, told=told)


def ensure_there(variant: str) -> None:
    """Train a variant if there is none of this edition. A damaged one is not trained over: that would hide the damage.

    Layers that ship are put beside the base they stand on, so that a data folder of an earlier edition reads at once.
    """
    if there(variant):
        return
    root = versions.packs_root()
    for name in reader_shipped.VARIANTS[variant][0]:
        source = packs.PACKS[name].source
        if isinstance(source, ShippedSource) and (root / source.over).is_dir():
            packs.pull([name], root)
    ensure(variant)


def there(variant: str) -> bool:
    """Whether a variant of this code and corpus was trained here or copied from the repository; a damaged one counts too."""
    folder = reader_shipped.folder(variant, Path(settings.FAIRLEAD_DATA))
    if not (folder / artifacts.MANIFEST).is_file():
        return False
    return reader_shipped.mark(folder) in ("", reader_shipped.ingredients(variant, definitions()))


def digest(variant: str) -> str:
    """The digest of a trained variant: what its figures belong to. Raises ArtifactError if it is damaged."""
    folder = reader_shipped.folder(variant, Path(settings.FAIRLEAD_DATA))
    return artifacts.load(folder, kinds=(reader_store.KIND,)).digest


def evaluate(variant: str) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Language, number of messages and figures, per language of the shipped evaluation set."""
    from modelhub.engine import reader_evaluation
    from modelhub.engine.reader import Reader

    folder = reader_shipped.folder(variant, Path(settings.FAIRLEAD_DATA))
    reader = Reader.load(folder, versions.packs_root(), definitions())
    messages = corpus.load_all(corpus.EVALUATION)
    for language in sorted({message.language for message in messages}):
        chosen = [message for message in messages if message.language == language]
        yield language, len(chosen), reader_evaluation.figures(reader, chosen)
