"""Figures that stand together: shares ("95 of 100"), ranges ("5 to 8") and changes ("from 12 to 9 minutes")."""

from __future__ import annotations

import re

from modelhub.engine.verifier.numbers import Number, find_numbers
from modelhub.engine.verifier.quantity import Quantity

_OF = re.compile(
    r"(?:\s*(?P<noun>(?!per\b|percent|points?\b|pct)[A-Za-z]+))?\s*(?:out of|of|in)\s+(?:every\s+|the\s+|our\s+|their\s+|all\s+|these\s+)?$",
    re.IGNORECASE,
)
_HAN_OF = re.compile(
    r"^(?:个|名|位|次|条|张|份|件|项)?[^\d，。；,;]{0,8}?(?:里面|里|中|当中|之中|有)[,，]?[^\d，。；,;]{0,4}?$"
)
_RANGE = re.compile(r"\s*(?:-|–|—|~|至|到|to|and)\s*$")


_NEXT = re.compile(r"\s*(?:[.,;:!?)]|$|(?:of|is|was|has|had|gets?|got|goes|went|still|now|does|did|can|could)\b)")


def _one_in(text: str, one: Number, number: Number) -> bool:
    """ "One customer in fifteen", but not "one office in three countries"."""
    between = re.fullmatch(r"(?:\s[A-Za-z]+)? in ", text[one.end : number.start])
    return bool(between) and one.value == 1 and 3 <= number.value <= 1000 and bool(_NEXT.match(text, number.end))


def _every(text: str, whole: Number, part: Number) -> bool:
    """ "Of every ten calls, it answers seven": a share told from its whole."""
    head, between = text[max(0, whole.start - 14) : whole.start], text[whole.end : part.start]
    return (
        part.value <= whole.value
        and bool(re.search(r"\b(?:of|in|for) every $", head, re.IGNORECASE))
        and bool(re.fullmatch(r"\s[^.;:]{3,60}\s", between))
        and not re.match(r"\s*(?:%|percent|[a-z]*(?:seconds?|minutes?|hours?|days?)\b)", text[part.end :])
        and not re.match(r"\s*(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)\b", text[whole.end :])
    )


def merge_shares(text: str, numbers: list[Number]) -> list[Number]:
    """Join "95 of 100", "9 out of ten" and 100次里有95次 into one share."""
    merged: list[Number] = []
    for number in numbers:
        last = merged[-1] if merged else None
        if last and not last.share and not number.share and last.value > 0 and number.value > 0:
            between = text[last.end : number.start]
            if _every(text, last, number):
                merged[-1] = _share(last.start, number.end, number.value, last.value)
                continue
            if (
                last.value <= number.value
                and number.value >= 3
                and _OF.fullmatch(between)
                and (number.value in (3, 4, 5, 10, 20, 100, 1000) or re.search(r"\b(?:out of|the|our|all)\b", between))
                and not (last.value == 1 and number.value <= 5)
            ) or _one_in(text, last, number):
                merged[-1] = _share(last.start, number.end, last.value, number.value)
                continue
            if number.value <= last.value and last.value in (5, 10, 20, 50, 100, 200, 1000) and _HAN_OF.match(between):
                merged[-1] = _share(last.start, number.end, number.value, last.value)
                continue
        merged.append(number)
    return merged


def _share(start: int, end: int, part: float, whole: float) -> Number:
    return Number(start, end, part / whole, share=True, part=part, whole=whole)


def merge_ranges(text: str, quantities: list[Quantity]) -> list[Quantity]:
    """Join "5 to 8 days" into one figure; "from 12 to 9" stays two, with roles."""
    merged: list[Quantity] = []
    for quantity in quantities:
        last = merged[-1] if merged else None
        gap = text[int(max(last.end, last.extra.get("rate_end", 0))) : quantity.start] if last else "?"
        if last and last.bound in ("exact", "ge") and _RANGE.fullmatch(gap or "?"):
            head = text[max(0, last.start - 12) : last.start + 5].lower()
            spoken = gap.strip() in ("to", "and", "到", "至")
            change = last.value > quantity.value or bool(_CHANGE.search(text[max(0, last.start - 50) : last.start]))
            if spoken and last.bound == "ge" and "between" not in head and (last.dimension != "count" or change):
                last.bound, last.low, last.high, last.role, quantity.role = (
                    "exact",
                    last.value,
                    last.value,
                    "from",
                    "to",
                )
            elif spoken and (
                (gap.strip() == "and" and "between" not in head) or ("by " in head and "between" not in head)
            ):
                pass
            elif last.dimension in (quantity.dimension, "count") and last.extra.get("rate_end") is None:
                scale = (
                    quantity.value / (find_numbers(quantity.surface) or [Number(0, 0, quantity.value)])[-1].value
                    if last.dimension != quantity.dimension
                    else 1.0
                )
                quantity.low, quantity.high = last.value * scale, quantity.value
                quantity.value, quantity.bound, quantity.start = quantity.high, "range", last.start
                quantity.surface = text[quantity.start : quantity.end].strip()
                merged[-1] = quantity
                continue
        merged.append(quantity)
    return merged


