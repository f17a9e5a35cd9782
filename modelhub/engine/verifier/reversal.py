"""Whether a sentence says the reverse of a claim: denials and opposites, clause by clause."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from modelhub.engine.verifier.lexicon import lexicon
from modelhub.engine.verifier.negation import GENERAL_VERBS
from modelhub.engine.verifier.tokens import Statement
from modelhub.engine.verifier.words import stem

_CONDITIONAL = re.compile(
    r"^\s*(?:if|when|where|unless|without|in case|should)\b|^(?:如果?|若|当|一旦)|时[,，]?$", re.IGNORECASE
)
_AXES = frozenset(
    ("increase", "accuracy", "quick", "uptime", "pay", "leave", "openweight", "limit", "internet", "agree", "peakval")
)


@dataclass(frozen=True, slots=True)
class Reversal:
    """A concept that the sentence and a claim use with opposite signs."""

    word: str
    sentence_negative: bool
    keys: frozenset[str]


def reversals(
    sentence: Statement, claims: list[Statement], flipped: frozenset[str], *, free: bool = False
) -> list[Reversal]:
    """Concepts said the other way round in the claim clause nearest to each clause of the sentence.

    `flipped` are concepts whose opposite is right here, because a complement was computed ("5 % wrong" for "95 % right").
    In a `free` paraphrase only flat denials and opposites count, since its grammar may be turned round as a whole.
    """
    found: list[Reversal] = []
    claim_clauses = [c for claim in claims for c in _signed(claim).values()]
    parities = [claim.denials.get(n, 0) % 2 for claim in claims for n in _signed(claim)]
    everywhere: dict[str, set[int]] = {}
    denied: set[str] = set()
    for clause in claim_clauses:
        for word in clause:
            everywhere.setdefault(word.key, set()).add(word.sign)
            if word.denied or word.without:
                denied.add(word.key)
    texts = _clause_texts(sentence)
    for number, clause in _signed(sentence).items():
        matches = [_against(clause, other, flipped) for other in claim_clauses]
        for match, parity in zip(matches, parities, strict=True):
            match.parity = parity
        best = max(matches, key=lambda m: (m.total, m.same), default=None)
        odd = sentence.denials.get(number, 0) % 2
        most = best.total if best else 0.0
        alike = bool(most) and any(
            m.total >= 0.75 * most and m.parity == odd and not any(w.key in _AXES for w in m.wrong) for m in matches
        )
        if best and not alike and (best.flat() if free else best.reversed()):
            found.extend(Reversal(w.surface, w.sign < 0, frozenset((w.key,))) for w in best.wrong[:1])
            continue
        if _CONDITIONAL.search(texts.get(number, "")):
            continue
        if odd and not any(claim.denials for claim in claims) and best is not None and _all_denied(clause, best):
            found.append(Reversal(best.wrong[0].surface, True, frozenset((best.wrong[0].key,))))
            continue
        turned = next((w for w in clause if _flatly_turned(w, everywhere, denied, flipped)), None)
        if turned is not None and not (alike and turned.sign < 0):
            found.append(Reversal(turned.surface, turned.sign < 0, frozenset((turned.key,))))
            continue
        lone = _lone(matches, everywhere, most, alike=alike, free=free)
        if lone is not None:
            found.append(Reversal(lone.surface, lone.sign < 0, frozenset((lone.key,))))
    return found


def _lone(
    matches: list[_Match], everywhere: dict[str, set[int]], most: float, *, alike: bool, free: bool
) -> _Word | None:
    """A word that the claims only ever deny and the sentence does not, or (in a near copy) the other way round."""
    for match in matches:
        for word in match.wrong:
            risen = word.sign > 0
            if everywhere[word.key] != {-word.sign} or word.weight < 0.6 or match.same_verbs or _cancel(match.wrong):
                continue
            if match.total >= (0.5 if risen else 0.7) * most and (risen or not (alike or free)):
                return word
    return None


def _all_denied(clause: list[_Word], best: _Match) -> bool:
    """A denied clause whose denied words all stand undenied in claims that deny nothing."""
    return (
        sum(w.weight for w in best.wrong) >= 1.0
        and not best.same_verbs
        and all(w.sign < 0 for w in best.wrong if w.key not in _AXES)
    )


def _flatly_turned(word: _Word, everywhere: dict[str, set[int]], denied: set[str], flipped: frozenset[str]) -> bool:
    """A word that stands right behind "not" or "without" on one side, and never so on the other."""
    if word.key in flipped or everywhere.get(word.key) != {-word.sign}:
        return False
    return word.denied or word.without or word.key in denied


def _clause_texts(statement: Statement) -> dict[int, str]:
    """The text of each clause by number."""
    spans: dict[int, list[int]] = {}
    for token in statement.tokens:
        span = spans.setdefault(token.clause, [token.start, token.end])
        span[1] = token.end
    return {clause: statement.text[start:end] for clause, (start, end) in spans.items()}


@dataclass(frozen=True, slots=True)
class _Word:
    key: str
    sign: int
    surface: str
    weight: float
    verb: bool
    without: bool
    start: int = 0
    denied: bool = False


@dataclass(slots=True)
class _Match:
    parity: int = 0
    same: float = 0.0
    same_verbs: float = 0.0
    wrong: list[_Word] = field(default_factory=list)

    @property
    def total(self) -> float:
        return self.same + sum(w.weight for w in self.wrong)

    def flat(self) -> bool:
        """Whether an opposite is said, such as "rose" for "fell"."""
        return len({w.key for w in self.wrong if w.key in _AXES}) % 2 == 1 and not _cancel(self.wrong)

    def reversed(self) -> bool:
        """Whether more verbs and qualities are turned round than kept, or more of everything."""
        verbs = sum(w.weight for w in self.wrong if w.verb)
        if len({w.key for w in self.wrong if w.key in _AXES}) % 2:
            return True
        turned = (verbs >= 1.5 and verbs > self.same_verbs) or (
            (verbs or not self.same_verbs) and sum(w.weight for w in self.wrong) > max(1.4, self.same)
        )
        return turned and not _cancel(self.wrong)


def _signed(statement: Statement) -> dict[int, list[_Word]]:
    """The words of each clause with their signs; of general words only verbs and those with an opposite count."""
    clauses: dict[int, list[_Word]] = {}
    lex = lexicon()
    for token in statement.tokens:
        words = clauses.setdefault(token.clause, [])
        if token.kind == "concept":
            for key, sign in token.senses:
                if token.general and key not in GENERAL_VERBS and key not in _AXES:
                    continue
                kind = lex.kind(key)
                weight = {"v": 2.0, "a": 2.0, "h": 1.5, "g": 1.5}.get(kind, 1.0) / (
                    1 if len(token.senses) == 1 else 1.5
                )
                verb = all(lex.kind(k) in "vag" for k in token.keys)
                words.append(
                    _Word(key, sign * token.sign, token.surface, weight, verb, token.without, token.start, token.denied)
                )
        elif token.kind in ("word", "name", "han"):
            weight = {"han": 0.3, "name": 0.4}.get(token.kind, 1.0)
            words.append(
                _Word(
                    stem(token.keys[0]),
                    token.sign,
                    token.surface,
                    weight,
                    False,
                    token.without,
                    token.start,
                    token.denied,
                )
            )
    return clauses


def _cancel(words: list[_Word]) -> bool:
    keys = {w.key for w in words}
    return len(keys) == 2 and keys <= _AXES | {"large", "reliable"}


def _by_token(words: list[_Word]) -> dict[int, list[_Word]]:
    """The senses of each token together."""
    tokens: dict[int, list[_Word]] = {}
    for word in words:
        tokens.setdefault(word.start, []).append(word)
    return tokens


def _against(clause: list[_Word], other: list[_Word], flipped: frozenset[str]) -> _Match:
    signs: dict[str, set[int]] = {}
    heft: dict[str, float] = {}
    for word in other:
        signs.setdefault(word.key, set()).add(word.sign)
        heft[word.key] = max(word.weight, heft.get(word.key, 0.0))
    match = _Match()
    for words in _by_token(clause).values():
        known = [w for w in words if w.key in signs and w.key not in flipped]
        if not known:
            continue
        agreeing = [w for w in known if w.sign in signs[w.key]]
        best = max(agreeing or known, key=lambda w: w.weight)
        if heft[best.key] > best.weight:
            best = replace(best, weight=heft[best.key])
        if agreeing:
            match.same += best.weight
            match.same_verbs += best.weight if best.verb else 0.0
        else:
            match.wrong.append(best)
    return match


_OPPOSED = (("store", 1, "delete", 1), ("delete", 1, "store", 1), ("start", -1, "run", 1))
"""What cannot both be true of one thing: a meaning with its sign, and another with its own."""


def opposed(sentence: Statement, claims: list[Statement]) -> str:
    """The word by which a clause says of a thing what excludes the claim about it ("stored" for "deleted"), or ""."""
    theirs = [words for claim in claims for words in _by_segment(claim)]
    for words in _by_segment(sentence):
        things = {w.key for w in words if not w.verb}
        for key, sign, other, turned in _OPPOSED:
            said = next((w for w in words if w.key == key and w.sign == sign), None)
            near = max(theirs, key=lambda w: len(things & {x.key for x in w}), default=[])
            held = {(w.key, w.sign) for w in near}
            if said and things & {w.key for w in near} and (other, turned) in held and (key, sign) not in held:
                return said.surface
    return ""


def _by_segment(statement: Statement) -> list[list[_Word]]:
    """The words between two marks or "and", whatever their clause."""
    words = {w.start: w for clause in _signed(statement).values() for w in clause}
    segments: dict[int, list[_Word]] = {}
    for token in statement.tokens:
        if token.start in words:
            segments.setdefault(token.segment, []).append(words[token.start])
    return list(segments.values())
