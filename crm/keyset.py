"""Pages by key: the next page starts behind the last row that was shown, so a late page costs what the first one costs."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Q, QuerySet

COUNT_CAP = 10_000


@dataclass(frozen=True, slots=True)
class Order:
    """A sort: field or annotation that is never null, direction, and how its value is read back out of a cursor."""

    field: str
    descending: bool = False
    parse: Callable[[Any], Any] = str


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, the number of the first one (from 1), and cursors of the neighbouring pages ("" where there is none)."""

    rows: list[Any]
    start: int
    next: str
    previous: str

    @property
    def end(self) -> int:
        """The number of the last row."""
        return self.start + len(self.rows) - 1


def page(queryset: QuerySet[Any], order: Order, *, cursor: str = "", size: int = 50) -> Page:
    """Return one page; a cursor that cannot be read gives the first one.

    The condition is `f <= x AND (f < x OR id < y)`: the first half lets the index find the place at once.
    """
    place = _read(cursor, order)
    backward = place is not None and place[2]
    down = order.descending != backward
    arrow = "-" if down else ""
    rows = queryset.order_by(f"{arrow}{order.field}", f"{arrow}id")
    if place is not None:
        rows = rows.filter(_beyond(order.field, place[0], place[1], down))
    found = list(rows[: size + 1])
    more, found = len(found) > size, found[:size]
    if backward:
        found.reverse()
    start = 1 if place is None else max(1, place[3] - len(found)) if backward else place[3]
    if not found and place is not None:
        return page(queryset, order, size=size) if backward else Page([], start, "", "")
    has_next, has_previous = (True, more) if backward else (more, place is not None)
    return Page(
        found, start,
        _write(found[-1], order, False, start + len(found)) if has_next and found else "",
        _write(found[0], order, True, start) if has_previous and found else "",
    )  # fmt: skip


def capped_count(queryset: QuerySet[Any], cap: int = COUNT_CAP) -> int:
    """Return the number of rows, counting no further than `cap` + 1."""
    return queryset.order_by()[: cap + 1].count()


def number(text: Any) -> Decimal:
    """Read a number out of a cursor; raises ValueError for what no column holds."""
    value = Decimal(str(text))
    if not value.is_finite() or abs(value) >= Decimal(10**15):
        raise ValueError("a number no column holds")
    return value


def fraction(text: Any) -> float:
    """Read a float out of a cursor; raises ValueError."""
    return float(number(text))


def timestamp(text: Any) -> datetime:
    """Read a time out of a cursor; raises ValueError."""
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment


def _beyond(field: str, value: Any, pk: int, down: bool) -> Q:
    side = "lt" if down else "gt"
    return Q(**{f"{field}__{side}e": value}) & (Q(**{f"{field}__{side}": value}) | Q(**{f"id__{side}": pk}))


def _write(row: Any, order: Order, backward: bool, start: int) -> str:
    value = getattr(row, order.field)
    plain = value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, Decimal) else value
    text = json.dumps([plain, row.pk, backward, start], ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str, order: Order) -> tuple[Any, int, bool, int] | None:
    if not cursor:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        value, pk, backward, start = json.loads(text)
        if "\x00" in str(value):  # PostgreSQL refuses it in any text
            return None
        start, pk = int(start), int(pk)
        if not (0 < start < 2**53 and 0 < pk < 2**63):
            return None
        return order.parse(value), pk, bool(backward), start
    except (ValueError, TypeError, KeyError, InvalidOperation, OverflowError, RecursionError, binascii.Error):
        return None
