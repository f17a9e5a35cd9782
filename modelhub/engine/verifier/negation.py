"""Clauses, what a "not" covers, and whether a sentence says the reverse of a claim."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelhub.engine.verifier.lexicon import lexicon

if TYPE_CHECKING:
    from modelhub.engine.verifier.tokens import Statement, Token

_AFTER = frozenset(("not", "never", "cannot", "t", "nor", "hardly", "不", "没", "未", "非", "勿", "别"))
_WHOLE = frozenset(("no", "none", "nobody", "nothing", "neither"))
_NEXT = frozenset(("without", "无"))
_PHRASES = re.compile(
    r"(?P<after>\b(?:cannot|can't|won't|don't|doesn't|isn't|aren't|wasn't|not|never|nor|refuses? to|fails? to|lacks?|stops? short of|instead of|rather than|"
    r"no longer|free (?:of|from)|forbidden to|dispenses? with|does without|do without)\b|绝不|从不|从未|不会|不能|不可|不得|无法|禁止|尚未|还没|没有|不需要|无需|无须|不必|不用|不再|不是|并非|并不|不|没|未(?!来)|拒绝|而非|杜绝|避免)"
    r"|(?P<whole>\b(?:no|none|nobody|nothing|neither|no one)\b|零(?!售|件|部|食|钱))|(?P<next>\bwithout\b|\bexcept\b|\bunless\b|未经|无(?![论限需须法线锡界人])|除非|脱离)",
    re.IGNORECASE,
)
_NOT_NEGATION = re.compile(
    r"no (?:more|less|later|longer|fewer) than|not (?:more|less|later|longer) than|not only|no later|no matter|no problem|without (?:any )?(?:limit|problem|difficulty|trouble|delay)"
    r"|不超过|不少于|不低于|不高于|不大于|不小于|不到|不足|不同|不断|不仅|不但|不只|不管|不论|无论|无限|不限|差不多|不错|不变|不间断|没问题|毫无问题|不可或缺|不久|无异",
    re.IGNORECASE,
)
_BREAK_WORDS = frozenset(("but", "while", "whereas", "although", "though", "because", "if", "when", "who", "which", "before", "after", "但", "unless", "so", "until", "once"))
_AXIS_ONLY = frozenset(("increase", "accuracy", "quick", "large", "reliable", "uptime"))


def _verb(token: Token) -> bool:
    if token.kind == "function":
        return token.surface in ("is", "are", "was", "were", "can", "will", "does", "do", "may", "must", "has", "it", "we", "you", "they", "not", "never", "no")
    return token.kind == "concept" and any(lexicon().kind(k) in "vg" for k in token.keys) and not any(k in ("customer", "thing", "please", "us", "system") for k in token.keys)


def mark_clauses(statement: Statement) -> None:
    """Number the clauses and segments of a statement and set the sign of every token."""
    tokens = statement.tokens
    clause = segment = 0
    for i, token in enumerate(tokens):
        rest = tokens[i + 1 : i + 8]
        hard = token.kind == "mark" and token.surface in (";", "。", ".", ":", "!", "?", "(", ")", "—", "–")
        soft = token.kind == "mark" or (token.kind == "function" and token.surface in ("and", "or", "而", "且", "并"))
        if token.surface in _BREAK_WORDS and token.kind in ("function", "concept") and i:
            hard = True
        if hard or (soft and token.surface != "、" and _starts_clause(rest)):
            clause += 1
        if hard or soft:
            segment += 1
        token.clause, token.segment = clause, segment
    _mark_signs(statement)


def _starts_clause(rest: list[Token]) -> bool:
    for token in rest:
        if token.kind == "mark" or (token.kind == "function" and token.surface in ("and", "or")):
            return False
        if _verb(token):
            return True
    return False


def negators(text: str) -> list[re.Match[str]]:
    """Every word that negates, those inside bounds and set phrases left out."""
    harmless = [m.span() for m in _NOT_NEGATION.finditer(text)]
    return [m for m in _PHRASES.finditer(text) if not any(s <= m.start() < e for s, e in harmless)]


def _mark_signs(statement: Statement) -> None:
    for match in negators(statement.text):
        here = next((t.clause for t in statement.tokens if t.end > match.start()), 0)
        following = [t for t in statement.tokens if t.start >= match.end() and t.clause == here]
        if match["whole"]:
            covered = [t for t in statement.tokens if t.clause == here]
        elif match["next"]:
            covered = _phrase(statement, match.end())
        else:
            covered = following
        for token in covered:
            token.sign = -token.sign


def _phrase(statement: Statement, start: int) -> list[Token]:
    """The noun phrase after "without": up to the next preposition, mark or five words."""
    covered: list[Token] = []
    for token in statement.tokens:
        if token.start < start:
            continue
        stop = token.kind == "mark" or (token.kind == "function" and token.surface in ("in", "on", "at", "for", "with", "from", "by", "when", "if", "也", "即", "就"))
        if stop or len(covered) >= 6:
            break
        covered.append(token)
    return covered


@dataclass(frozen=True, slots=True)
class Reversal:
    """A concept that the sentence and a claim use with opposite signs."""

    word: str
    sentence_negative: bool
    keys: frozenset[str]


def _signed(statement: Statement) -> dict[int, list[tuple[str, int, str, float]]]:
    clauses: dict[int, list[tuple[str, int, str, float]]] = {}
    lex = lexicon()
    for token in statement.tokens:
        if token.kind == "concept" and not token.general:
            for key, sign in token.senses:
                weight = {"v": 2.0, "a": 2.0, "h": 1.5}.get(lex.kind(key), 1.0)
                clauses.setdefault(token.clause, []).append((key, sign * token.sign, token.surface, weight))
        elif token.kind in ("word", "name", "han"):
            clauses.setdefault(token.clause, []).append((token.keys[0], token.sign, token.surface, 1.0 if token.kind != "han" else 0.3))
    return clauses


def reversals(sentence: Statement, claims: list[Statement], flipped: frozenset[str]) -> list[Reversal]:
    """Concepts said the other way round in the claim clause nearest to each clause of the sentence.

    `flipped` are concepts whose opposite is right here, because a complement was computed ("5 % wrong" for "95 % right").
    """
    found: list[Reversal] = []
    claim_clauses = [c for claim in claims for c in _signed(claim).values()]
    for clause in _signed(sentence).values():
        best: tuple[float, float, list[tuple[str, int, str]]] | None = None
        for other in claim_clauses:
            same, wrong, items = _against(clause, other, flipped)
            if same + wrong and (best is None or (same + wrong, same) > (best[0] + best[1], best[0])):
                best = (same, wrong, items)
        if best and best[1] > best[0] * 0.99 and best[1] >= 1.5 and not _cancel(best[2]):
            found.extend(Reversal(word, sign < 0, frozenset((key,))) for key, sign, word in best[2][:1])
    return found


def _cancel(items: list[tuple[str, int, str]]) -> bool:
    keys = {key for key, _, _ in items}
    return len(keys) == 2 and keys <= _AXIS_ONLY


def _against(
    clause: list[tuple[str, int, str, float]], other: list[tuple[str, int, str, float]], flipped: frozenset[str]
) -> tuple[float, float, list[tuple[str, int, str]]]:
    signs: dict[str, set[int]] = {}
    for key, sign, _, _ in other:
        signs.setdefault(key, set()).add(sign)
    same = wrong = 0.0
    items: list[tuple[str, int, str]] = []
    for key, sign, word, weight in clause:
        if key not in signs or key in flipped:
            continue
        if sign in signs[key]:
            same += weight
        else:
            wrong += weight
            items.append((key, sign, word))
    return same, wrong, items


def conditional(statement: Statement) -> bool:
    """Whether two negations make a condition ("never … unless", 未经…不会): it then says "only if"."""
    found = negators(statement.text)
    return len(found) >= 2 and any(m["next"] or m.group() == "没有" for m in found) and any(m["after"] or m["whole"] for m in found)
