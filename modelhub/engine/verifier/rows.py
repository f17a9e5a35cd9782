"""Rows of a file with sentences to verify: {"id", "claims": [{"id", "text"}], "sentence"}, one JSON object a line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelhub.engine.datasets import clean
from modelhub.engine.failures import DatasetError
from modelhub.engine.types import ClaimText


@dataclass(frozen=True, slots=True)
class SentenceRow:
    """A sentence with the claims it cites. `verdict` and `kind` are "" where the file does not give them."""

    id: str | int  # as it was given, so that answers can be joined to their rows
    sentence: str
    claims: tuple[ClaimText, ...]
    verdict: str = ""
    kind: str = ""


def read_rows(path: Path) -> list[SentenceRow]:
    """All rows of a JSONL file. Raises DatasetError naming the row that cannot be used."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} could not be read: {error}") from None
    return [_row(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _row(path: Path, number: int, line: str) -> SentenceRow:
    where = f"{path}, row {number}"
    try:
        raw = json.loads(line)
    except json.JSONDecodeError as error:
        raise DatasetError(f"{where}: no valid JSON ({error.msg} at column {error.colno})") from None
    except RecursionError:
        raise DatasetError(f"{where}: nested too deep") from None
    if not isinstance(raw, dict):
        raise DatasetError(f"{where}: must be an object")
    identity = raw.get("id")
    if isinstance(identity, bool) or not isinstance(identity, str | int):
        raise DatasetError(f'{where}: "id" must be a string or a whole number')
    if not isinstance(raw.get("sentence"), str):
        raise DatasetError(f'{where}: "sentence" must be a string')
    claims = raw.get("claims")
    if not isinstance(claims, list):
        raise DatasetError(f'{where}: "claims" must be a list')
    return SentenceRow(
        clean(identity) if isinstance(identity, str) else identity,
        clean(raw["sentence"]),
        tuple(_claim(where, claim) for claim in claims),
        str(raw.get("verdict", "")),
        str(raw.get("kind", "")),
    )


def _claim(where: str, raw: Any) -> ClaimText:
    if not isinstance(raw, dict) or not isinstance(raw.get("text"), str) or "id" not in raw:
        raise DatasetError(f'{where}: each claim must be an object with "id" and "text"')
    return ClaimText(clean(str(raw["id"])), clean(raw["text"]), about=str(raw.get("about", "")))
