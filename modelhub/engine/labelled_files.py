"""Files of labelled texts, JSON rows or a table, in whatever encoding and with whatever delimiter they come."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from modelhub.engine.failures import DatasetError

LONGEST = 100_000  # characters of one text
DELIMITERS = ",;\t|"
BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
HIGH, PAIRS = re.compile(rb"[\x80-\xff]"), re.compile(rb"[\xa1-\xfe][\xa1-\xfe]")
APART = re.compile(r"[;,|、，；\n]")
TEXT, LABELS = ("text", "message"), ("labels", "label", "needs")
TOO_MANY = "\x00too many cells"


class Unreadable(DatasetError):
    """The file as a whole cannot be read; `code` is one of empty, binary, columns; `told` says what was found."""

    def __init__(self, code: str, told: str = "") -> None:
        super().__init__(f"{code} {told}".strip())
        self.code, self.told = code, told


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text. `number` is its line (JSON) or row as a spreadsheet counts (tables); `labels` need → holds."""

    number: int
    text: str
    labels: Mapping[str, bool]
    spans: Mapping[str, list[list[int]]] = field(default_factory=dict)
    id: str = ""
    language: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """Rows that could be read, and (row number, code) of those that could not: json, no-text, no-labels, long, quote, cells."""

    rows: list[Row]
    problems: list[tuple[int, str]]
    encoding: str
    delimiter: str = ""


class _Bad(Exception):
    """A row cannot be read; the text is its code."""


def parse(data: bytes) -> Parsed:
    """Read a file; its first character tells whether it holds JSON rows or a table. Raises Unreadable."""
    text, encoding = decode(data)
    if not text.strip():
        raise Unreadable("empty")
    delimiter = "" if text.lstrip()[0] == "{" else _delimiter(text)
    rows, problems = [], []
    for number, values in _table(text, delimiter) if delimiter else _lines(text):
        try:
            rows.append(_row(number, values))
        except _Bad as bad:
            problems.append((number, str(bad)))
    return Parsed(rows, problems, encoding, delimiter)


def decode(data: bytes) -> tuple[str, str]:
    """The text of a file and the encoding it is in: by its mark, else UTF-8, Chinese GB 18030, or Windows-1252."""
    for mark, encoding in BOMS.items():
        if data.startswith(mark):
            try:
                return data.decode(encoding), encoding
            except UnicodeDecodeError:
                raise Unreadable("binary") from None
    if b"\x00" in data:
        raise Unreadable("binary")
    for encoding in ("utf-8", "gb18030", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "gb18030" or _chinese(data):
            return text, encoding
    raise Unreadable("binary")


def _chinese(data: bytes) -> bool:
    """Whether bytes that are no UTF-8 are Chinese: high bytes then come in pairs, in Western European they stand alone."""
    return 2 * len(PAIRS.findall(data)) > 0.7 * len(HIGH.findall(data))


def _delimiter(text: str) -> str:
    head = text.lstrip().splitlines()[0]
    for delimiter in DELIMITERS:
        names = _names(head.split(delimiter))
        if names & set(TEXT) and names & set(LABELS):
            return delimiter
    raise Unreadable("columns", head[:120])


def _names(cells: list[str]) -> set[str]:
    return {cell.strip().strip('"').lower() for cell in cells}


def _lines(text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                yield number, None


def _table(text: str, delimiter: str) -> Iterator[tuple[int, Any]]:
    import pandas as pd

    head = pd.read_csv(io.StringIO(text), sep=delimiter, nrows=0, engine="python")

    def mark(_cells: list[str]) -> list[str]:
        return [TOO_MANY] * len(head.columns)

    try:
        frame = pd.read_csv(
            io.StringIO(text), sep=delimiter, dtype=str, keep_default_na=False, engine="python", skip_blank_lines=False,
            on_bad_lines=mark,
        ).fillna("")  # fmt: skip
    except (ValueError, pd.errors.ParserError) as error:
        raise Unreadable("columns", str(error).splitlines()[0][:120]) from None
    frame.columns = [str(name).strip().lower() for name in frame.columns]
    for number, cells in enumerate(frame.to_dict("records"), 2):
        if any(str(cell).strip() for cell in cells.values()):
            yield number, cells


def _row(number: int, values: Any) -> Row:
    if not isinstance(values, dict):
        raise _Bad("json")
    if TOO_MANY in values.values():
        raise _Bad("cells")
    raw = next((values[name] for name in TEXT if name in values), None)
    if not isinstance(raw, str) or not raw.strip():
        raise _Bad("no-text")
    if len(raw) > LONGEST:
        raise _Bad("long")
    labels, spans = _labels(values)
    text = tidy(raw)
    placed = {need: [_placed(raw, pair) for pair in pairs] for need, pairs in spans.items()}
    told = {name: tidy(str(values.get(name) or "")).strip() for name in ("id", "language", "group")}
    return Row(number, text, labels, placed, told["id"][:60], told["language"].lower()[:12], told["group"][:80])


def tidy(text: str) -> str:
    """A text as it is stored: line ends as \\n, no NULs, no halves of surrogate pairs."""
    return re.sub("[\ud800-\udfff\x00]", "\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def _placed(raw: str, pair: Any) -> list[int]:
    try:
        start, end = int(pair[0]), int(pair[1])
    except (TypeError, ValueError, IndexError, KeyError):
        raise _Bad("quote") from None
    if not 0 <= start < end <= len(raw):
        raise _Bad("quote")
    return [len(tidy(raw[:start])), len(tidy(raw[:end]))]


def _labels(values: Mapping[str, Any]) -> tuple[dict[str, bool], dict[str, list[Any]]]:
    given = next((values[name] for name in LABELS if name in values), None)
    if isinstance(given, str):  # a cell of a table, or a lone label
        return {label.strip(): True for label in APART.split(given) if label.strip()}, {}
    if isinstance(given, dict) and all(isinstance(holds, bool) for holds in given.values()):
        return {str(label): holds for label, holds in given.items()}, {}
    if not isinstance(given, list):
        raise _Bad("no-labels")
    labels: dict[str, bool] = {}
    spans: dict[str, list[Any]] = {}
    for one in given:
        name = one.get("need") if isinstance(one, dict) else one
        if not isinstance(name, str) or not name.strip():
            raise _Bad("no-labels")
        labels[name.strip()] = True
        if isinstance(one, dict) and one.get("spans"):
            if not isinstance(one["spans"], list):
                raise _Bad("quote")
            spans[name.strip()] = one["spans"]
    return labels, spans
