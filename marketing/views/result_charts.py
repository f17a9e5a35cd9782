"""Charts of the results as numbers: where each line, dot and label stands."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from marketing.engine.statistics import Rate
from marketing.services.results import Contest, Outcome, Variant

LEFT, RIGHT, ROW = 48, 536, 44
_STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


@dataclass(frozen=True, slots=True)
class Bar:
    """An interval: `low`, `at` and `high` on the x axis, `y` its line."""

    variant: Variant
    y: int
    low: float
    at: float
    high: float
    leads: bool


@dataclass(frozen=True, slots=True)
class Intervals:
    """The chart of a contest: its height, grid lines (x, share) and bars."""

    height: int
    ticks: tuple[tuple[float, float], ...]
    bars: tuple[Bar, ...]

    @property
    def foot(self) -> int:
        """Where the grid ends."""
        return self.height - 28

    @property
    def label_y(self) -> int:
        """Where the shares are written."""
        return self.height - 8


@dataclass(frozen=True, slots=True)
class Line:
    """A rate with its label; `low`, `at` and `high` in per cent of a scale all lines share."""

    show: str
    label: object
    rate: Rate
    low: float
    at: float
    high: float


def lines(found: Outcome, labels: Iterable[tuple[str, object]]) -> list[Line]:
    """Return the rates of these figures on one scale, which ends where the highest interval does."""
    rows = [(show, label, found.rate(show)) for show, label in labels]
    scale = max((rate.high for _show, _label, rate in rows if rate.enough), default=1.0) / 100
    return [
        Line(show, label, rate, *(round(one / scale, 2) for one in (rate.low, rate.share, rate.high)))
        for show, label, rate in rows
    ]


def intervals(contest: Contest) -> Intervals:
    """Return the click rates of a contest as intervals over a common axis; empty if nothing was sent."""
    shown = [one for one in contest.variants if one.clicks.n]
    if not shown:
        return Intervals(ROW, (), ())
    low, high = min(one.clicks.low for one in shown), max(one.clicks.high for one in shown)
    step = next((size for size in _STEPS if (high - low) / size <= 6), _STEPS[-1])
    low, high = max(0.0, math.floor(low / step) * step), min(1.0, math.ceil(high / step) * step)

    def x(share: float) -> float:
        return round(LEFT + (share - low) / ((high - low) or 1) * (RIGHT - LEFT), 1)

    count = round((high - low) / step)
    bars = tuple(
        Bar(one, ROW * place + 34, x(one.clicks.low), x(one.clicks.share), x(one.clicks.high),
            one.position == contest.verdict.first)
        for place, one in enumerate(shown)
    )  # fmt: skip
    return Intervals(ROW * len(shown) + 44, tuple((x(low + step * n), low + step * n) for n in range(count + 1)), bars)
