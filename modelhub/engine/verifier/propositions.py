"""The self-standing parts of a claim and their conditions ("on a single A10", "in a pilot", "for contracts over a year")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from modelhub.engine.verifier.lexicon import lexicon
from modelhub.engine.verifier.tokens import Statement, Token, parse

_STRONG = frozenset(("if", "when", "unless", "provided", "once", "except", "excluding", "whenever", "until", "while"))
_WEAK = frozenset(
    (
        "on",
        "in",
        "at",
        "for",
        "under",
        "during",
        "over",
        "after",
        "among",
        "across",
        "with",
        "using",
        "from",
        "before",
        "per",
        "within",
        "by",
        "without",
        "of",
        "to",
    )
)
_SPLIT = re.compile(r"(?<=[;.!])\s+|[；。]|\bbut\b|，?但是?|\s—\s|\s–\s")
_HAN_STRONG = re.compile(
    r"未经|除非|如果|如需|若|当|除了|除.{1,6}外|前提|需.{0,8}后|经.{1,10}后|之后|量化后|微调后|训练后"
)
_HAN_FRAME = re.compile(
    r"^(?:在|于|按|经|对于?|针对|使用|采用|基于|面向|自测|单张|单台|\()|(?:上|中|里|下|时|后|内|为例|测试集|试点)$"
)
_FRAMED = re.compile(
    r"^(?:as )?(?:measured|tested|based|averaged|calculated|evaluated|according|counted|assuming|given)\b|^(?:自测|实测|基于|按|据)",
    re.IGNORECASE,
)
_HAN_OPENING = re.compile(
    r"(?:[^，]{2,16}?(?:之后|后|的情况下|前提下|条件下))(?=[^，]{3,})|在[^，]{2,20}?(?:上(?![线传门海述])|中(?![国文])|里|下(?![降载])|内(?![容存]))(?=[^，]{3,})"
)
MEASURED = frozenset(
    ("score", "often", "ratio", "time", "pp", "times", "cent", "eur", "usd", "cny", "gbp", "bytes", "workday", "bit")
)
_METRICS = frozenset(("accuracy", "recall", "falsealarm", "worderror", "share", "quality", "code:f1"))


@dataclass(frozen=True, slots=True)
class Condition:
    """A limiting phrase: its meanings, its figures, and where it stands. `core` are the meanings it limits."""

    text: str
    keys: frozenset[str]
    figures: tuple[int, ...]
    strong: bool
    kinded: bool
    part: int
    dated: bool = False


@dataclass(frozen=True, slots=True)
class Proposition:
    """One self-standing part of a claim, its conditions, and for each comma part the meanings that are no condition."""

    claim: int
    statement: Statement
    conditions: tuple[Condition, ...]
    cores: tuple[frozenset[str], ...]
    core_figures: tuple[frozenset[int], ...]


@lru_cache(maxsize=4096)
def _propositions(
    text: str,
) -> tuple[tuple[Statement, tuple[Condition, ...], tuple[frozenset[str], ...], tuple[frozenset[int], ...]], ...]:
    parts = [p.strip() for p in _SPLIT.split(text) if p and p.strip(" .,。，")]
    return tuple((parse(p), *_conditions(parse(p))) for p in parts)


def propositions(claims: list[str]) -> list[Proposition]:
    """All propositions of the claims, numbered by claim."""
    return [Proposition(i, *rest) for i, text in enumerate(claims) for rest in _propositions(text)]


def _parts(statement: Statement) -> list[list[Token]]:
    """Comma parts; brackets count as commas."""
    parts: list[list[Token]] = [[]]
    clause = depth = 0
    for token in statement.tokens:
        depth += (token.surface == "(") - (token.surface == ")") if token.kind == "mark" else 0
        if depth > 0 and token.surface != "(":
            parts[-1].append(token)
            continue
        joins = (
            token.kind == "function" and token.surface in ("and", "but", "且", "并", "而") and token.clause != clause
        )
        clause = token.clause
        if joins or (token.kind == "mark" and token.surface in (",", "(", ")", ";")):
            parts.append([])
        else:
            parts[-1].append(token)
    return [p for p in parts if any(t.kind != "function" for t in p)]


def _conditions(
    statement: Statement,
) -> tuple[tuple[Condition, ...], tuple[frozenset[str], ...], tuple[frozenset[int], ...]]:
    conditions: list[Condition] = []
    cores: list[frozenset[str]] = []
    figures: list[frozenset[int]] = []
    parts = _parts(statement)
    for number, part in enumerate(parts):
        framed = _FRAMED.match(statement.text[part[0].start : part[-1].end]) or statement.text[
            : part[0].start
        ].rstrip().endswith("(")
        if framed and len(parts) > 1:
            keys = frozenset(k for t in part if t.content for k in t.keys)
            conditions.append(
                Condition(
                    statement.text[part[0].start : part[-1].end],
                    keys,
                    tuple(int(t.surface) for t in part if t.kind == "quantity"),
                    False,
                    True,
                    number,
                )
            )
            cores.append(frozenset())
            figures.append(frozenset())
            continue
        phrases = _phrases(part) if not statement.chinese else _han_phrases(statement, part)
        core: set[str] = set()
        core_figures: set[int] = set()
        for marker, tokens in phrases:
            condition = _condition(statement, marker, tokens, number, len(parts))
            if condition:
                conditions.append(condition)
            else:
                core.update(k for t in tokens if t.content and not marker for k in t.keys)
                core_figures.update(int(t.surface) for t in tokens if t.kind == "quantity")
        cores.append(frozenset(core))
        figures.append(frozenset(core_figures))
    return tuple(conditions), tuple(cores), tuple(figures)


def _phrases(part: list[Token]) -> list[tuple[str, list[Token]]]:
    """Cut an English part before each preposition; "of" goes on with what it stands after."""
    phrases: list[tuple[str, list[Token]]] = [("", [])]
    strong = False
    for token in part:
        word = token.surface
        if token.kind == "mark" and word == ":":
            phrases.append(("", []))
            strong = False
            continue
        marker = token.kind in ("function", "concept") and (
            word in _STRONG or (word in _WEAK and word not in ("of", "to", "by", "per", "from"))
        )
        swallowed = (
            token.kind == "concept"
            and any(lexicon().kind(k) == "c" for k in token.keys)
            and " " in word
            and word.split()[0] in _WEAK
            and not strong
        )
        if swallowed:
            phrases.append((word.split()[0], [token]))
            continue
        if marker and not (strong and word in _WEAK):
            phrases.append((word, []))
            strong = word in _STRONG
        else:
            phrases[-1][1].append(token)
    return [p for p in phrases if p[1]]


def _han_phrases(statement: Statement, part: list[Token]) -> list[tuple[str, list[Token]]]:
    """Cut off a Chinese opening such as 量化后 or 在…测试中 from what it limits."""
    text = statement.text[part[0].start : part[-1].end]
    match = _HAN_OPENING.match(text)
    if not match:
        return [("", part)]
    cut = part[0].start + match.end()
    head, tail = [t for t in part if t.end <= cut], [t for t in part if t.end > cut]
    return [("opening", head), ("", tail)] if head and tail else [("", part)]


def _condition(statement: Statement, marker: str, tokens: list[Token], number: int, parts: int) -> Condition | None:
    lex = lexicon()
    content = [t for t in tokens if t.content]
    keys = frozenset(k for t in content for k in t.keys)
    figures = tuple(int(t.surface) for t in tokens if t.kind == "quantity")
    if not keys and not figures and not any(t.kind in ("name", "date") for t in tokens):
        return None
    kinded = any(lex.kind(k) == "c" for t in tokens if t.kind == "concept" for k in t.keys) or any(
        k.startswith("code:") for k in keys
    )
    text = statement.text[tokens[0].start : tokens[-1].end]
    if (content and all(t.without for t in content)) or (figures and keys & _METRICS):
        return None
    if statement.chinese:
        strong = bool(_HAN_STRONG.search(text))
        frame = marker == "opening" or (bool(_HAN_FRAME.search(text.strip())) and parts > 1)
        strong = strong or (marker == "opening" and text.rstrip().endswith(("后", "下")))
        has_result = (
            any(
                statement.quantities[i].dimension in MEASURED and not statement.quantities[i].percentile
                for i in figures
            )
            and not frame
        )
        return Condition(text, keys, figures, strong, kinded, number) if (strong or frame) and not has_result else None
    kinds_only = bool(content) and all(t.kind == "concept" and all(lex.kind(k) == "c" for k in t.keys) for t in content)
    if not marker and kinds_only and parts > 1:
        return Condition(text, keys, figures, False, True, number)
    if marker in _STRONG:
        return Condition(text, keys, figures, True, kinded, number)
    if marker in _WEAK and marker:
        if marker == "within" and figures and not kinded:
            return None
        if marker in ("with", "without", "using", "over") and not kinded:
            return None
        return Condition(text, keys, figures, False, kinded, number, dated=any(t.kind == "date" for t in tokens))
    return None


def forget_propositions() -> None:
    """Drop the remembered propositions of claims."""
    _propositions.cache_clear()
