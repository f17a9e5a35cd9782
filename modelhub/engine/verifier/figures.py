"""Whether each figure of a sentence follows from the figures of the claims, by unit, bound, role or plain arithmetic."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from modelhub.engine.verifier.arithmetic import Derived, derive
from modelhub.engine.verifier.lexicon import lexicon, near
from modelhub.engine.verifier.quantities import Quantity
from modelhub.engine.verifier.tokens import Statement, Token
from modelhub.engine.verifier.units import MONEY

_CUES = re.compile(
    r"\b(?:total|together|combined|altogether|in all|sum|both|faster|slower|fewer|less|more|shorter|longer|cheaper|higher|lower|times|saves?|saved|cut|reduc\w+|rais\w+|rose|fell|improv\w+|grew|"
    r"increas\w+|decreas\w+|instead|than|not|wrong\w*|right\w*|unavailable|error\w*|down|only \w+ of|of the|drop\w*|gain\w*|lower\w*|percentage points?|shrank|shorten\w*|year|annual\w*|half|third|quarter)\b"
    r"|合计|共计|总共|一共|节省|缩短|减少|降低|提高|提升|增加|高|低|快|慢|多|少|倍|差|错|年|个百分点|不可用|比",
    re.IGNORECASE,
)


@dataclass(slots=True)
class FigureReport:
    """What was found: reasons by severity (`loose`: a bound left out), and which claim figures were used."""

    contradicted: list[str] = field(default_factory=list)
    unsupported: list[str] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    used: list[tuple[int, Quantity]] = field(default_factory=list)
    complements: bool = False
    derived: bool = False


def entails(claim: Quantity, said: Quantity) -> bool:
    """Whether the claim's figure makes the sentence's figure true; both in base units of one dimension."""
    if said.percentile and claim.percentile:
        return said.value <= claim.value + 1e-9
    same = _close(claim.value, said.value, _tolerance(claim, said))
    if (said.extra.get("limits") or said.dimension == "length") and not same:
        return False
    if (said.bound in ("le", "lt", "ge", "gt", "upto") or said.within) and _far(claim, said):
        return False
    if said.bound == "upto":
        return (claim.bound != "ge" and claim.bound != "gt" and (same or said.value < claim.value)) or (
            claim.bound in ("ge", "exact") and same
        )
    if said.bound in ("le", "lt"):
        if claim.bound == "approx":
            return claim.high <= said.value * 1.001
        return claim.high < said.value * (1 + 1e-6) or (same and claim.bound in ("le", "upto", "exact", "lt"))
    if said.bound in ("ge", "gt"):
        if said.bound == "gt" and same:
            return claim.bound == "gt"
        return claim.low > said.value * (1 - 1e-6) and claim.bound not in ("upto", "le", "lt")
    if said.bound == "approx":
        return (claim.bound in ("exact", "approx", "ge", "gt", "range") and _close(claim.value, said.value, 0.1)) or (
            claim.bound in ("le", "upto", "lt") and same
        )
    if said.bound == "range":
        return claim.low >= said.low * (1 - 1e-6) and claim.high <= said.high * (1 + 1e-6)
    if said.within and claim.dimension == "time":
        return claim.bound != "approx" and claim.high <= said.value * (1 + 1e-6)
    if claim.bound == "ge" and claim.dimension in MONEY:
        return False
    if claim.bound in ("exact", "ge") and (same or _rounds(claim.value, said)):
        return True
    if claim.bound == "gt" and same:
        return True
    return False


def _tolerance(claim: Quantity, said: Quantity) -> float:
    """Months and years do not divide evenly; other figures must be the same to the last digit."""
    if said.dimension in ("time", "often") or ("time", "") in said.per:
        return 4e-3
    return 1e-3 if said.spelt and said.dimension == "ratio" else 1e-5


def _far(claim: Quantity, said: Quantity) -> bool:
    """A bound more than 2.5 times looser is another statement, most often a changed unit or digit."""
    if said.dimension == "ratio" or said.value <= 0 or claim.value <= 0:
        return False
    return not 0.4 <= claim.value / said.value <= 2.5


def _close(a: float, b: float, tolerance: float = 2e-3) -> bool:
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=1e-12)


def _rounds(value: float, said: Quantity) -> bool:
    match = re.search(r"\d+(?:\.\d+)?", said.surface)
    return (
        bool(match)
        and said.dimension == "ratio"
        and said.value < 0.995
        and _close(value, said.value, 0.006)
        and "." not in (match.group() if match else ".")
    )


def comparable(claim: Quantity, said: Quantity) -> bool:
    """Whether the two figures measure the same kind of thing, rates included."""
    if (
        claim.dimension != said.dimension
        and not _cents(claim, said)
        and {claim.dimension, said.dimension} != {"score", "ratio"}
    ):
        return False
    kinds_a, kinds_b = {k for k, _ in claim.per}, {k for k, _ in said.per}
    if ("time" in kinds_a) != ("time" in kinds_b):
        return False
    return claim.percentile == said.percentile or said.dimension == "ratio"


def _cents(claim: Quantity, said: Quantity) -> bool:
    pair = {claim.dimension, said.dimension}
    return "cent" in pair and pair & {"eur", "usd"} != set() and pair <= MONEY


def _in_cents(quantity: Quantity) -> Quantity:
    if quantity.dimension not in ("eur", "usd"):
        return quantity
    scaled = Quantity(
        quantity.start,
        quantity.end,
        quantity.value * 100,
        "cent",
        quantity.bound,
        quantity.low * 100,
        quantity.high * 100,
        quantity.per,
    )
    scaled.context, scaled.counted, scaled.surface, scaled.role = (
        quantity.context,
        quantity.counted,
        quantity.surface,
        quantity.role,
    )
    return scaled


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
        if not any(t.kind == "name" for t in segment):
            found |= _subject_of(statement, token.segment)
        if quantity.role:
            found.add("role:" + quantity.role)
        for offset in (-1, 1):
            beside = statement.tokens[at + offset] if 0 <= at + offset < len(statement.tokens) else None
            if beside and beside.content:
                found.update("next:" + k for k in beside.keys)
        quantity.context = frozenset(found)


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
    if key.startswith("role:"):
        return 2.5
    if key.startswith("next:"):
        return 0.6
    kind = lexicon().concepts.get(key)
    if kind is None:
        return 1.0
    return 2.5 if kind.kind == "h" else 1.0


def _overlap(a: Quantity, b: Quantity) -> float:
    return sum(_weight(k) for k in a.context & b.context)


def check_figures(sentence: Statement, claims: list[Statement]) -> FigureReport:
    """Judge every figure of `sentence`; reasons name both figures."""
    report = FigureReport()
    pool = [(i, q) for i, claim in enumerate(claims) for q in claim.quantities]
    excused: set[int] = set()
    for said in sorted(sentence.quantities, key=lambda q: q.dimension in ("count", "time") and not q.per):
        if id(said) not in excused:
            _check_one(said, sentence, claims, pool, report, excused)
    return report


def _check_one(
    said: Quantity,
    sentence: Statement,
    claims: list[Statement],
    pool: list[tuple[int, Quantity]],
    report: FigureReport,
    excused: set[int],
) -> None:
    same_kind = []
    for i, quantity in pool:
        if comparable(quantity, said):
            pair = (_in_cents(quantity), _in_cents(said)) if _cents(quantity, said) else (quantity, said)
            same_kind.append((i, quantity, entails(*pair) and _counts_agree(quantity, said, claims[i])))
    good = [(i, q) for i, q, ok in same_kind if ok]
    if good:
        best = max(good, key=lambda item: _overlap(item[1], said))
        rival = max(
            (q for _, q, ok in same_kind if not ok and not q.percentile), key=lambda q: _overlap(q, said), default=None
        )
        if (
            rival is not None
            and not _trivial(said)
            and (_overlap(rival, said) > _overlap(best[1], said) + 0.9 or _of_another(said, best[1], rival))
            and not _both_said(sentence, said, rival)
        ):
            report.contradicted.append(
                f'"{said.surface}" belongs to something else in the claims; here they say "{rival.surface}"'
            )
            return
        blurred = _blurred(sentence, best[1], [q for i, q, ok in same_kind if i == best[0] and not ok])
        if blurred:
            report.unsupported.append(blurred)
            return
        other = _sibling(said, best[1])
        if other:
            report.contradicted.append(f'says "{said.surface}" of {other[0]}, the claim says it of {other[1]}')
            return
        report.used.append(best)
        return
    derived = _from_arithmetic(said, sentence, claims, report, excused)
    if derived:
        return
    if _trivial(said) and not any(_same_count(q, said) for _, q, _ in same_kind):
        return
    _explain(said, same_kind, pool, report)


def _of_another(said: Quantity, claim: Quantity, rival: Quantity) -> bool:
    """The sentence's subject stands beside the rival figure, and another one beside the figure that fits."""
    names, theirs, others = (_unique(q.context) for q in (said, claim, rival))
    return bool((names - theirs) & others) and bool(theirs - names)


