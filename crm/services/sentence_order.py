"""The order of sentences and how they fall into paragraphs, as pitches and campaign copies share it. Nothing is written here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol, TypeVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class Placed(Protocol):
    """A sentence with a place: `position` counts from 1, sentences of one paragraph share its number."""

    pk: int
    position: int
    paragraph: int


P = TypeVar("P", bound=Placed)


def place(rows: Sequence[Placed], citing: Collection[int]) -> int:
    """Where a new sentence goes: behind the last of those that cite a claim, else before the last paragraph, else at the end."""
    found = [at for at, row in enumerate(rows, start=1) if row.pk in citing]
    before_close = [at for at, row in enumerate(rows, start=1) if row.paragraph != rows[-1].paragraph]
    return (found or before_close or [len(rows)])[-1]


def paragraph_at(rows: Sequence[Placed], at: int) -> int:
    """The paragraph a new sentence behind the first `at` joins: that of the one it follows, else of the first."""
    neighbour = rows[at - 1] if at else rows[0] if rows else None
    return neighbour.paragraph if neighbour else 0


def move(rows: list[P], pk: int, to: int) -> tuple[int, int]:
    """Put the sentence `pk` at position `to` (from 1) in the paragraph that stands there; returns (old, new) position."""
    old = next(at for at, row in enumerate(rows) if row.pk == pk)
    new = max(0, min(to - 1, len(rows) - 1))
    if new != old:
        paragraph = rows[new].paragraph
        rows.insert(new, rows.pop(old))
        rows[new].paragraph = paragraph
    return old + 1, new + 1


def split(rows: Sequence[Placed], pk: int) -> bool:
    """Begin a new paragraph with this sentence, or, if it begins one, join it to the one before; returns whether it was joined.

    Raises ValidationError for the first sentence.
    """
    at = next(at for at, row in enumerate(rows) if row.pk == pk)
    if not at:
        raise ValidationError(_("The first sentence begins the first paragraph."))
    begins = rows[at].paragraph != rows[at - 1].paragraph
    step = rows[at - 1].paragraph - rows[at].paragraph if begins else 1
    for row in rows[at:]:
        row.paragraph += step
    return begins


def number(rows: Sequence[Placed]) -> None:
    """Give the sentences the positions they stand at."""
    for position, row in enumerate(rows, start=1):
        row.position = position
