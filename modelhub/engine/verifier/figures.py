"""Whether each figure of a sentence follows from the figures of the claims, by unit, bound, role or plain arithmetic."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from modelhub.engine.verifier.arithmetic import Derived, derive
from modelhub.engine.verifier.contexts import overlap
from modelhub.engine.verifier.entailment import cents, close, comparable, entails, in_cents
from modelhub.engine.verifier.lexicon import lexicon, near
from modelhub.engine.verifier.quantity import Quantity
from modelhub.engine.verifier.tokens import Statement
from modelhub.engine.verifier.units import MONEY

_CUES = re.compile(
    r"\b(?:total|together|combined|altogether|in all|sum|both|faster|slower|fewer|less|more|shorter|longer|cheaper|higher|lower|times|saves?|saved|cut|reduc\w+|rais\w+|rose|fell|improv\w+|grew|"
    r"increas\w+|decreas\w+|instead|than|not|wrong\w*|right\w*|unavailable|error\w*|down|only \w+ of|of the|drop\w*|gain\w*|lower\w*|percentage points?|shrank|shorten\w*|year|annual\w*|half|third|quarter)\b"
    r"|合计|共计|总共|一共|节省|缩短|减少|降低|提高|提升|增加|高|低|快|慢|多|少|倍|差|错|年|个百分点|不可用|比",
    re.IGNORECASE,
)


@dataclass(slots=True)
class FigureReport:
    """What was found: reasons by severity (`loose`: a bound left out), the claim figures used, and those of the sentence not found."""

    contradicted: list[str] = field(default_factory=list)
    unsupported: list[str] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    used: list[tuple[int, Quantity]] = field(default_factory=list)
    failed: list[Quantity] = field(default_factory=list)
    complements: bool = False
    derived: bool = False
    crossed: int = 0
    blurred: int = 0


def check_figures(sentence: Statement, claims: list[Statement]) -> FigureReport:
    """Judge every figure of `sentence`; reasons name both figures."""
    report = FigureReport()
    pool = [(i, q) for i, claim in enumerate(claims) for q in claim.quantities]
    excused: set[int] = set()
    for said in sorted(
        sentence.quantities,
        key=lambda q: 0 if q.per else 1 if q.dimension == "count" else 2 if q.dimension == "time" else 0,
    ):
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
            pair = (in_cents(quantity), in_cents(said)) if cents(quantity, said) else (quantity, said)
            same_kind.append((i, quantity, entails(*pair) and _counts_agree(quantity, said, claims[i])))
    good = [(i, q) for i, q, ok in same_kind if ok]
    if good:
        best = max(
            good,
            key=lambda item: (
                bool(said.extra.get("case")) and close(item[1].value, said.value),
                overlap(item[1], said),
            ),
        )
        rival = max(
            (q for _, q, ok in same_kind if not ok and not q.percentile and not _trivial(q)),
            key=lambda q: overlap(q, said),
            default=None,
        )
        if rival is not None and not _trivial(said) and _fits_better(rival, best[1], said, sentence):
            report.crossed += 1
            report.contradicted.append(
                f'"{said.surface}" belongs to something else in the claims; here they say "{rival.surface}"'
            )
            return
        blurred = _blurred(sentence, best[1], [q for i, q, ok in same_kind if i == best[0] and not ok])
        if blurred:
            report.blurred += 1
            report.unsupported.append(blurred)
            return
        other = _sibling(said, best[1])
        if other:
            report.contradicted.append(f'says "{said.surface}" of {other[0]}, the claim says it of {other[1]}')
            return
        report.used.append(best)
        return
    if _unit_only(said, claims) or _label(said, sentence):
        return
    if said.dimension == "often" and any("alwayson" in claim.keys for claim in claims):
        return
    if said.dimension in ("count", "score") and any(f"ver:{said.surface.strip()}" in claim.keys for claim in claims):
        return
    derived = _from_arithmetic(said, sentence, claims, report, excused)
    if derived:
        return
    if _trivial(said) and not any(_same_count(q, said) for _, q, _ in same_kind):
        return
    report.failed.append(said)
    _explain(said, same_kind, pool, report)


def margin(sentence: Statement, claims: list[Statement], report: FigureReport) -> float | None:
    """By how many meanings the figures said stand nearer to their like in the claims than to other figures of the kind;
    of the figure where that is least, None where none has a rival."""
    pool = [q for claim in claims for q in claim.quantities]
    least: float | None = None
    for said in sentence.quantities:
        if any(said is q for q in report.failed) or _trivial(said):
            continue
        kind = [q for q in pool if comparable(q, said) and q.percentile == said.percentile]
        fitting = [overlap(q, said) for q in kind if entails(q, said)]
        others = [overlap(q, said) for q in kind if not entails(q, said)]
        if fitting and others:
            gap = max(fitting) - max(others)
            least = gap if least is None else min(least, gap)
    return least


def _fits_better(rival: Quantity, best: Quantity, said: Quantity, sentence: Statement) -> bool:
    """Whether the rival's surroundings are those of the figure said; where both are said, whether they are crossed."""
    gain = overlap(rival, said) - overlap(best, said)
    other = next((q for q in sentence.quantities if q is not said and comparable(rival, q) and entails(rival, q)), None)
    if other is not None and not said.role:
        gain += overlap(best, other) - overlap(rival, other)
        return gain > 1.9
    return gain > 0.9 or _of_another(said, best, rival)


