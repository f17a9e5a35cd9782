"""Cut a message into sentences and clauses with exact offsets, and say whose words each clause holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from modelhub.engine.passages import Role, blank, lines_with_roles

# A break after a mark. Full stops need a following space, so that 3.5, e.g. and file.pdf stay whole.
SENTENCE_END = re.compile(
    r"[。！？!?；]+[”’\"')）」』】]*|(?<![A-Z])(?<!\b[A-Za-z])(?<!\bMr)(?<!\bMrs)(?<!\bDr)(?<!\bvs)(?<!\bno)(?<!\bNo)(?<!\betc)\.+[”’\"')]*(?=\s|$)"
    r"|…+|\.{3,}|;(?=\s)|[\U0001f300-\U0001faff\u2600-\u27bf]+\ufe0f?"
)
CLAUSE_END = re.compile(
    r"[，：]|,(?=\s)|:(?=\s)|\s[-–—]+(?=\s)|——?|[（(]|[）)](?=\s)|(?<=[\u3400-\u9fff”])[ \u3000]+(?=[\u3400-\u9fff“])"
)
JOINT = re.compile(
    r"\s(?=(?:and|but|or|so|because|since|if|when|while|which|who|that|plus|then|before|unless|whether|without|instead|how|what|where|with|for|to)\b)",
    re.IGNORECASE,
)
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
# Characters looked at to see whether a side is heavy enough; all of a megabyte would take forever.
NEAR = 40
EDGE = " \t\r\n\u3000,，.。;；:：、!！?？-–—…*•·>()（）[]【】\"“”'‘’"


@dataclass(frozen=True, slots=True)
class Clause:
    """`text[start:end]` is the clause, `text[sentence[0]:sentence[1]]` the sentence around it."""

    start: int
    end: int
    sentence: tuple[int, int]
    role: Role


def split(text: str) -> list[Clause]:
    """All clauses of a text in order; stretches without a letter or figure are left out."""
    shown = blank(text)
    found: list[Clause] = []
    for start, end, role in lines_with_roles(shown):
        for a, b in _pieces(shown, start, end, SENTENCE_END, 1):
            a, b = trim(shown, a, b)
            found.extend(Clause(c, d, (a, b), role) for c, d in _clauses(shown, a, b))
    return found


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Draw both ends in over spaces and punctuation."""
    while start < end and text[start] in EDGE:
        start += 1
    while end > start and text[end - 1] in EDGE:
        end -= 1
    return start, end


def weight(text: str) -> float:
    """Length in units that compare across scripts: Latin letters count .25 (a word about 1.3), Chinese characters .65."""
    wide = len(CJK.findall(text))
    return 0.65 * wide + 0.25 * (len(text) - wide)


def _clauses(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    pieces = list(_pieces(text, start, end, CLAUSE_END, 2.2))
    for a, b in pieces:
        for c, d in _pieces(text, a, b, JOINT, 3.5):
            c, d = trim(text, c, d)
            if any(char.isalnum() for char in text[c:d]):
                yield c, d


def _pieces(text: str, start: int, end: int, mark: re.Pattern[str], least: float) -> Iterator[tuple[int, int]]:
    """Cut at the marks, but only where both sides keep at least the weight `least`."""
    at = start
    for found in mark.finditer(text, start, end):
        cut = found.end()
        before, behind = text[max(at, cut - NEAR) : cut], text[cut : min(end, cut + NEAR)]
        if weight(before.strip()) >= least and weight(behind.strip()) >= least:
            yield at, cut
            at = cut
    if text[at:end].strip():
        yield at, end