def _unique(context: frozenset[str]) -> frozenset[str]:
    lex = lexicon()
    return frozenset(k for k in context if k.startswith("name:") or (k in lex.concepts and lex.kind(k) == "h"))


def _both_said(sentence: Statement, said: Quantity, rival: Quantity) -> bool:
    return not said.role and any(
        other is not said and comparable(rival, other) and entails(rival, other) for other in sentence.quantities
    )


def _blurred(sentence: Statement, claim: Quantity, rivals: list[Quantity]) -> str:
    """The claim has two figures of a kind, told apart by a word that the sentence leaves out."""
    lex = lexicon()
    for rival in rivals:
        if rival.role or claim.role or rival.percentile or claim.percentile or rival.dimension not in _MEASURES:
            continue
        apart, theirs = claim.context - rival.context, rival.context - claim.context
        telling = {k for k in apart for other in theirs if _siblings(k, other)}
        if telling and not any((near().get(k, frozenset()) | {k}) & sentence.keys for k in telling):
            return f'leaves out what tells "{claim.surface}" from "{rival.surface}"'
    return ""


def _siblings(one: str, other: str) -> bool:
    """Two things of one kind (invoice and receipt, day and night)."""
    lex = lexicon()
    if one not in lex.concepts or other not in lex.concepts:
        return False
    both_single = lex.kind(one) == "h" and lex.kind(other) == "h"
    return both_single or bool(lex.concepts[one].wider & lex.concepts[other].wider)