_CHANGE = re.compile(
    r"\b(?:fell|fall\w*|rose|rise\w*|cut|cuts|went|drop\w*|grew|grow\w*|increas\w*|decreas\w*|reduc\w*|improv\w*|down|up|brought|rais\w*|lower\w*|shrank|climb\w*|jump\w*|took|takes?|bring\w*|lift\w*|push\w*|mov\w+)\b|[升降减增涨跌]",
    re.IGNORECASE,
)


def _adopt_units(text: str, quantities: list[Quantity]) -> None:
    """ "9 minutes instead of 12": the bare figure takes the other's unit."""
    for quantity in quantities:
        if quantity.dimension not in ("count", "score") or not quantity.role:
            continue
        if re.match(r"\s+[a-z]{4,}", text[quantity.end :]) and not re.match(
            r"\s+(?:during|in|on|at|with|after|when|for|within|per)\b", text[quantity.end :]
        ):
            continue
        counted = next((q for q in quantities if q is not quantity and q.dimension == "count" and q.role), None)
        if counted is None and quantity.counted:
            continue
        if counted is not None:
            figure = find_numbers(counted.surface)
            scale = counted.value / figure[-1].value if figure and figure[-1].value else 1.0
            source, target = (counted, quantity) if counted.per else (quantity, counted)
            if source.per and not target.per:
                figure = find_numbers(source.surface)
                target.value *= source.value / figure[-1].value if figure and figure[-1].value else scale
                target.per = source.per
                target.close()
            continue
        measured = ("time", "ratio", "eur", "usd", "cny", "bytes", "workday")
        others = [q for q in quantities if q is not quantity and q.dimension in measured]
        other = min(others, key=lambda q: abs(q.start - quantity.start), default=None)
        if other:
            figure = find_numbers(other.surface)
            scale = other.value / figure[0].value if figure and figure[0].value else 1.0
            quantity.dimension, quantity.value, quantity.per = other.dimension, quantity.value * scale, other.per
            quantity.close()


_CHANGE_FROM = re.compile(r"(?:从|由)\s*(?:每[年月周天日小时分钟]{1,2})?\s*$")
_CHANGE_TO = re.compile(
    r"(?:(?<![A-Za-z])to|降到|降至|升到|升至|缩短到|缩短至|减少到|减到|减至|提高到|提升到|提升至|提高至|变为|变成|增至|增加到|涨到|到|至)\s*$"
)
_INSTEAD = re.compile(r"(?:instead of|rather than|down from|up from|而不是|而非|原来的?|之前的?)\s*$")


def drop_rate_words(quantities: list[Quantity]) -> list[Quantity]:
    """Leave out the "one" of 一个月190元 and "an hour of audio costs": it is the rate's, not a figure."""
    starts = [(q.extra["per_start"], q.start) for q in quantities if "per_start" in q.extra]
    return [q for q in quantities if not any(s <= q.start and q.end <= e for s, e in starts)]


def roles(text: str, quantities: list[Quantity]) -> None:
    """Mark what a figure was ("from", "instead of") and what it became ("to")."""
    for quantity in quantities:
        head = text[max(0, quantity.start - 12) : quantity.start]
        if quantity.dimension != "times" and (_INSTEAD.search(head) or _CHANGE_FROM.search(head)):
            quantity.role = "from"
        elif not quantity.role and _CHANGE_TO.search(head):
            quantity.role = "to"
        if quantity.role == "from" and quantity.bound == "ge":
            quantity.bound = "exact"
            quantity.close()
    _adopt_units(text, quantities)
    if any(q.role == "from" for q in quantities):
        for quantity in quantities:
            if quantity.role == "from" or not any(
                q.role == "from" and q.dimension == quantity.dimension for q in quantities
            ):
                continue
            quantity.role = "to"
    else:
        for quantity in quantities:
            quantity.role = ""
