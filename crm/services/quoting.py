"""Cut a message into pieces for the page: plain text, quotes of requirements, and what the writer only cites."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from crm.models import Quote

SHOWN = 6_000  # characters of a message in the timeline; the message's own page shows all
_CITED = re.compile(r"^>.*(?:\n>.*)*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mark:
    """A requirement's number and whether it is still a proposal."""

    requirement: int
    number: int
    proposed: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text with the marks on it; `ends` are those whose quote ends here, `cited` lines begin with “>”."""

    text: str
    marks: tuple[Mark, ...] = ()
    ends: tuple[Mark, ...] = ()
    cited: bool = False


def pieces(text: str, quotes: Sequence[Quote], marks: dict[int, Mark], *, limit: int | None = None) -> list[Piece]:
    """Return `text[:limit]` in pieces whose texts add up to it exactly; `marks` maps requirement ids to their mark."""
    end = len(text) if limit is None else min(len(text), limit)
    shown = [
        (q.start, min(q.end, end), marks[q.requirement_id])
        for q in quotes
        if q.requirement_id in marks and q.start < end
    ]
    cited = [match.span() for match in _CITED.finditer(text, 0, end)]
    edges = sorted(
        {0, end, *(edge for start, stop, _mark in shown for edge in (start, stop)), *(e for s in cited for e in s)}
    )
    found: list[Piece] = []
    for start, stop in pairwise(edges):
        over = [(first, last, mark) for first, last, mark in shown if first <= start and last >= stop]
        over.sort(key=lambda row: -row[2].number)  # the last is drawn innermost: its number comes first
        found.append(
            Piece(
                text[start:stop],
                tuple(mark for _first, _last, mark in over),
                tuple(mark for _first, last, mark in over if last == stop),
                any(first <= start and stop <= last for first, last in cited),
            )
        )
    return found
