"""Conditions of a claim that a sentence leaves out, though its figure or its statement depends on them."""

from __future__ import annotations

import re

from modelhub.engine.verifier.lexicon import lexicon, near
from modelhub.engine.verifier.negation import negators
from modelhub.engine.verifier.propositions import MEASURED, Condition, Proposition
from modelhub.engine.verifier.quantity import Quantity
from modelhub.engine.verifier.scope import universals
from modelhub.engine.verifier.tokens import Statement

_BILLING = re.compile(
    r"\b(?:billed|payable|paid|charged) (?:yearly|annually|monthly|quarterly|in advance|up front|upfront)\b|按[年季月]付费|按年计|预付|年付",
    re.IGNORECASE,
)


def _carried(condition: Condition, proposition: Proposition, sentence: Statement, used: list[Quantity]) -> bool:
    lex, close = lexicon(), near()
    have = set(sentence.keys)
    if condition.keys <= {"same"} and not condition.figures and not condition.dated:
        return True
    hits = total = 0.0
    elsewhere = frozenset[str]().union(*proposition.cores)
    own = condition.keys - elsewhere or condition.keys
    for key in own:
        total += 1
        if key in have or lex.wider(key) & have or close.get(key, frozenset()) & have:
            hits += 1
    for index in condition.figures:
        quantity = proposition.statement.quantities[index]
        if quantity.percentile or quantity.dimension != "count" or quantity.value != 1:
            total += 1.5
            hits += (
                1.5
                if any(q is quantity or (q.value == quantity.value and q.dimension == quantity.dimension) for q in used)
                else 0
            )
    if condition.dated:
        total += 1
        hits += 1 if sentence.dates or sentence.relative else 0
    needed = [proposition.statement.quantities[i] for i in condition.figures]
    needed = [q for q in needed if not q.percentile and not (q.dimension == "count" and q.value == 1)]
    if needed and not any(_is_used(q, used) for q in needed):
        return False
    foreign = sentence.chinese != proposition.statement.chinese
    alone = [k for k in condition.keys if lex.kind(k) == "h" and k in lex.concepts]
    if alone and not condition.strong and not any(k in have or lex.wider(k) & have for k in alone):
        return False
    return total == 0 or hits / total >= (0.34 if foreign else 0.5)


def _part_in_use(condition: Condition, proposition: Proposition, sentence: Statement, used: list[Quantity]) -> bool:
    """A condition inside a comma part with a statement of its own limits that statement only."""
    core, figures = proposition.cores[condition.part], proposition.core_figures[condition.part]
    strong_figures = [i for i in figures if not proposition.statement.quantities[i].percentile]
    if not core and not strong_figures:
        return True
    if any(_is_used(proposition.statement.quantities[i], used) for i in strong_figures):
        return True
    shares = [len(keys & sentence.keys) / len(keys) if keys else 0.0 for keys in proposition.cores]
    share = shares[condition.part]
    if strong_figures:
        return share >= 0.5 and share >= max(shares)
    return share >= 0.4 and share >= 0.6 * max(shares)


def _part_measured(condition: Condition, proposition: Proposition, used: list[Quantity]) -> bool:
    """Whether a figure in use stands in the condition's own comma part, or the part says nothing but conditions."""
    core, figures = proposition.cores[condition.part], proposition.core_figures[condition.part]
    inside = [i for c in proposition.conditions if c.part == condition.part and c is not condition for i in c.figures]
    here = any(_is_used(proposition.statement.quantities[i], used) for i in (*figures, *inside))
    percentile = all(proposition.statement.quantities[i].percentile for i in figures)
    return here or (not core and percentile)


def _is_used(quantity: Quantity, used: list[Quantity]) -> bool:
    return any(q.value == quantity.value and q.dimension == quantity.dimension for q in used)


