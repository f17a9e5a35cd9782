"""How fast mails may go: token buckets in the database, shared by all workers, for the stream, a campaign, a domain.

A key whose server says "too fast" or nothing rests a while, then starts slowly and doubles every minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf

from django.db import transaction
from django.utils import timezone

from marketing.models import SendingRate

STREAM = "stream"
PAUSE = 30.0  # seconds without a mail after the first "too fast"; twice as long after each further one
SLOWEST, FIRST = 0.5, 8.0  # mails a second after a pause: at least, and after the first one
FULL = 200.0  # mails a second from which a slow start is over


@dataclass(frozen=True, slots=True)
class Grant:
    """How many mails may go now, and how many seconds to wait before asking again if that is none."""

    count: int
    wait: float = 0.0


def take(key: str, wanted: int, *, limit: float = 0.0) -> Grant:
    """Take up to `wanted` tokens; `limit` is mails a second at most, 0 for no limit. Ask only for a limit or a slowed key."""
    now = timezone.now()
    with transaction.atomic():
        row, made = SendingRate.objects.select_for_update().get_or_create(key=key, defaults={"at": now, "tokens": 1.0})
        if row.slowed_until and row.slowed_until > now:
            return Grant(0, (row.slowed_until - now).total_seconds())
        rate = min(limit or inf, _recovering(row, now))
        if rate == inf:
            SendingRate.objects.filter(pk=row.pk).update(slowed_until=None, per_second=0)
            return Grant(wanted)
        passed = 0.0 if made else max(0.0, (now - row.at).total_seconds())
        tokens = min(max(1.0, rate), row.tokens + rate * passed)
        count = min(wanted, int(tokens))
        row.tokens, row.at = tokens - count, now
        row.save(update_fields=["tokens", "at"])
    return Grant(count, 0.0 if count else (1.0 - row.tokens) / rate)


def slowed() -> set[str]:
    """Return the keys that rest or start slowly, or did lately: few, or none."""
    return set(SendingRate.objects.exclude(slowed_until=None).values_list("key", flat=True))


def slow(key: str) -> float:
    """Stop a key for a while, and let it start slowly after; returns the seconds. Saying it while it rests changes nothing."""
    now = timezone.now()
    with transaction.atomic():
        row, _made = SendingRate.objects.select_for_update().get_or_create(key=key, defaults={"at": now})
        if row.slowed_until and row.slowed_until > now:
            return (row.slowed_until - now).total_seconds()
        row.per_second = max(SLOWEST, min(2 * FIRST, _recovering(row, now)) / 2)
        seconds = PAUSE * FIRST / row.per_second
        row.slowed_until, row.at, row.tokens = now + timedelta(seconds=seconds), now, 0.0
        row.save(update_fields=["per_second", "slowed_until", "at", "tokens"])
    return seconds


def resting(key: str = STREAM) -> datetime | None:
    """Return until when a key rests, or None."""
    return (
        SendingRate.objects.filter(key=key, slowed_until__gt=timezone.now())
        .values_list("slowed_until", flat=True)
        .first()
    )


def clear() -> None:
    """Let everything go at full speed again: a person said so."""
    SendingRate.objects.update(slowed_until=None, per_second=0)


def _recovering(row: SendingRate, now: datetime) -> float:
    """Mails a second that a slow start has come to; infinite when it is over or there was none."""
    if row.slowed_until is None:
        return inf
    minutes = max(0.0, (now - row.slowed_until).total_seconds()) / 60
    rate = row.per_second * 2 ** min(minutes, 60)
    return rate if rate < FULL else inf
