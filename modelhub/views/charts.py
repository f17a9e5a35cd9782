"""Geometry of the hub's charts, for templates/modelhub/_chart.html: values in, places in a 540 × 290 picture out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.templatetags.fairlead import per_cent

WIDTH, HEIGHT = 540, 290
LEFT, TOP, BOTTOM = 44, 14, 240
MARKS = 6  # steps on the y axis
NARROW, WIDE = 404, 520  # right edge with and without a legend beside the plot


@dataclass(frozen=True, slots=True)
class Series:
    """A line: its name, (x, y, what to say) of each point in the units of the axes, and a note for the legend."""

    name: str
    points: Sequence[tuple[float, float, str]]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A level line: its height, what it stands for in one sentence, and the short lines of the legend."""

    y: float
    told: str
    legend: tuple[str, ...]


@dataclass(slots=True)
class Chart:
    """Everything the template draws, in pixels."""

    label: str
    x_title: str
    y_title: str
    right: int
    x_ticks: list[tuple[float, str]] = field(default_factory=list)
    y_ticks: list[tuple[float, str]] = field(default_factory=list)
    bars: list[tuple[float, float, float]] = field(default_factory=list)  # x, y, height; 32 wide
    lines: list[dict[str, Any]] = field(default_factory=list)
    rules: list[dict[str, Any]] = field(default_factory=list)
    diagonal: bool = False


def reliability(
    rows: Sequence[tuple[str, Sequence[Mapping[str, float]], float]], titles: tuple[str, str, str]
) -> Chart:
    """Confidence against the share that was right; `rows` are (name, bins, ECE), the first drawn as the main line."""
    chart = Chart(titles[0], titles[1], titles[2], NARROW, diagonal=True)
    scale = _Scale(0, 100, LEFT, NARROW), _Scale(0, 100, BOTTOM, TOP)
    chart.x_ticks = [(scale[0].at(v), str(v)) for v in (0, 25, 50, 75, 100)]
    chart.y_ticks = [(scale[1].at(v), str(v)) for v in (0, 25, 50, 75, 100)]
    _draw(chart, [Series(name, _bins(bins), "ECE " + per_cent(f"{100 * ece:.1f}")) for name, bins, ece in rows], scale)
    total = sum(row["n"] for row in rows[0][1]) or 1
    for row in rows[0][1]:
        height = 60 * row["n"] / total
        chart.bars.append((round(scale[0].at(100 * row["from"]) + 2, 1), round(BOTTOM - height, 1), round(height, 1)))
    return chart


def lines(
    series: Sequence[Series],
    titles: tuple[str, str, str],
    x_ticks: Sequence[tuple[float, str]],
    rules: Sequence[Rule] = (),
    *,
    highest: float = 1.0,
    legend: bool = True,
) -> Chart:
    """Lines over the x values given, y from 0 to at most `highest` drawn as close as the values allow."""
    right = NARROW if legend else WIDE
    chart = Chart(titles[0], titles[1], titles[2], right)
    values = [y for each in series for _x, y, _told in each.points] + [rule.y for rule in rules]
    step = _step(max(values) - min(values))
    low = max(0.0, step * int((min(values) - 0.02) / step))
    high = min(highest, step * (int((max(values) + 0.02) / step) + 1))
    scale = _Scale(x_ticks[0][0], x_ticks[-1][0], LEFT + 8, right - 8), _Scale(low, high, BOTTOM, TOP)
    chart.x_ticks = [(scale[0].at(x), told) for x, told in x_ticks]
    count = max(1, round((high - low) / step))
    steps = [low + i * (high - low) / count for i in range(count + 1)]
    chart.y_ticks = [(scale[1].at(y), f"{y:.2f}".removeprefix("0")) for y in steps]
    chart.rules = [
        {"y": scale[1].at(rule.y), "told": rule.told, "legend": rule.legend, "at": 30 + 48 * (len(series) + place)}
        for place, rule in enumerate(rules)
    ]
    _draw(chart, series, scale)
    return chart


def _step(spread: float) -> float:
    """Units between two marks of the y axis, so that there are few enough to be read."""
    steps = [0.05, *(size * 10**power for power in range(-1, 7) for size in (2, 5, 10))]
    return next(step for step in steps if spread / step < MARKS or step == steps[-1])


@dataclass(frozen=True, slots=True)
class _Scale:
    """From values to pixels; a single value stands in the middle."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        if self.high == self.low:
            return (self.start + self.end) / 2
        return round(self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start), 1)


def _bins(bins: Sequence[Mapping[str, float]]) -> list[tuple[float, float, str]]:
    return [
        (
            100 * row["said"],
            100 * row["right"],
            f"{100 * row['said']:.0f} → {100 * row['right']:.0f}, n = {row['n']:.0f}",
        )
        for row in bins
    ]


def _draw(chart: Chart, series: Sequence[Series], scale: tuple[_Scale, _Scale]) -> None:
    for place, each in enumerate(series):
        dots = [(scale[0].at(x), scale[1].at(y), told) for x, y, told in each.points]
        chart.lines.append(
            {
                "kind": "a" if place == 0 else "b",
                "name": each.name,
                "note": each.note,
                "dots": dots,
                "points": " ".join(f"{x},{y}" for x, y, _told in dots),
                "legend": 30 + 48 * place,
            }
        )
