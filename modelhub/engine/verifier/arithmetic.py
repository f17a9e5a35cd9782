"""Figures that follow from the claims' figures by plain arithmetic: sums, differences, shares, products, complements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from modelhub.engine.verifier.lexicon import lexicon, near
from modelhub.engine.verifier.negation import negators
from modelhub.engine.verifier.quantity import Per, Quantity
from modelhub.engine.verifier.tokens import Statement
from modelhub.engine.verifier.units import MONEY

_SUM = re.compile(
    r"\b(?:total|together|combined|altogether|in all|sum|overall)\b|合计|共计|总共|一共|总计|共", re.IGNORECASE
)
_CHANGE = frozenset(("increase", "quick", "accuracy", "large"))
_ERROR_SIGN = frozenset(("accuracy", "uptime", "find", "agree", "same"))


@dataclass(frozen=True, slots=True)
class Derived:
    """A computed figure, the claim figures it came from, and whether it is a complement ("5 % wrong")."""

    quantity: Quantity
    sources: tuple[tuple[int, Quantity], ...]
    complement: bool = False
    multipliers: tuple[Quantity, ...] = ()


def _make(value: float, dimension: str, like: Quantity, bound: str = "exact", per: Per | None = None) -> Quantity:
    quantity = Quantity(
        like.start, like.end, value, dimension, bound, per=like.per if per is None else per, surface=like.surface
    )
    return quantity.close() if bound != "range" else quantity


def _direction(sentence: Statement) -> bool:
    return any(key in _CHANGE or key == "compare" for t in sentence.tokens for key, _ in t.senses) or bool(
        re.search(r"\b(?:than|times|faster|less|fewer|more|instead|of the)\b|比|倍|的", sentence.text)
    )


def _alike(one: Quantity, other: Quantity) -> bool:
    """Whether two figures can be added or divided: one dimension, one rate, and counts of one thing."""
    rates = {k for k, _ in one.per} == {k for k, _ in other.per}
    priced = one.dimension in MONEY and not (one.per and other.per)
    counts = one.dimension != "count" or not (one.counted and other.counted) or bool(one.counted & other.counted)
    return one.dimension == other.dimension and (rates or priced) and counts


def _pairs(claims: list[Statement]) -> Iterator[tuple[tuple[int, Quantity], tuple[int, Quantity]]]:
    pool = [(i, q) for i, claim in enumerate(claims) for q in claim.quantities if not q.percentile]
    for at, first in enumerate(pool):
        for second in pool[at + 1 :]:
            if _alike(first[1], second[1]):
                yield first, second


def _same_period(a: Quantity, b: Quantity) -> tuple[Quantity, Quantity]:
    """Two prices where only one says its period: both as the sums they name."""
    if a.dimension in MONEY and ("time", "") in (*a.per, *b.per) and {k for k, _ in a.per} != {k for k, _ in b.per}:
        a, b = (
            _make(q.value * q.extra.get("period", 1.0), q.dimension, q, per=tuple(p for p in q.per if p[0] != "time"))
            for q in (a, b)
        )
    return a, b


def _from_pairs(sentence: Statement, said: Quantity, claims: list[Statement]) -> Iterator[Derived]:
    directed = _direction(sentence)
    for first, second in _pairs(claims):
        a, b = _same_period(first[1], second[1])
        sources = (first, second)
        if _SUM.search(sentence.text) and a.dimension != "ratio":
            yield Derived(_make(a.value + b.value, a.dimension, a), sources)
        if not directed or a.value <= 0 or b.value <= 0:
            continue
        big, small = max(a.value, b.value), min(a.value, b.value)
        if a.dimension == "ratio":
            yield Derived(_make(big - small, "pp", a, per=()), sources)
        else:
            yield Derived(_make(big - small, a.dimension, a), sources)
        if said.dimension == "times":
            yield Derived(_make(big / small, "times", a, per=()), sources)
        if said.dimension == "ratio":
            later = b.value if b.role == "to" or a.role == "from" else small
            earlier = a.value if later == b.value else big
            change = abs(later - earlier) / earlier
            yield Derived(_make(change, "ratio", a, per=()), sources)
            if not any("increase" in t.keys for t in sentence.tokens):
                yield Derived(_make(small / big, "ratio", a, per=()), sources)


def _complements(sentence: Statement, said: Quantity, claims: list[Statement]) -> Iterator[Derived]:
    signs = {
        (key, sign * t.sign) for t in sentence.tokens for key, sign in t.senses if key in _ERROR_SIGN or key == "break"
    }
    denied = bool(negators(sentence.text))
    for i, claim in enumerate(claims):
        turned = denied != bool(negators(claim.text))
        for quantity in claim.quantities:
            if quantity.dimension != "ratio" or quantity.percentile or not 0 < quantity.value < 1:
                continue
            theirs = {
                (key, sign * t.sign)
                for t in claim.tokens
                for key, sign in t.senses
                if key in _ERROR_SIGN or key == "break"
            }
            if not turned and signs & theirs and not any(k == "break" or s < 0 for k, s in signs):
                continue
            if signs or turned:
                bound = {"ge": "le", "gt": "lt", "le": "ge", "lt": "gt"}.get(quantity.bound, quantity.bound)
                yield Derived(_make(1 - quantity.value, "ratio", quantity, bound), ((i, quantity),), complement=True)
                for other in claim.quantities:
                    if other.dimension == "count" and said.dimension == "count" and other.value > 10:
                        yield Derived(
                            _make((1 - quantity.value) * other.value, "count", other),
                            ((i, quantity), (i, other)),
                            complement=True,
                        )


def _linked(rate: Quantity, count: Quantity) -> bool:
    """Whether `count` counts what `rate` is per: "for ten users" and "per user"."""
    lex = lexicon()
    units = {v for k, v in rate.per if k == "count"}
    for unit in units:
        senses = (
            {key for _, found in lex.english.get(unit, ()) for key, _ in found}
            | {k for k, _ in lex.chinese.get(unit, ())}
            | {unit}
        )
        wide = senses | {n for s in senses for n in near().get(s, ())}
        if wide & count.counted:
            return True
    return False


def _quotients(said: Quantity, claims: list[Statement]) -> Iterator[Derived]:
    """A price for many shared out: 2,900 euros a month for 100 seats are 29 euros per seat and month."""
    for i, claim in enumerate(claims):
        for price in claim.quantities:
            for count in claim.quantities:
                if price.dimension in MONEY and count.dimension == "count" and count.value > 1 and not count.per:
                    per = (*price.per, ("count", ""))
                    yield Derived(
                        _make(price.value / count.value, price.dimension, price, price.bound, per=per),
                        ((i, price), (i, count)),
                    )


def _tiers(sentence: Statement, said: Quantity, claims: list[Statement]) -> Iterator[Derived]:
    """A base price that covers a number, and a price for each one beyond it."""
    for i, claim in enumerate(claims):
        prices = [q for q in claim.quantities if q.dimension in MONEY]
        for base in (q for q in prices if not any(k == "count" for k, _ in q.per)):
            for each in (q for q in prices if any(k == "count" for k, _ in q.per) or q is not base):
                for covered in (q for q in claim.quantities if q.dimension == "count" and q.value > 1):
                    for count in (q for q in sentence.quantities if q.dimension == "count" and q.value > covered.value):
                        base_sum = base.value * (base.extra.get("period", 1.0) if base.per else 1.0)
                        scale = 0.01 if each.dimension == "cent" and base.dimension != "cent" else 1.0
                        total = base_sum + (count.value - covered.value) * each.value * scale
                        for per, value in (((), total), (base.per, total / base.extra.get("period", 1.0))):
                            yield Derived(
                                _make(value, base.dimension, base, per=per),
                                ((i, base), (i, each), (i, covered)),
                                multipliers=(count,),
                            )


def _products(sentence: Statement, said: Quantity, claims: list[Statement]) -> Iterator[Derived]:
    counts = [(None, q) for q in sentence.quantities if q is not said and q.dimension == "count" and not q.per]
    counts += [(i, q) for i, c in enumerate(claims) for q in c.quantities if q.dimension == "count" and not q.per]  # type: ignore[misc]
    for i, claim in enumerate(claims):
        for rate in claim.quantities:
            if rate.percentile or rate.dimension == "ratio":
                if said.dimension == "count" and rate.dimension == "ratio" and not rate.percentile:
                    for at, count in counts:
                        if at == i and count.value > 10:
                            yield Derived(_make(rate.value * count.value, "count", count), ((i, rate), (i, count)))
                continue
            yield from _times_count(sentence, said, i, rate, counts)
            yield from _times_duration(sentence, said, i, rate)


def _times_count(
    sentence: Statement, said: Quantity, i: int, rate: Quantity, counts: list[tuple[None, Quantity]]
) -> Iterator[Derived]:
    per_time = tuple(p for p in rate.per if p[0] == "time")
    for _, count in counts:
        if count.value <= 1:
            continue
        if _linked(rate, count):
            yield Derived(
                _make(rate.value * count.value, rate.dimension, rate, rate.bound, per=per_time),
                ((i, rate),),
                multipliers=(count,),
            )
        elif rate.per == (("time", ""),) and rate.dimension == "count" and _scales(sentence, count):
            yield Derived(
                _make(rate.value * count.value, rate.dimension, rate, rate.bound), ((i, rate),), multipliers=(count,)
            )


def _scales(sentence: Statement, count: Quantity) -> bool:
    return any(
        q.dimension == "count" and q.value == count.value and q.counted & {"server", "gpu", "machine", "cpu"}
        for q in sentence.quantities
    )


def _times_duration(sentence: Statement, said: Quantity, i: int, rate: Quantity) -> Iterator[Derived]:
    if ("time", "") not in rate.per or (rate.dimension not in MONEY and rate.dimension != "count"):
        return
    rest = tuple(p for p in rate.per if p[0] != "time")
    for other in sentence.quantities:
        if other.dimension == "time" and other is not said:
            yield Derived(
                _make(rate.value * other.value, rate.dimension, rate, rate.bound, per=rest),
                ((i, rate),),
                multipliers=(other,),
            )
    if (
        said.dimension in MONEY
        and not said.per
        and re.search(r"\b(?:a year|yearly|annual\w*|per year)\b|一年|全年|每年", sentence.text)
    ):
        yield Derived(_make(rate.value * 31_557_600.0, rate.dimension, rate, rate.bound, per=rest), ((i, rate),))


def derive(sentence: Statement, said: Quantity, claims: list[Statement]) -> Iterator[Derived]:
    """Everything that plain arithmetic over the claims (and the sentence's own counts) can yield for `said`."""
    yield from _products(sentence, said, claims)
    yield from _complements(sentence, said, claims)
    if said.dimension in MONEY:
        yield from _quotients(said, claims)
        yield from _tiers(sentence, said, claims)
    yield from _from_pairs(sentence, said, claims)
