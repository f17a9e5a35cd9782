"""Reading labelled and unlabelled texts from JSON Lines, one row a line, with errors that name the row."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelhub.engine.failures import DatasetError


@dataclass(frozen=True, slots=True)
class Row:
    """A text, its labels (none is allowed), and whether it is known to belong to no label at all (`oos`)."""

    id: str | int
    text: str
    labels: tuple[str, ...] = ()
    oos: bool = False


def read(path: Path) -> list[Row]:
    """Rows of a JSON Lines file; blank lines are skipped, a missing id becomes the line number.

    Raises DatasetError naming the file, the line and what is wrong with it.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}") from None
    rows = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.strip():
            rows.append(_row(line, f"{path.name} line {number}", number))
    return rows


def _row(line: bytes, place: str, number: int) -> Row:
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise DatasetError(f"{place}: not UTF-8 text") from None
    except (json.JSONDecodeError, RecursionError) as error:
        detail = (
            f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else "nested too deep"
        )
        raise DatasetError(f"{place}: not valid JSON ({detail})") from None
    if not isinstance(value, dict):
        raise DatasetError(f"{place}: a row must be an object with a text")
    text = value.get("text")
    if not isinstance(text, str):
        raise DatasetError(f"{place}: `text` is missing or not a text")
    return Row(
        _identity(value, number, place), clean(text), _labels(value.get("labels"), place), value.get("oos") is True
    )


def _identity(value: dict[str, Any], number: int, place: str) -> str | int:
    """The id as it was given, so that answers can be joined to their rows."""
    found = value.get("id", number)
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise DatasetError(f"{place}: `id` must be a text or a whole number")
    return clean(found) if isinstance(found, str) else found


def _labels(value: Any, place: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(label, str) and label.strip() for label in value):
        raise DatasetError(f"{place}: `labels` must be a list of texts")
    return tuple(dict.fromkeys(value))


def clean(text: str) -> str:
    """The text without lone surrogates, which JSON allows and tokenisers and files do not."""
    return text.encode("utf-8", "replace").decode("utf-8")


def group_key(text: str) -> str:
    """Equal for texts that differ only in case, spacing and punctuation: such copies must not straddle a split."""
    folded = unicodedata.normalize("NFKC", text).lower()
    letters = "".join(c for c in folded if c.isalnum())
    return letters or folded.strip()


def digest(rows: Iterable[Row]) -> str:
    """sha256 of the rows' texts and labels, independent of their order."""
    lines = sorted(json.dumps([row.text, sorted(row.labels), row.oos], ensure_ascii=False) for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def label_names(rows: Sequence[Row]) -> list[str]:
    """All labels that occur, in alphabetical order."""
    return sorted({label for row in rows for label in row.labels})
