"""Who does what to whom and what comes first: where a sentence turns it round, as numbers for the learned verdict."""

from __future__ import annotations

import re
from collections.abc import Sequence

from modelhub.engine.verifier.bindings import Item, bindings, items_of, keys_of, met
from modelhub.engine.verifier.tokens import Statement

_TEST = (
    r"(?:measur|test|count|evaluat|found|sampl|benchmark|check|audit|verif|rated?\b|judg|compar|figure|survey"
    r"|测|抽查|抽样|统计|评|检验|核对|复核|样本|试验)"
)
_OURS = r"(?:\b(?:we|our|ours|ourselves|us|in-house|vendor)\b|我们|我方|我司|自家|自己|自有|自建|自行|厂商|内部)"
_OTHERS = (
    r"(?:\b(?:independent(?:ly)?|external(?:ly)?|third[- ]party|outside|auditors?|lab|laboratory|institute|university"
    r"|agency|body|association|by the|according to|customers?|clients?)\b|第三方|机构|大学|中心|研究院|协会|审计|事务所|客户|医院|局|部|科|馆|厅)"
)
_PARTIES = {
    "us": re.compile(_OURS, re.IGNORECASE),
    "customer": re.compile(
        r"\b(?:customers?|clients?|your?s?|buyers?)\b|客户|贵[司方]|您|甲方|买方|用户", re.IGNORECASE
    ),
    "third": re.compile(
        r"\b(?:independent(?:ly)?|external|third[- ]part\w+|outside|auditors?|institutes?|universit\w+|partners?|suppliers?)\b"
        r"|第三方|机构|大学|合作伙伴|合作方|伙伴|研究院|协会|审计|事务所|供应商|检测中心",
        re.IGNORECASE,
    ),
    "tested by us": re.compile(rf"{_OURS}[^.;。；]{{0,24}}{_TEST}|{_TEST}[^.;。；]{{0,24}}{_OURS}|自测", re.IGNORECASE),
    "tested by others": re.compile(
        rf"{_OTHERS}[^.;。；]{{0,24}}{_TEST}|{_TEST}[^.;。；]{{0,24}}{_OTHERS}", re.IGNORECASE
    ),
}
_AGENT = re.compile(r"\b(?:by|according to)(?= (?!\d))|由|被|据(?!说)|经(?=[^过])", re.IGNORECASE)
_DIRECTION = re.compile(
    r"\b(?:from|out of|into|to|instead of|than|over|ahead of|before|after)\b|从|由|到|至|比|高于|低于|优于|之?前|之?后",
    re.IGNORECASE,
)


_FIRST = re.compile(r"\b(?:before|prior to|until|ahead of)\b|(?:之|以)?前(?=[，,、\u4e00-\u9fff]|$)", re.IGNORECASE)
_LATER = re.compile(
    r"\b(?:after|once|as soon as|following|when)\b|(?:之|以)?后(?=[，,、\u4e00-\u9fff]|$)", re.IGNORECASE
)
_THEN = re.compile(
    r"\b(?:then|afterwards?|subsequently|followed by|later|went on)\b|[，,]?(?:然后|随后|再|才)", re.IGNORECASE
)
_COMMA = re.compile(r"[,，;；]")


def roles(statement: Statement, claims: Sequence[Statement]) -> dict[str, float]:
    """Numbers for a sentence against its claims (one at least)."""
    said, theirs = items_of(statement), [items_of(claim) for claim in claims]
    near = max(range(len(claims)), key=lambda i: met(said, theirs[i]))
    return {
        **bindings(said, theirs, near),
        **_parties(statement, claims, claims[near]),
        **_agents(statement, claims, theirs),
        **_sequence(statement, claims),
    }


