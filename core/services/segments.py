"""Find the segment a lead belongs to, by the conditions of the tree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from core.models import Segment


def matches(conditions: Iterable[Mapping[str, Any]], facts: Mapping[str, Any]) -> bool:
    """Return whether all conditions hold; a fact that is not known fails every condition but `is_not` and `not_in`."""
    return all(_holds(row["op"], facts.get(row["field"]), row["value"]) for row in conditions)


def _holds(op: str, fact: Any, value: Any) -> bool:
    if op in ("at_least", "at_most"):
        return _compares(op, fact, value)
    known = _plain(fact if fact is not None else "")
    if op in ("in", "not_in"):
        among = {_plain(item) for item in (value if isinstance(value, list) else str(value).split(","))}
        return (known in among) == (op == "in")
    wanted = _plain(value)
    if op == "contains":
        return bool(wanted) and wanted in known
    return (known == wanted) == (op == "is")


def _plain(value: Any) -> str:
    return str(value).strip().casefold()


def _compares(op: str, fact: Any, value: Any) -> bool:
    try:
        known, limit = Decimal(str(fact)), Decimal(str(value))
    except InvalidOperation:
        return False
    return known >= limit if op == "at_least" else known <= limit


def find(facts: Mapping[str, Any], segments: Iterable[Segment] | None = None) -> Segment | None:
    """Return the deepest segment whose conditions, and those of all above it, hold; the first by position wins ties."""
    everything = list(Segment.objects.all() if segments is None else segments)
    by_parent: dict[int | None, list[Segment]] = {}
    for segment in everything:
        by_parent.setdefault(segment.parent_id, []).append(segment)
    best: tuple[int, Segment] | None = None
    stack = [(1, segment) for segment in reversed(by_parent.get(None, []))]
    while stack:
        depth, segment = stack.pop()
        if not matches(segment.conditions, facts):
            continue
        if best is None or depth > best[0]:
            best = (depth, segment)
        stack.extend((depth + 1, child) for child in reversed(by_parent.get(segment.pk, [])))
    return best[1] if best else None


def path(segment: Segment | None) -> list[Segment]:
    """Return the segment and those above it, nearest first; assignments are inherited along it."""
    way: list[Segment] = []
    while segment is not None and segment not in way:
        way.append(segment)
        segment = segment.parent
    return way