_MEASURES = frozenset(("ratio", "length", "time", "score", "eur", "usd", "cny", "cent", "bytes"))


def _sibling(said: Quantity, claim: Quantity) -> tuple[str, str] | None:
    """A language, place, plan … beside the figure in the sentence where the claim has another of that kind there."""
    lex = lexicon()
    for key in said.context - claim.context:
        kinds = lex.concepts[key].wider if key in lex.concepts and lex.kind(key) == "h" else frozenset()
        for other in claim.context - said.context:
            if kinds and other in lex.concepts and lex.kind(other) == "h" and kinds & lex.concepts[other].wider:
                return key, other
    return None


def _trivial(said: Quantity) -> bool:
    return said.dimension == "count" and said.value == 1.0 and said.bound == "exact" and not said.per


def _same_count(claim: Quantity, said: Quantity) -> bool:
    close = near()
    return bool(claim.counted & said.counted) or any(close.get(k, frozenset()) & said.counted for k in claim.counted)


def _counts_agree(claim: Quantity, said: Quantity, statement: Statement) -> bool:
    """Counts of different things do not support each other ("40 languages" is not "40 countries")."""
    if said.dimension != "count":
        return _per_agree(claim, said)
    if _same_count(claim, said) or not claim.counted or not said.counted:
        return _per_agree(claim, said)
    lex = lexicon()
    if {w for k in claim.counted for w in lex.wider(k)} & said.counted:
        return True
    return not said.counted & statement.keys


def _per_agree(claim: Quantity, said: Quantity) -> bool:
    ours, theirs = {v for k, v in claim.per if k == "count"}, {v for k, v in said.per if k == "count"}
    return bool(ours) == bool(theirs) or not said.per or said.dimension not in MONEY


def _from_arithmetic(
    said: Quantity, sentence: Statement, claims: list[Statement], report: FigureReport, excused: set[int]
) -> bool:
    if not _CUES.search(sentence.text) and len(sentence.quantities) < 2:
        return False
    for result in derive(sentence, said, claims):
        if result.quantity.dimension != said.dimension and not _cents(result.quantity, said):
            continue
        pair = (
            (_in_cents(result.quantity), _in_cents(said))
            if result.quantity.dimension != said.dimension
            else (result.quantity, said)
        )
        if entails(*pair):
            _note(result, report)
            excused.update(map(id, result.multipliers))
            return True
    return False


def _note(result: Derived, report: FigureReport) -> None:
    report.used.extend(result.sources)
    report.derived = True
    report.complements = report.complements or result.complement


def _explain(
    said: Quantity, same_kind: list[tuple[int, Quantity, bool]], pool: list[tuple[int, Quantity]], report: FigureReport
) -> None:
    rivals = [q for _, q, _ in same_kind]
    if said.dimension == "count":
        rivals = [q for q in rivals if _same_count(q, said)] or [q for q in rivals if _overlap(q, said) >= 2]
    if rivals:
        rival = max(rivals, key=lambda q: _overlap(q, said))
        same = _close(rival.value, said.value)
        text = f'says "{said.surface}", the claim says "{rival.surface}"'
        if same and rival.bound in ("upto", "approx", "le", "lt") and said.bound == "exact":
            report.loose.append(f"drops the bound: {text}")
            report.used.extend((i, q) for i, q, _ in same_kind if q is rival)
        else:
            report.contradicted.append(text)
        return
    other = [q for _, q in pool if _overlap(q, said) >= 2 and (q.dimension != "count" or said.dimension == "count")]
    if other:
        report.contradicted.append(
            f'says "{said.surface}", the claim says "{max(other, key=lambda q: _overlap(q, said)).surface}"'
        )
    else:
        report.unsupported.append(f'adds a figure that no claim has: "{said.surface}"')


__all__ = ["FigureReport", "Token", "check_figures", "comparable", "contexts", "entails"]
