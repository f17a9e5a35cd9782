"""How much of a sentence the claims carry: word by word, with meanings, wider terms and near ones."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from modelhub.engine.verifier.lexicon import lexicon, near
from modelhub.engine.verifier.tokens import Statement, Token

_WEIGHT = {"n": 1.0, "v": 0.8, "a": 0.7, "h": 2.0, "c": 1.0, "g": 0.0}
_EFFECTS = frozenset(
    ("increase", "same", "protect", "solve", "encrypt", "delete", "mask", "diagnose", "partner", "award")
)


@dataclass(slots=True)
class Cover:
    """`new` lists what no claim says with its weight; `held` is the weight that is carried; `by` counts it per claim."""

    new: list[tuple[Token, float]] = field(default_factory=list)
    held: float = 0.0
    named: float = 0.0
    by: dict[int, float] = field(default_factory=dict)

    @property
    def novelty(self) -> float:
        """Total weight of what no claim says."""
        return sum(weight for _, weight in self.new)


def _weight(token: Token, foreign: bool) -> float:
    if token.kind == "name":
        return 2.0
    if token.kind == "han":
        return 0.15 if foreign else 0.5
    if token.kind == "word":
        return 0.3 if foreign else 0.7
    lex = lexicon()
    if any(k in _EFFECTS for k in token.keys) and len(token.keys) == 1:
        return 1.2
    return min((_WEIGHT[lex.kind(k)] for k in token.keys), default=0.0)


def _similar(word: str, others: set[str]) -> bool:
    """Whether two stems look like forms of one word (hospital, hospitalis)."""
    if len(word) < 4:
        return False
    return any(
        other[:5] == word[:5] and abs(len(other) - len(word)) <= 4
        if len(word) > 5
        else other[:4] == word[:4] and abs(len(other) - len(word)) <= 3
        for other in others
    )


def carries(token: Token, claim: Statement, stems: set[str]) -> bool:
    """Whether a claim says what the token says, in the same or in nearly the same words."""
    if token.kind == "name":
        return token.keys[0] in claim.keys or bool(
            re.search(rf"(?<![a-z0-9]){re.escape(token.keys[0])}(?![a-z0-9])", claim.text.lower())
        )
    held = claim.exact if token.sign < 0 and any(lexicon().kind(k) == "h" for k in token.keys) else claim.keys
    if any(key in held for key in token.keys):
        return True
    if token.kind == "concept":
        close = near()
        return any(close.get(key, frozenset()) & claim.keys for key in token.keys) and not any(
            lexicon().kind(k) == "h" for k in token.keys
        )
    if token.kind == "han":
        return token.surface in claim.text
    return _similar(token.keys[0], stems)


def claim_stems(claim: Statement) -> set[str]:
    """Stems of the words of a claim, as far as they are letters."""
    return {k for t in claim.tokens if t.kind in ("word", "name") for k in t.keys} | {
        piece for t in claim.tokens if t.kind == "concept" for piece in t.surface.split() if len(piece) > 3
    }


def cover(sentence: Statement, claims: list[Statement]) -> Cover:
    """Compare every content token of the sentence with all claims."""
    result = Cover()
    stems = [claim_stems(claim) for claim in claims]
    foreign = bool(claims) and all(claim.chinese != sentence.chinese for claim in claims)
    for token in sentence.tokens:
        if not token.content:
            continue
        weight = _weight(token, foreign)
        carriers = [i for i, claim in enumerate(claims) if carries(token, claim, stems[i])]
        if carriers:
            result.held += weight
            result.named += weight if token.kind == "name" else 0.0
            for i in carriers:
                result.by[i] = result.by.get(i, 0.0) + weight / len(carriers)
        elif weight:
            result.new.append((token, weight))
    return result
