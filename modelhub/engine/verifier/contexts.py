"""The meanings that stand beside a figure, by which two figures of a sentence are told apart."""

from __future__ import annotations

from modelhub.engine.verifier.lexicon import lexicon
from modelhub.engine.verifier.quantity import Quantity
from modelhub.engine.verifier.tokens import Statement, Token


def contexts(statement: Statement) -> None:
    """Give every figure the meanings that stand near it: its own segment, or the clause where the segment is bare."""
    lex = lexicon()
    for at, token in enumerate(statement.tokens):
        if token.kind != "quantity":
            continue
        quantity = statement.quantities[int(token.surface)]
        segment = [t for t in statement.tokens if t.segment == token.segment and t.content]
        if not segment:
            segment = [t for t in statement.tokens if abs(t.segment - token.segment) <= 1 and t.content]
        found: set[str] = set()
        for near_token in segment:
            for key in near_token.keys:
                found.add("name:" + key if near_token.kind == "name" else key)
                found |= lex.wider(key) if near_token.kind == "concept" else set()
        for other in statement.tokens:
            if other.kind == "quantity" and other.segment == token.segment and other is not token:
                beside = statement.quantities[int(other.surface)]
                found.add(f"fig:{beside.dimension}:{beside.value:.6g}")
        if not any(t.kind == "name" for t in segment):
            found |= _subject_of(statement, token.segment)
        if quantity.role:
            found.add("role:" + quantity.role)
        found.update("next:" + k for step in (-1, 1) for k in _beside(statement.tokens, at, step))
        quantity.context = frozenset(found)


_BACK = frozenset(
    ("of", "is", "was", "are", "were", "at", "to", "by", "the", "a", "an", "only", "为", "是", "达", "约", "在", "仅")
)
_AHEAD = frozenset(("of", "the", "a", "an", "的"))


def _beside(tokens: list[Token], at: int, step: int) -> tuple[str, ...]:
    """The content word that a figure belongs to: before it over "of" or "is", after it over "of"."""
    for distance in range(1, 4):
        place = at + step * distance
        if not 0 <= place < len(tokens) or tokens[place].kind in ("mark", "quantity", "date"):
            return ()
        token = tokens[place]
        if token.content:
            return token.keys
        if token.kind == "function" and token.surface not in (_BACK if step < 0 else _AHEAD):
            return ()
    return ()


def _subject_of(statement: Statement, segment: int) -> set[str]:
    """Names of the last segment before this one that has any: its verb's subject goes on."""
    for before in range(segment - 1, -1, -1):
        names = {"name:" + k for t in statement.tokens if t.segment == before and t.kind == "name" for k in t.keys}
        if names:
            return names
    return set()


def _weight(key: str) -> float:
    if key.startswith("name:"):
        return 2.5
    if key.startswith(("role:", "fig:")):
        return 2.5
    if key.startswith("next:"):
        return 1.0
    kind = lexicon().concepts.get(key)
    if kind is None:
        return 1.0
    return 2.5 if kind.kind == "h" else 1.0


def overlap(a: Quantity, b: Quantity) -> float:
    """Weight of the meanings that stand beside both figures."""
    return sum(_weight(k) for k in a.context & b.context)
