"""What happened on a lead, newest first: messages and activities in one list, cut into days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db.models import Count, Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.models import Activity, Lead, Message, Quote
from crm.models.activities import ActivityQuerySet
from crm.models.messages import MessageQuerySet
from crm.services import activities, requirements

Show = Literal["all", "messages", "notes", "calls", "changes"]
SHOWS: tuple[Show, ...] = ("all", "messages", "notes", "calls", "changes")
PAGE = 20
_CALLS = (Message.Channel.CALL, Message.Channel.TRANSCRIPT)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: a message or an activity."""

    at: datetime
    message: Message | None = None
    activity: Activity | None = None
    text: str = ""  # of an activity, in the reader's language


@dataclass(frozen=True, slots=True)
class Day:
    """Entries under one heading."""

    name: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The newest entries by day, how many there are of each kind, and how many older ones are not shown."""

    days: tuple[Day, ...]
    counts: dict[str, int]
    older: int


def of(lead: Lead, show: Show = "all", *, most: int = PAGE) -> Timeline:
    """Return the newest `most` entries of a kind."""
    counts = _counts(lead)
    messages, changes = _rows(lead, show)
    entries = [Entry(row.sent_at, message=row) for row in messages[:most]]
    found = list(changes[:most])
    names = requirements.need_names(row.data for row in found if row.kind == Activity.Kind.REQUIREMENT)
    entries += [Entry(row.at, activity=row, text=_said(row, names)) for row in found]
    entries.sort(key=lambda entry: entry.at, reverse=True)
    shown = entries[:most]
    return Timeline(tuple(_days(shown)), counts, max(0, counts[show] - len(shown)))


def _said(activity: Activity, names: Mapping[str, str]) -> str:
    if activity.kind == Activity.Kind.REQUIREMENT:
        return requirements.describe(activity, names)
    return activities.describe(activity)


def _rows(lead: Lead, show: Show) -> tuple[MessageQuerySet, ActivityQuerySet]:
    messages: MessageQuerySet = (
        Message.objects.filter(lead=lead)
        .select_related("contact", "pitch__author")
        .prefetch_related(Prefetch("quotes", Quote.objects.order_by("start")))
    )
    changes: ActivityQuerySet = Activity.objects.filter(lead=lead).select_related("actor")
    if show == "messages":
        return messages.exclude(channel__in=_CALLS), changes.none()
    if show == "calls":
        return messages.filter(channel__in=_CALLS), changes.none()
    if show == "notes":
        return messages.none(), changes.filter(kind=Activity.Kind.NOTE)
    if show == "changes":
        return messages.none(), changes.exclude(kind=Activity.Kind.NOTE)
    return messages, changes


def _counts(lead: Lead) -> dict[str, int]:
    is_call = Q(channel__in=_CALLS)
    messages = Message.objects.filter(lead=lead).aggregate(
        messages=Count("pk", filter=~is_call), calls=Count("pk", filter=is_call)
    )
    is_note = Q(kind=Activity.Kind.NOTE)
    changes = Activity.objects.filter(lead=lead).aggregate(
        notes=Count("pk", filter=is_note), changes=Count("pk", filter=~is_note)
    )
    counts: dict[str, int] = {**messages, **changes}
    return {"all": sum(counts.values()), **counts}


def _days(entries: Iterable[Entry]) -> list[Day]:
    today = timezone.localdate()
    names = {today: _("Today"), today - timedelta(days=1): _("Yesterday")}
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        day = timezone.localtime(entry.at).date()
        name = names.get(day, _("Earlier") if day < today else _("To come"))
        found.setdefault(name, []).append(entry)
    return [Day(name, tuple(rows)) for name, rows in found.items()]