def _parties(statement: Statement, claims: Sequence[Statement], near: Statement) -> dict[str, float]:
    """Which of us, the customer and third parties the sentence names, against the claims."""
    theirs = " ".join(claim.text for claim in claims)
    found: dict[str, float] = {}
    for name, pattern in _PARTIES.items():
        said = bool(pattern.search(statement.text))
        found[f"{name} came"] = float(said and not pattern.search(theirs))
        found[f"{name} went"] = float(not said and bool(pattern.search(near.text)))
    turned = found["tested by us came"] * found["tested by others went"]
    found["tester turned"] = turned + found["tested by others came"] * found["tested by us went"]
    return found


def _agents(statement: Statement, claims: Sequence[Statement], theirs: Sequence[Sequence[Item]]) -> dict[str, float]:
    """Who stands behind "by", 由 or "according to" on both sides, and where from and to point."""
    mine = _behind(statement, _AGENT)
    others = frozenset[str]().union(*(_behind(claim, _AGENT) for claim in claims))
    known = frozenset[str]().union(*(i.keys for items in theirs for i in items))
    way, ways = _behind(statement, _DIRECTION), frozenset[str]().union(*(_behind(c, _DIRECTION) for c in claims))
    return {
        "agent": float(bool(mine)) - float(bool(others)),
        "agent other": float(bool(mine) and bool(others) and not mine & others),
        "agent unknown": float(bool(mine) and not mine & known),
        "agent elsewhere": float(bool(mine & known) and not mine & others),
        "direction other": float(bool(way) and bool(ways) and not way & ways),
        "direction elsewhere": float(len((way & known) - ways) / max(1, len(way))),
    }


def _behind(statement: Statement, pattern: re.Pattern[str]) -> frozenset[str]:
    """What the first word behind each match means; with 前, 后 it is the word before."""
    found: set[str] = set()
    for match in pattern.finditer(statement.text):
        before = match[0] in ("前", "后", "之前", "之后")
        near = [t for t in statement.tokens if (t.end <= match.start() if before else t.start >= match.end())]
        first = next((k for t in (reversed(near) if before else near) if (k := keys_of(t, statement))), None)
        found |= first or frozenset()
    return frozenset(found)


def _sequence(statement: Statement, claims: Sequence[Statement]) -> dict[str, float]:
    """Whether what comes first and what comes later comes so in the claims."""
    early, late = _stages(statement)
    kept = turned = 0
    for claim in claims:
        first, then = _stages(claim)
        kept += len(early & first - then) + len(late & then - first)
        turned += len(early & then - first) + len(late & first - then)
    return {
        "sequence kept": float(min(4, kept)),
        "sequence turned": float(min(4, turned)),
        "sequence reversed": float(turned > kept),
    }


def _stages(statement: Statement) -> tuple[frozenset[str], frozenset[str]]:
    """What happens earlier and what later, as far as before, after, then and their like say so."""
    text = statement.text
    early: set[str] = set()
    late: set[str] = set()
    for pattern, turned in ((_FIRST, True), (_LATER, False), (_THEN, True)):
        for match in pattern.finditer(text):
            behind, ahead = _around(statement, match, fronted=pattern is not _THEN)
            (early if turned else late).update(behind)
            (late if turned else early).update(ahead)
    return frozenset(early - late), frozenset(late - early)


def _around(statement: Statement, match: re.Match[str], *, fronted: bool) -> tuple[set[str], set[str]]:
    """What is said outside and inside of the phrase that a before or after opens (in Chinese: closes)."""
    text = statement.text
    inside = (match.end(), len(text))
    outside = (0, match.start())
    if fronted and not statement.chinese and match.start() < 12:
        comma = _COMMA.search(text, match.end())
        inside, outside = (match.end(), comma.start() if comma else len(text)), (comma.end() if comma else 0, len(text))
        if not comma:
            outside = (0, 0)
    elif statement.chinese and fronted:
        inside, outside = outside, inside
    found: list[set[str]] = []
    for start, end in (outside, inside):
        near = [t for t in statement.tokens if start <= t.start and t.end <= end]
        near = near[:8] if start >= match.end() else near[-8:]
        found.append({k for t in near for k in keys_of(t, statement)})
    return found[0], found[1]
