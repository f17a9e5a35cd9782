"""The words of a pitch as text: for the mail, for the diff to the draft, and how much of it a person changed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from rapidfuzz.distance import Levenshtein

from crm.models import Pitch, PitchSentence

_TOKENS = re.compile(r"[A-Za-z0-9À-ɏ'’-]+|\s+|.", re.DOTALL)
_WORDS = re.compile(r"[一-鿿]|[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a changed line: kept, removed from the draft, or added to it."""

    kind: Literal["same", "out", "in"]
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One sentence against the draft, as pieces in reading order."""

    kind: Literal["same", "changed", "out", "in"]
    pieces: tuple[Piece, ...]


def body(pitch: Pitch, sentences: Iterable[PitchSentence]) -> str:
    """Return the text that goes out: a paragraph per line group, a blank line between them."""
    glue = "" if pitch.language.startswith("zh") else " "
    return "\n\n".join(glue.join(sentence.text for sentence in group) for group in paragraphs(sentences))


def paragraphs(sentences: Iterable[PitchSentence]) -> list[list[PitchSentence]]:
    """Return the sentences in groups, one per paragraph, in order."""
    return [list(group) for _paragraph, group in groupby(sentences, key=lambda sentence: sentence.paragraph)]


def script(sentences: Iterable[PitchSentence]) -> str:
    """Return the text as it is kept for the diff: a line per sentence."""
    return "\n".join(sentence.text for sentence in sentences)


def count(sentences: Iterable[PitchSentence]) -> int:
    """Return the number of words; a Chinese character counts as one."""
    return sum(len(_WORDS.findall(sentence.text)) for sentence in sentences)


def edit_distance(pitch: Pitch, sentences: Iterable[PitchSentence]) -> float:
    """Return the share of characters changed against the draft, 0–1 (Levenshtein over the longer text)."""
    return round(Levenshtein.normalized_distance(pitch.drafted_text, script(sentences)), 4)


def changes(before: str, after: str) -> list[Change]:
    """Return the lines of two scripts against each other, changed ones word by word."""
    old, new = before.splitlines(), after.splitlines()
    found: list[Change] = []
    for verb, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if verb == "equal":
            found += [Change("same", (Piece("same", line),)) for line in new[k:m]]
        else:
            found += _changed(old[i:j], new[k:m])
    return found


def _changed(old: Sequence[str], new: Sequence[str]) -> list[Change]:
    """Pair lines that resemble each other; the rest was removed or added."""
    left, found = list(old), []
    for line in new:
        twin = max(left, key=lambda other: Levenshtein.normalized_similarity(line, other), default=None)
        if twin is not None and Levenshtein.normalized_similarity(line, twin) >= 0.4:
            place = left.index(twin)
            found += [Change("out", (Piece("out", gone),)) for gone in left[:place]]
            left = left[place + 1 :]
            found.append(Change("changed", _pieces(twin, line)))
        else:
            found.append(Change("in", (Piece("in", line),)))
    return found + [Change("out", (Piece("out", gone),)) for gone in left]


def _pieces(old: str, new: str) -> tuple[Piece, ...]:
    a, b = _TOKENS.findall(old), _TOKENS.findall(new)
    pieces: list[Piece] = []
    for verb, i, j, k, m in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if verb == "equal":
            pieces.append(Piece("same", "".join(b[k:m])))
            continue
        if i < j:
            pieces.append(Piece("out", "".join(a[i:j])))
        if k < m:
            pieces.append(Piece("in", "".join(b[k:m])))
    return tuple(pieces)
