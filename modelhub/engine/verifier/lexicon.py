"""The bilingual lexicon: phrases of English and Chinese that mean the same, their classes and opposites."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from modelhub.engine.verifier.words import stem

DATA = Path(__file__).parent / "data"
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Concept:
    """One meaning. `kind` is the class letter explained at the head of data/general.txt; `wider` what it implies."""

    key: str
    kind: str
    wider: frozenset[str]


Sense = tuple[str, int]
"""A concept's key, and -1 where the phrase says its opposite."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All phrases: `english` by first stem, longest first; `chinese` by surface, `longest` characters at most."""

    concepts: dict[str, Concept]
    english: dict[str, list[tuple[tuple[str, ...], tuple[Sense, ...]]]]
    chinese: dict[str, tuple[Sense, ...]]
    longest: int
    singles: dict[str, tuple[Sense, ...]]

    def kind(self, key: str) -> str:
        """Class letter of a concept; `h` for names that were made up while reading (certificates, places)."""
        concept = self.concepts.get(key)
        return concept.kind if concept else "h"

    def wider(self, key: str) -> frozenset[str]:
        """Everything that a thing of this kind also is, itself included."""
        concept = self.concepts.get(key)
        return concept.wider | {key} if concept else frozenset((key,))


def phrase_stems(phrase: str) -> tuple[str, ...]:
    """Stems of an English phrase, cut like running text is cut."""
    return tuple(stem(word) for word in re.findall(r"[a-z0-9']+", phrase.lower()))


def _lines() -> list[tuple[str, str]]:
    found = []
    for path in sorted(DATA.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                head, _, body = line.partition(" = ")
                found.append((head, body))
    return found


def _closure(key: str, direct: dict[str, set[str]]) -> frozenset[str]:
    seen: set[str] = set()
    stack = list(direct.get(key, ()))
    while stack:
        wider = stack.pop()
        if wider not in seen:
            seen.add(wider)
            stack.extend(direct.get(wider, ()))
    return frozenset(seen)


@cache
def near() -> dict[str, frozenset[str]]:
    """For each meaning, those that may stand for it in a paraphrase (data/near.groups)."""
    found: dict[str, set[str]] = {}
    for line in (DATA / "near.groups").read_text(encoding="utf-8").splitlines():
        group = set() if line.startswith("#") else set(line.split())
        for key in group:
            found.setdefault(key, set()).update(group - {key})
    return {key: frozenset(group) for key, group in found.items()}


@cache
def lexicon() -> Lexicon:
    """The shipped lexicon, read once a process."""
    kinds: dict[str, str] = {}
    direct: dict[str, set[str]] = {}
    senses: dict[str, dict[str, int]] = {}
    for head, body in _lines():
        name, _, rest = head.partition(" ")
        kind, _, wider = rest.partition(">")
        kinds[name] = kind.strip()
        direct.setdefault(name, set()).update(w for w in wider.split(",") if w)
        for sign, pole in zip((1, -1), body.split("!"), strict=False):
            for phrase in re.split(r"[,|]", pole):
                if phrase.strip():
                    senses.setdefault(phrase.strip().lower(), {}).setdefault(name, sign)
    english: dict[str, dict[tuple[str, ...], dict[str, int]]] = {}
    chinese: dict[str, tuple[Sense, ...]] = {}
    for phrase, meaning in senses.items():
        if _HAN.search(phrase):
            chinese[phrase] = tuple(meaning.items())
            continue
        stems = phrase_stems(phrase)
        if stems:
            english.setdefault(stems[0], {}).setdefault(stems, {}).update(meaning)
    return Lexicon(
        concepts={key: Concept(key, kind, _closure(key, direct)) for key, kind in kinds.items()},
        english={
            first: sorted(
                ((stems, tuple(meaning.items())) for stems, meaning in entries.items()), key=lambda e: -len(e[0])
            )
            for first, entries in english.items()
        },
        chinese=chinese,
        longest=max(map(len, chinese)),
        singles={p: tuple(meaning.items()) for p, meaning in senses.items() if " " not in p},
    )
