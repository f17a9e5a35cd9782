"""Days and quarters as the reader's time zone has them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone


def start_of_today(now: datetime | None = None) -> datetime:
    """Return the last midnight."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def start_of_quarter(now: datetime | None = None) -> datetime:
    """Return the first midnight of the running quarter."""
    today = start_of_today(now)
    return today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)


def morning_in(days: int, now: datetime | None = None) -> datetime:
    """Return nine o'clock, `days` days from now."""
    return (timezone.localtime(now) + timedelta(days=days)).replace(hour=9, minute=0, second=0, microsecond=0)


def working_days(start: datetime, end: datetime) -> int:
    """Return how many days from Monday to Friday began between two moments, both as the clock on the wall says."""
    first, last = timezone.localtime(start).date(), timezone.localtime(end).date()
    weeks, rest = divmod(max(0, (last - first).days), 7)
    return 5 * weeks + sum((first + timedelta(days=n)).weekday() < 5 for n in range(1, rest + 1))
