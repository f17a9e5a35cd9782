"""A month of campaigns: weeks with bars in lanes, and for narrow screens the days on which something happens."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from django.db.models import Q, QuerySet
from django.utils import timezone

from marketing.models import Campaign

EARLIEST, LATEST = 1970, 2200  # years one can turn to
What = Literal["starts", "goes on", "is sent", "ends"]


@dataclass(frozen=True, slots=True)
class Bar:
    """A campaign within one week: `column` 1–7 where it begins, `days` how long, `lane` from 1; cut where the week cuts it."""

    campaign: Campaign
    column: int
    days: int
    lane: int
    begins: bool
    ends: bool


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from Monday on, and the bars over them."""

    days: tuple[date, ...]
    bars: tuple[Bar, ...]

    @property
    def lanes(self) -> int:
        """How many bars lie above each other."""
        return max((bar.lane for bar in self.bars), default=0)


@dataclass(frozen=True, slots=True)
class Day:
    """A day on which something happens, for the list."""

    day: date
    events: tuple[tuple[What, Campaign], ...]


@dataclass(frozen=True, slots=True)
class Month:
    """The weeks that touch a month, its eventful days, and the first days of the months beside it."""

    first: date
    weeks: tuple[Week, ...]
    days: tuple[Day, ...]
    before: date
    after: date


def chosen(text: str, today: date | None = None) -> date:
    """Return the first day of the month that `text` (`2026-11`) names; of this one if it names none."""
    year, _dash, month = text.partition("-")
    numbers = len(text) == 7 and year.isdecimal() and month.isdecimal()
    if numbers and EARLIEST <= int(year) <= LATEST and 1 <= int(month) <= 12:
        return date(int(year), int(month), 1)
    return (today or timezone.localdate()).replace(day=1)


def month(campaigns: QuerySet[Campaign], first: date) -> Month:
    """Return the month that begins on `first`, with all campaigns that touch one of its weeks; one query."""
    weeks = [tuple(days) for days in calendar.Calendar().monthdatescalendar(first.year, first.month)]
    dated = Q(starts_on__isnull=False) | Q(ends_on__isnull=False)
    shown = [row for row in campaigns.filter(dated) if _first(row) <= weeks[-1][-1] and _last(row) >= weeks[0][0]]
    shown.sort(key=lambda row: (_first(row), -(_last(row) - _first(row)).days, row.pk))
    after = (first + timedelta(days=31)).replace(day=1)
    return Month(
        first, tuple(Week(days, tuple(_bars(days, shown))) for days in weeks), tuple(_events(first, after, shown)),
        (first - timedelta(days=1)).replace(day=1), after,
    )  # fmt: skip


def _bars(days: tuple[date, ...], campaigns: Iterable[Campaign]) -> Iterator[Bar]:
    """Place each campaign in the first lane that is free for all its days."""
    free_from: list[date] = []
    for row in campaigns:
        start, end = max(_first(row), days[0]), min(_last(row), days[-1])
        if start > end:
            continue
        lane = next((place for place, day in enumerate(free_from) if day <= start), len(free_from))
        free_from[lane : lane + 1] = [end + timedelta(days=1)]
        yield Bar(
            row, (start - days[0]).days + 1, (end - start).days + 1, lane + 1, start == _first(row), end == _last(row)
        )


def _events(first: date, after: date, campaigns: Iterable[Campaign]) -> Iterator[Day]:
    found: dict[date, list[tuple[What, Campaign]]] = {}
    for row in campaigns:
        start, end = _first(row), _last(row)
        if start < first <= end:
            found.setdefault(first, []).append(("goes on", row))
        for day, what in _moments(row):
            if first <= day < after:
                found.setdefault(day, []).append((what, row))
    for day in sorted(found):
        yield Day(day, tuple(found[day]))


def _moments(row: Campaign) -> Iterator[tuple[date, What]]:
    yield _first(row), "starts"
    if row.send_at:
        yield timezone.localtime(row.send_at).date(), "is sent"
    if _last(row) != _first(row):
        yield _last(row), "ends"


def _first(row: Campaign) -> date:
    """The first day of a dated campaign; one that has only an end lasts that day."""
    return row.starts_on or row.ends_on  # type: ignore[return-value]


def _last(row: Campaign) -> date:
    return row.ends_on or row.starts_on  # type: ignore[return-value]
