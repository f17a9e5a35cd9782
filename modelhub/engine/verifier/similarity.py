"""How much of a sentence the claims carry: word by word, with meanings, wider terms and near ones."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from modelhub.engine.verifier.lexicon import lexicon, near
from modelhub.engine.verifier.tokens import Statement, Token
from modelhub.engine.verifier.words import stem

_WEIGHT = {"n": 1.0, "v": 0.4, "a": 0.4, "h": 2.0, "c": 0.8, "g": 0.0}
_UNKNOWN = {"noun": 0.6, "verb": 0.35, "adverb": 0.2}
_EFFECTS = frozenset(
    (
        "increase",
        "same",
        "protect",
        "solve",
        "encrypt",
        "delete",
        "mask",
        "diagnose",
        "partner",
        "award",
        "agree",
        "translate",
    )
)
_PALE = frozenset(
    ("text", "data", "time", "average", "typical", "share", "total", "figure", "part", "language", "developer", "model")
)
_LINKS = frozenset(("and", "or", "、", "和", "与", "及", "或"))
_JOINS = _LINKS | {","}
_DETERMINERS = frozenset(
    ("the", "a", "an", "all", "every", "any", "our", "their", "by", "its", "to", "for", "in", "of", "also")
)


@dataclass(slots=True)
class Cover:
    """What claims carry of a sentence.

    `new` lists what no claim says with its weight; `held` is the weight that is carried, `named` the part of it that
    is names; `by` counts it per claim; `copied` is the share of the words that stand in the claims as they are.
    """

    new: list[tuple[Token, float]] = field(default_factory=list)
    held: float = 0.0
    named: float = 0.0
    copied: float = 0.0
    by: dict[int, float] = field(default_factory=dict)

    @property
    def novelty(self) -> float:
        """Total weight of what no claim says."""
        return sum(weight for _, weight in self.new)


def _weight(token: Token, foreign: bool) -> float:
    if token.kind == "name":
        return 2.0
    if token.kind == "han":
        return 0.12 if foreign else 0.3
    if token.kind == "word":
        return _UNKNOWN[_part_of_speech(token.surface)] * (0.5 if foreign else 1.0)
    if len(token.keys) == 1 and token.keys[0] in _EFFECTS:
        return 1.2
    if "automatic" in token.keys or token.keys == ("pay",):
        return 0.6
    if set(token.keys) <= _PALE:
        return 0.45
    lex = lexicon()
    return min((_WEIGHT[lex.kind(k)] for k in token.keys), default=0.0)


def _part_of_speech(word: str) -> str:
    if word.endswith("ly"):
        return "adverb"
    return (
        "verb" if word.endswith(("ed", "ing", "ise", "ize", "ises", "izes", "ify", "ifies", "able", "ible")) else "noun"
    )


def _similar(word: str, others: set[str]) -> bool:
    """Whether two stems look like forms of one word (hospital, hospitalis)."""
    if len(word) < 4:
        return False
    size, slack = (5, 4) if len(word) > 5 else (4, 3)
    return any(other[:size] == word[:size] and abs(len(other) - len(word)) <= slack for other in others)


def carries(token: Token, claim: Statement, stems: set[str]) -> bool:
    """Whether a claim says what the token says, in the same or in nearly the same words."""
    if token.kind == "name":
        word = token.keys[0]
        if word.startswith("ver:") and _versioned(word[4:], claim.text):
            return True
        if (
            len(word) > 4
            and ":" not in word
            and any(k[: len(word) - 1] == word[:-1] and abs(len(k) - len(word)) <= 1 for k in claim.keys)
        ):
            return True
        return word in claim.keys or bool(re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", claim.text.lower()))
    narrow = token.sign < 0 and any(lexicon().kind(k) == "h" for k in token.keys)
    if any(key in (claim.exact if narrow else claim.keys) for key in token.keys):
        return True
    if token.kind == "concept":
        close = near()
        first = token.surface.split()[0]
        if (
            len(first) > 3
            and first.isascii()
            and re.search(rf"(?<![a-z]){re.escape(first)}(?![a-z])", claim.text.lower())
        ):
            return True
        one_of_a_kind = any(lexicon().kind(k) == "h" for k in token.keys)
        return not one_of_a_kind and any(close.get(key, frozenset()) & claim.keys for key in token.keys)
    if token.kind == "han":
        return token.surface in claim.text
    return _similar(token.keys[0], stems)


def _versioned(number: str, text: str) -> bool:
    """Whether a claim that speaks of versions, or of a product with a number behind its name, has this number."""
    found = re.search(rf"(?<![\d.]){re.escape(number)}(?![\d%]|\.\d|\s?[%万亿元])", text)
    before = text[: found.start()].rstrip() if found else ""
    return bool(found) and bool(re.search(r"\b[A-Z]\w+$", before) or re.search(r"[Vv]ersion|[Rr]elease|版", text))


def claim_stems(claim: Statement) -> set[str]:
    """Stems of the words of a claim, as far as they are letters."""
    return {k for t in claim.tokens if t.kind in ("word", "name") for k in t.keys} | {
        piece for t in claim.tokens if t.kind == "concept" for piece in t.surface.split() if len(piece) > 3
    }


def _joined(sentence: Statement, at: int) -> bool:
    """Whether a token stands in a list ("A, B and this"): an item added to a list is new content, not new wording."""
    before = at - 1
    if sentence.chinese and before > 1 and sentence.tokens[before].surface == "的":
        before -= 2
    while (
        before >= 0 and sentence.tokens[before].kind == "function" and sentence.tokens[before].surface in _DETERMINERS
    ):
        before -= 1
    after = sentence.tokens[at + 1].surface if at + 1 < len(sentence.tokens) else ""
    return (before >= 0 and sentence.tokens[before].surface in _JOINS) or after in _LINKS


def cover(sentence: Statement, claims: list[Statement]) -> Cover:
    """Compare every content token of the sentence with all claims."""
    result = Cover()
    stems = [claim_stems(claim) for claim in claims]
    foreign = bool(claims) and all(claim.chinese != sentence.chinese for claim in claims)
    for at, token in enumerate(sentence.tokens):
        listed = (
            token.kind == "concept"
            and token.general
            and _joined(sentence, at)
            and any(lexicon().kind(k) in "nh" for k in token.keys)
        )
        listed = listed or (
            token.without
            and token.kind == "concept"
            and token.general
            and any(lexicon().kind(k) in "nh" for k in token.keys)
        )
        if not token.content and not listed:
            continue
        weight = _weight(token, foreign) or (1.0 if listed else 0.0)
        carriers = [i for i, claim in enumerate(claims) if carries(token, claim, stems[i])]
        if carriers:
            result.held += weight
            result.named += weight if token.kind == "name" else 0.0
            for i in carriers:
                result.by[i] = result.by.get(i, 0.0) + weight / len(carriers)
        elif weight:
            noun = not token.surface.endswith("ly") and not (
                token.kind == "concept" and all(lexicon().kind(k) in "va" for k in token.keys)
            )
            weight = max(weight, 0.8) if (token.without or token.denied) and not foreign else weight
            result.new.append(
                (
                    token,
                    weight + (0.4 if noun and not foreign and _joined(sentence, at) else 0.0),
                )
            )
    result.copied = _copied(sentence, claims, result.new)
    return result


def _copied(sentence: Statement, claims: list[Statement], new: list[tuple[Token, float]]) -> float:
    """Of the words that the claims carry, the share that stands there in the same form; new words do not count."""
    fresh = {stem(piece) for token, _ in new for piece in token.surface.split()}
    theirs = frozenset[str]().union(*(c.stems for c in claims)) if claims else frozenset[str]()
    if claims and all(claim.chinese != sentence.chinese for claim in claims):
        return 0.75
    if sentence.chinese:
        return _copied_characters(sentence.text, theirs, fresh)
    named = {
        stem(piece)
        for token in sentence.tokens
        if token.kind == "name"
        for piece in re.findall(r"[a-z]+", token.surface)
    }
    said = set(sentence.stems) - fresh - named
    return len(said & theirs) / len(said) if said else 0.75


def _copied_characters(text: str, pairs: frozenset[str], fresh: set[str]) -> float:
    """Share of the Chinese characters that stand in the claims beside the same neighbour."""
    taken: set[int] = set()
    for at in range(len(text) - 1):
        if text[at : at + 2] in pairs:
            taken.update((at, at + 1))
    new = {c for word in fresh for c in word}
    said = [at for at, c in enumerate(text) if "\u4e00" <= c <= "\u9fff" and c not in new]
    return sum(at in taken for at in said) / len(said) if said else 1.0
