"""Figures as numbers to reckon with: a value in base units, what kind of thing it is, and whether it is a rate in time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from modelhub.engine.verifier.dates import Date
from modelhub.engine.verifier.quantity import Quantity
from modelhub.engine.verifier.tokens import Statement
from modelhub.engine.verifier.units import DAY, HOUR, MONEY, MONTH, WEEK, YEAR

_KIND = {"count": "n", "score": "n", "ratio": "r", "pp": "pp", "times": "x", "time": "t", "workday": "w"}
_FREE = frozenset(("n", "r", "x", "pp"))
_MEDIAN = re.compile(r"\bmedian\b|中位", re.IGNORECASE)


class Operand(NamedTuple):
    """A value of kind n (count), r (share), pp, x (times), m (money), t (seconds) or a unit's name, per second to the power `rate`."""

    value: float
    kind: str
    rate: int = 0
    quantity: Quantity | None = None

    def become(self, value: float, kind: str = "") -> Operand:
        """The same kind of figure with another value."""
        return Operand(value, kind or self.kind, self.rate)

    def like(self, other: Operand) -> bool:
        """Whether the two can be added up."""
        return self.rate == other.rate and (self.kind == other.kind or {self.kind, other.kind} == {"r", "pp"})

    def fits(self, got: Operand) -> bool:
        """Whether a result can be what a figure of this kind says: a quotient of like things is a share, times or a count."""
        if self.rate != got.rate:
            return False
        if got.kind in ("pure", "quotient"):
            return self.kind in ("r", "x") or (self.kind == "n" and got.kind == "pure")
        return self.kind == got.kind or {self.kind, got.kind} <= {"n", "x"}

    def times(self, other: Operand) -> Operand:
        """Product; a rate times a stretch of time is what comes together in it."""
        return _with_time(self.value * other.value, self, other, 1)

    def over(self, other: Operand) -> Operand:
        """Quotient."""
        return _with_time(self.value / other.value, self, other, -1)


def _with_time(value: float, a: Operand, b: Operand, sign: int) -> Operand:
    """Unit of a product (sign 1) or quotient (-1): seconds are counted apart from what else is measured."""
    seconds = a.rate + (a.kind == "t") + sign * (b.rate + (b.kind == "t"))
    kinds = [k for k in (a.kind, b.kind) if k != "t"]
    if sign > 0 and a.kind == b.kind == "t":
        return Operand(value, "none", a.rate + b.rate + 2) if not (a.rate or b.rate) else Operand(value, "t")
    if sign < 0 and a.kind == b.kind and a.kind != "t":
        kind = "quotient" if a.kind == "n" else "pure"
    elif sign < 0 and b.kind not in _FREE and b.kind != "t":
        kind = "none"
    else:
        held = [k for k in kinds if k not in _FREE]
        if len(held) > 1:
            kind = "none"
        elif held:
            kind = held[0]
        elif "n" in kinds:
            kind = "n"
        elif kinds and not (a.kind == "t" or b.kind == "t"):
            kind = "r" if "r" in kinds else "x"
        else:
            kind = "pure"
    if seconds == 1 and kind in ("pure", "quotient", "n", "r", "x"):
        return Operand(value, "t")
    return Operand(value, kind, seconds)


def operands(statement: Statement, quantities: Sequence[Quantity] | None = None) -> list[Operand]:
    """The figures of a text, or those given of it, as operands; "7 out of 10" is a share and two counts."""
    found: list[Operand] = []
    for quantity in statement.quantities if quantities is None else quantities:
        found += _read(quantity)
    if quantities is None and _MEDIAN.search(statement.text):
        found.append(Operand(0.5, "r"))
    return found


def _read(quantity: Quantity) -> Iterator[Operand]:
    rate = -1 if ("time", "") in quantity.per else 0
    if quantity.dimension == "often":
        yield Operand(quantity.value, "n", -1, quantity)
        return
    kind = "m" if quantity.dimension in MONEY else _KIND.get(quantity.dimension, quantity.dimension)
    scale = 0.01 if quantity.dimension == "cent" else 1.0
    yield Operand(quantity.value * scale, kind, rate, quantity)
    if rate and quantity.extra.get("period"):
        yield Operand(quantity.value * scale * quantity.extra["period"], kind, 0, quantity)
    if kind == "w":
        yield Operand(quantity.value * DAY * 1.4, "t", rate, quantity)
    if quantity.extra.get("whole"):
        yield Operand(quantity.extra["part"], "n", 0, quantity)
        yield Operand(quantity.extra["whole"], "n", 0, quantity)
    if quantity.bound == "range" and quantity.low > 0:
        yield Operand(quantity.low * scale, kind, rate, quantity)
        if kind == "n" and quantity.high - quantity.low < 30:
            yield Operand(quantity.high - quantity.low + 1, "n", 0, quantity)


_STRETCH = {
    YEAR: re.compile(r"\byears?\b|\byearly\b|\bannual|年", re.IGNORECASE),
    MONTH: re.compile(r"\bmonths?\b|\bmonthly\b|月", re.IGNORECASE),
    WEEK: re.compile(r"\bweeks?\b|\bweekly\b|周", re.IGNORECASE),
    DAY: re.compile(r"\bdays?\b|\bdaily\b|天", re.IGNORECASE),
    HOUR: re.compile(r"\bhours?\b|\bhourly\b|小时", re.IGNORECASE),
}


def stretches(text: str) -> list[Operand]:
    """The periods a text speaks of without a figure ("a whole year", 全年)."""
    return [Operand(seconds, "t") for seconds, pattern in _STRETCH.items() if pattern.search(text)]


def spans(statement: Statement) -> Iterator[Operand]:
    """How long it is from one date or time of day of a text to the next."""
    for one, other in combinations(sorted(statement.clocks), 2):
        yield Operand((other - one) * 60.0, "t")
        yield Operand((1440 - other + one) * 60.0, "t")
        yield Operand((other - one) * 60.0 / DAY, "t", -1)
    dates = list(statement.dates)
    year = max((d.year for d in dates), default=0)
    for first, second in combinations(dates, 2):
        yield from _between(first, second, year)


def _between(first: Date, second: Date, year: int) -> Iterator[Operand]:
    one, other = first.year or second.year or year, second.year or first.year or year
    if not (first.month and second.month):
        if first.year and second.year:
            yield Operand(abs(other - one) * YEAR, "t")
        return
    months = abs((other * 12 + second.month) - (one * 12 + first.month))
    for count in (months, months + 1):
        yield Operand(count * MONTH, "t")
    if first.day and second.day:
        days = months * 30.44 + (second.day - first.day)
        yield Operand(abs(days) * DAY, "t")