def check_conditions(sentence: Statement, used_propositions: list[Proposition], used: list[Quantity]) -> list[str]:
    """Reasons: conditions of the propositions in use that the sentence leaves out."""
    reasons = []
    nearest = max(used_propositions, key=lambda p: _shared(p, sentence), default=None)
    for proposition in used_propositions:
        measured = any(
            _is_used(q, used) and q.dimension in MEASURED | {"count"} for q in proposition.statement.quantities
        )
        rate = any(
            _is_used(q, used) and (q.dimension in MEASURED or q.per) and not q.percentile
            for q in proposition.statement.quantities
        )
        for condition in proposition.conditions:
            beside = _part_measured(condition, proposition, used)
            asks = (
                (condition.strong and (rate or proposition is nearest))
                or (condition.kinded and measured)
                or (rate and beside)
            )
            if (
                asks
                and _part_in_use(condition, proposition, sentence, used)
                and not _carried(condition, proposition, sentence, used)
            ):
                reasons.append(f'drops the condition "{condition.text.strip()}"')
        if rate and _BILLING.search(proposition.statement.text) and not _billing_said(proposition, sentence):
            reasons.append("drops how it is billed")
        reasons += _attribute_dropped(proposition, sentence, used)
        reasons += _setting_dropped(proposition, sentence, used)
        for quantity in proposition.statement.quantities:
            if (
                quantity.percentile
                and rate
                and not any(
                    q is quantity or (q.value <= quantity.value + 1e-6 and (q.percentile or q.dimension == "ratio"))
                    for q in sentence.quantities
                )
            ):
                reasons.append(f'drops "{quantity.surface}"')
    return reasons


def _shared(proposition: Proposition, sentence: Statement) -> int:
    return len(proposition.statement.exact & sentence.exact)


def check_sample(sentence: Statement, used_propositions: list[Proposition], used: list[Quantity]) -> list[str]:
    """Reasons: "never" or "all" said of things of which the claim only looked at a number."""
    for proposition in used_propositions:
        measured = any(
            _is_used(q, used) and q.dimension in MEASURED | {"count"} for q in proposition.statement.quantities
        )
        if not measured and _sample_dropped(proposition, sentence):
            return ["drops how many were looked at"]
    return []


def _attribute_dropped(proposition: Proposition, sentence: Statement, used: list[Quantity]) -> list[str]:
    """A bounded figure before 的 limits what follows it: 超过2万元的代理商."""
    statement = proposition.statement
    if not statement.chinese or not any(_is_used(q, used) for q in statement.quantities):
        return []
    return [
        f'drops "{q.surface}"'
        for q in statement.quantities
        if q.bound in ("gt", "ge", "lt", "le") and statement.text[q.end : q.end + 1] == "的" and not _is_used(q, used)
        and not any(s.dimension == q.dimension for s in sentence.quantities)
    ]  # fmt: skip


def _setting_dropped(proposition: Proposition, sentence: Statement, used: list[Quantity]) -> list[str]:
    """Words such as "peak" or "on one GPU" beside a figure in use, in the same segment of the claim."""
    lex, close = lexicon(), near()
    tokens, figures = proposition.statement.tokens, proposition.statement.quantities
    segments = {
        t.segment
        for t in tokens
        if t.kind == "quantity"
        and figures[int(t.surface)].dimension != "often"
        and _is_used(figures[int(t.surface)], used)
    }
    missing = []
    for token in tokens:
        if token.segment in segments and token.kind == "concept" and all(lex.kind(k) == "c" for k in token.keys):
            carried = any(k in sentence.keys or close.get(k, frozenset()) & sentence.keys for k in token.keys)
            if not carried and not {"average", "median", "typical", "contract", "plan"} & set(token.keys):
                missing.append(f'drops "{token.surface}"')
    return missing


def _sample_dropped(proposition: Proposition, sentence: Statement) -> bool:
    """A "none" or "all" said of things of which the claim only looked at a number."""
    if not (negators(sentence.text) or universals(sentence.text) & {"all", "never", "always"}):
        return False
    counted = {
        k
        for q in proposition.statement.quantities
        if q.dimension == "count" and q.value > 1 and not q.per
        for k in q.counted
    }
    return bool(counted & sentence.exact) and not sentence.quantities


def _billing_said(proposition: Proposition, sentence: Statement) -> bool:
    return bool(re.search(r"bill|pay|paid|charged|yearly|annual|year|付|年", sentence.text, re.IGNORECASE)) or not any(
        q.dimension in ("eur", "usd", "cny", "gbp", "chf") for q in sentence.quantities
    )
