"""The form that labels a text: a toggle with a key of its own for each need, and the quotes; shared by queue and example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from core.models import Need
from modelhub.services import examples

KEYS = "1234567890abcdefghijklmnopqrtuvwxyz,.-="  # every key for a need but s, which skips


@dataclass(frozen=True, slots=True)
class Toggle:
    """A need that can be switched on and off by mouse or by its key; `state` is "found", "near", "yes", "no" or ""."""

    need: str
    name: str
    key: str
    on: bool
    state: str = ""
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a need before the person speaks."""

    on: bool
    state: str
    probability: float | None = None


def context(
    text: str, known: Mapping[str, Known], spans: examples.Spans, posted: QueryDict | None = None
) -> dict[str, Any]:
    """What the form's template needs; `posted` is what a person typed that could not be saved."""
    needs = list(Need.objects.filter(active=True))
    names = {need.key: need.name for need in Need.objects.all()}
    order = [need for need in known if need in names] + [need.key for need in needs if need.key not in known]
    chosen = set(posted.getlist("need")) if posted is not None else {need for need, row in known.items() if row.on}
    keys = dict(zip(order, KEYS, strict=False))
    toggles = [_toggle(need, names[need], keys.get(need, ""), need in chosen, known.get(need)) for need in order]
    quotes = _quotes(text, spans, posted)
    lit: dict[str, list[list[int]]] = {}
    for quote in quotes:
        lit.setdefault(quote["need"], []).append([quote["start"], quote["end"]])
    return {
        "text": text,
        "stretches": examples.stretches(text, lit),
        "toggles": [toggle for toggle in toggles if toggle.state],
        "others": [toggle for toggle in toggles if not toggle.state],
        "quotes": [{**quote, "name": names.get(quote["need"], quote["need"])} for quote in quotes],
        "names": names,
        "words": posted.get("words", "") if posted is not None else "",
        "words_need": posted.get("words_need", "") if posted is not None else "",
    }


def said(text: str, posted: QueryDict) -> examples.Answer:
    """What was posted as an answer. Raises ValidationError."""
    return examples.answer(
        text,
        needs=posted.getlist("need"),
        quotes=posted.getlist("quote"),
        words=posted.get("words", ""),
        words_need=posted.get("words_need", ""),
        unjudged=posted.getlist("unjudged"),
    )


def _toggle(need: str, name: str, key: str, on: bool, known: Known | None) -> Toggle:
    return Toggle(need, name, key, on, known.state if known else "", known.probability if known else None)


def _quotes(text: str, spans: examples.Spans, posted: QueryDict | None) -> list[dict[str, Any]]:
    pairs: Sequence[tuple[str, int, int]]
    if posted is None:
        pairs = [(need, int(a), int(b)) for need, found in spans.items() for a, b in found]
    else:
        pairs = [parts for quote in posted.getlist("quote") if (parts := _read(quote, len(text)))]
    return [
        {"need": need, "start": a, "end": b, "text": text[a:b]}
        for need, a, b in sorted(pairs, key=lambda parts: parts[1:])
    ]


def _read(quote: str, length: int) -> tuple[str, int, int] | None:
    need, *places = quote.split(":")
    if len(places) != 2 or not all(place.isdecimal() and len(place) < 9 for place in places):
        return None
    start, end = int(places[0]), int(places[1])
    return (need, start, end) if start < end <= length else None
