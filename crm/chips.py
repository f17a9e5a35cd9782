"""What the filters in a URL say in words, and the addresses with which each is taken away."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django_filters import FilterSet

PLACE = ("cursor",)  # where one is in the list; any change of the filters starts at its beginning


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in words: label, value, and the query string without it."""

    label: str
    value: str
    without: str


def of(filters: FilterSet, query: QueryDict, *, neutral: dict[str, str] | None = None) -> list[Chip]:
    """Return the chips of the filters that are set; `neutral` gives the value that says “no filter” instead of nothing."""
    neutral = neutral or {}
    chips = []
    for name, bound in filters.form.fields.items():
        raw = filters.form.data.get(name, "")
        if not raw or raw == neutral.get(name) or name in filters.form.errors:
            continue
        chips.append(Chip(str(bound.label), _word(bound, raw), changed(query, **{name: neutral.get(name, "")})))
    return chips


def changed(query: QueryDict, *, drop: Collection[str] = (), **values: str) -> str:
    """Return the query string with some values replaced (empty: removed), from the beginning of the list."""
    other = query.copy()
    for name in (*PLACE, *drop):
        other.pop(name, None)
    for name, value in values.items():
        other.pop(name, None)
        if value:
            other[name] = value
    return f"?{other.urlencode()}"


def _word(bound: Any, raw: str) -> str:
    if hasattr(bound, "queryset"):
        return str(bound.clean(raw))
    choices = {str(key): str(word) for key, word in getattr(bound, "choices", [])}
    return choices.get(raw, raw)
