"""Search over all nouns; each app says how its own are found, always within what the person may read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from core.models import User

SHORTEST = 2  # characters a word of Latin script needs; a Chinese character is a word of its own


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found: where it is, what it is called, and a line that tells it from its like."""

    url: str
    title: str
    about: str = ""


Find = Callable[[User, str, int], Sequence[Hit]]


@dataclass(frozen=True, slots=True)
class Source:
    """A noun that can be searched."""

    noun: str
    label: str | Promise
    icon: str
    find: Find


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one noun; `more` says there is more than what is listed."""

    noun: str
    label: str | Promise
    icon: str
    hits: Sequence[Hit]
    more: bool


SOURCES: dict[str, Source] = {}


def searches(noun: str, label: str | Promise, icon: str) -> Callable[[Find], Find]:
    """Register the decorated function as the search of a noun: `(user, words, limit) -> hits`, best first."""

    def register(find: Find) -> Find:
        SOURCES[noun] = Source(noun, label, icon, find)
        return find

    return register


def is_enough(words: str) -> bool:
    """Return whether there is something to look for."""
    words = words.strip()
    return bool(words) and (len(words) >= SHORTEST or not words.isascii())


def find(user: User, words: str, *, limit: int = 5, noun: str = "") -> list[Group]:
    """Return what the person may read and the words are in, by noun; `noun` asks for that one only."""
    if not is_enough(words):
        return []
    found = []
    for source in SOURCES.values():
        if noun and source.noun != noun:
            continue
        hits = source.find(user, words.strip(), limit + 1)
        if hits:
            found.append(Group(source.noun, source.label, source.icon, hits[:limit], len(hits) > limit))
    return found
