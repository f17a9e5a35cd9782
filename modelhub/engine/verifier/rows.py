"""Rows of a file with sentences to verify: {"id", "claims": [{"id", "text"}], "sentence"}, one JSON object a line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

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


class BadRow(DatasetError):
    """A row that cannot be used: its number, and the code json, deep, object, id, sentence, claims or claim."""

    def __init__(self, number: int, code: str, told: str) -> None:
        super().__init__(told)
        self.number, self.code = number, code


def read_rows(path: Path) -> list[SentenceRow]:
    """All rows of a JSONL file. Raises DatasetError naming the row that cannot be used."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} could not be read: {error}") from None
    return [parse_row(line, number, name=str(path)) for number, line in enumerate(lines, start=1) if line.strip()]


def parse_row(line: str, number: int, *, name: str) -> SentenceRow:
    """One row of a file of this name. Raises BadRow."""

    def refuse(code: str, why: str) -> NoReturn:
        raise BadRow(number, code, f"{name}, row {number}: {why}") from None

    try:
        raw = json.loads(line)
    except json.JSONDecodeError as error:
        refuse("json", f"no valid JSON ({error.msg} at column {error.colno})")
    except RecursionError:
        refuse("deep", "nested too deep")
    except ValueError:
        refuse("json", "a number in it is too long")
    if not isinstance(raw, dict):
        refuse("object", "must be an object")
    identity = raw.get("id")
    if isinstance(identity, bool) or not isinstance(identity, str | int):
        refuse("id", '"id" must be a string or a whole number')
    if not isinstance(raw.get("sentence"), str):
        refuse("sentence", '"sentence" must be a string')
    claims = raw.get("claims")
    if not isinstance(claims, list):
        refuse("claims", '"claims" must be a list')
    if any(not isinstance(one, dict) or not isinstance(one.get("text"), str) or "id" not in one for one in claims):
        refuse("claim", 'each claim must be an object with "id" and "text"')
    return SentenceRow(
        clean(identity) if isinstance(identity, str) else identity,
        clean(raw["sentence"]),
        tuple(
            ClaimText(clean(str(one["id"])), clean(one["text"]), about=clean(str(one.get("about", ""))))
            for one in claims
        ),
        str(raw.get("verdict", "")),
        str(raw.get("kind", "")),
    )
