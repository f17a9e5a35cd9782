"""What stands beside a person's day: the hours of today, the quarter, and what came in since yesterday evening."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from core.models import User
from crm.models import Message, Quote, Stage
from crm.models.leads import start_of_tomorrow
from crm.services import dates, day, lead_totals
from crm.services.day import DayEntry
from crm.services.lead_totals import Totals


@dataclass(frozen=True, slots=True)
class Hour:
    """A line of the agenda; `entry` is None where now is."""

    at: datetime
    entry: DayEntry | None


@dataclass(frozen=True, slots=True)
class Quarter:
    """What was won since the quarter began, and what the open leads add by their stages' probability."""

    won: Totals
    open: Totals


@dataclass(frozen=True, slots=True)
class News:
    """What came in since `since`: messages of customers, and the needs quoted in them."""

    since: datetime
    messages: int
    needs: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Something to do that hangs on no lead: where it is, what it is for, by when; `done` is the address that ticks it, or empty."""

    title: str
    url: str
    place: str
    due: date | None
    done: str


Source = Callable[[User], Iterable[Elsewhere]]
_SOURCES: list[Source] = []


def elsewhere(source: Source) -> Source:
    """Register a function of an app above that gives a person's things to do there."""
    _SOURCES.append(source)
    return source


def things_elsewhere(user: User) -> list[Elsewhere]:
    """Return what waits for `user` in the apps above, what is due first first."""
    found = [thing for source in _SOURCES for thing in source(user)]
    return sorted(found, key=lambda thing: (thing.due is None, thing.due or date.max))


def agenda(entries: Iterable[DayEntry], now: datetime | None = None) -> list[Hour]:
    """Return today's steps and tasks by their hour, with now among them; nothing if nothing has an hour."""
    now = now or timezone.now()
    first, last = dates.start_of_today(now), start_of_tomorrow()
    hours = [
        Hour(entry.due, entry)
        for entry in entries
        if entry.kind in ("step", "task") and entry.due and first <= entry.due < last
    ]
    return sorted([*hours, Hour(now, None)], key=lambda hour: hour.at) if hours else []


def quarter(user: User) -> Quarter:
    """Return how the quarter stands for the leads a day is made of; two queries."""
    mine = day.leads_of(user)
    won = mine.filter(stage__kind=Stage.Kind.WON, closed_at__gte=dates.start_of_quarter())
    return Quarter(lead_totals.of(won), lead_totals.of(mine.open()))


def news(user: User, now: datetime | None = None) -> News:
    """Return what came in since six o'clock yesterday evening; two queries."""
    since = dates.start_of_today(now) - timedelta(hours=6)
    mine = day.leads_of(user)
    fresh = Message.objects.filter(lead__in=mine, outgoing=False, sent_at__gte=since)
    needs = Quote.objects.filter(message__in=fresh).values("requirement").distinct().count()
    return News(since, fresh.count(), needs)