def _of_another(said: Quantity, claim: Quantity, rival: Quantity) -> bool:
    """The sentence's subject stands beside the rival figure, and another one beside the figure that fits."""
    names, theirs, others = (_unique(q.context) for q in (said, claim, rival))
    return bool((names - theirs) & others) and bool(theirs - names)


def _unique(context: frozenset[str]) -> frozenset[str]:
    lex = lexicon()
    return frozenset(k for k in context if k.startswith("name:") or (k in lex.concepts and lex.kind(k) == "h"))


def _blurred(sentence: Statement, claim: Quantity, rivals: list[Quantity]) -> str:
    """The claim has two figures of a kind, told apart by a word that the sentence leaves out."""
    for rival in rivals:
        if rival.role or claim.role or rival.percentile or claim.percentile or rival.dimension not in _MEASURES:
            continue
        apart, theirs = claim.context - rival.context, rival.context - claim.context
        telling = {k for k in apart for other in theirs if _siblings(k, other)}
        figures = {f"fig:{q.dimension}:{q.value:.6g}" for q in sentence.quantities}
        if telling & figures:
            continue
        if telling and not any((near().get(k, frozenset()) | {k}) & sentence.keys for k in telling):
            return f'leaves out what tells "{claim.surface}" from "{rival.surface}"'
    return ""


def _siblings(one: str, other: str) -> bool:
    """Two things of one kind (invoice and receipt, day and night)."""
    lex = lexicon()
    if one.startswith("fig:") or other.startswith("fig:"):
        return one.split(":")[:2] == other.split(":")[:2]
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


_LABEL = re.compile(
    r"\b(?:year|month|week|day|phase|step|version|stage|class|level|part|chapter|clause|section|site|release|point|question|item)s?\s*$",
    re.IGNORECASE,
)
_ONE_UNIT = re.compile(
    r"^(?:in |over |during )?(?:a|one|1|一个?)\s?(?P<unit>year|month|week|day|hour|minute|年|月|周|天|小时|分钟)$",
    re.IGNORECASE,
)


def _label(said: Quantity, sentence: Statement) -> bool:
    """ "Year two" and "phase 3" number a thing, they count nothing."""
    return said.dimension == "count" and bool(_LABEL.search(sentence.text[: said.start]))


def _unit_only(said: Quantity, claims: list[Statement]) -> bool:
    """ "In one month" where the claims speak of a month."""
    match = _ONE_UNIT.match(said.surface.strip())
    return match is not None and any(match["unit"] in claim.text for claim in claims)


def _trivial(said: Quantity) -> bool:
    """ "One", "a single", and 两 for both: no figure that would need a claim of its own."""
    small = said.value == 1.0 or (said.value == 2.0 and "两" in said.surface)
    return said.dimension == "count" and small and said.bound in ("exact", "ge") and not said.per


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
    return not any(
        other is not claim and other.dimension == "count" and other.counted & said.counted
        for other in statement.quantities
    )


def _per_agree(claim: Quantity, said: Quantity) -> bool:
    ours, theirs = {v for k, v in claim.per if k == "count"}, {v for k, v in said.per if k == "count"}
    return bool(ours) == bool(theirs) or not said.per or said.dimension not in MONEY


def _from_arithmetic(
    said: Quantity, sentence: Statement, claims: list[Statement], report: FigureReport, excused: set[int]
) -> bool:
    if not _CUES.search(sentence.text) and len(sentence.quantities) < 2:
        return False
    for result in derive(sentence, said, claims):
        if result.quantity.dimension != said.dimension and not cents(result.quantity, said):
            continue
        pair = (
            (in_cents(result.quantity), in_cents(said))
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
        rivals = [q for q in rivals if _same_count(q, said)] or [q for q in rivals if overlap(q, said) >= 2]
    if rivals:
        rival = max(rivals, key=lambda q: overlap(q, said))
        same = close(rival.value, said.value)
        text = f'says "{said.surface}", the claim says "{rival.surface}"'
        if same and rival.bound in ("upto", "approx", "le", "lt") and said.bound == "exact":
            report.loose.append(f"drops the bound: {text}")
            report.used.extend((i, q) for i, q, _ in same_kind if q is rival)
        else:
            report.contradicted.append(text)
        return
    other = [q for _, q in pool if overlap(q, said) >= 2 and (q.dimension != "count" or said.dimension == "count")]
    if other:
        report.contradicted.append(
            f'says "{said.surface}", the claim says "{max(other, key=lambda q: overlap(q, said)).surface}"'
        )
    else:
        report.unsupported.append(f'adds a figure that no claim has: "{said.surface}"')
