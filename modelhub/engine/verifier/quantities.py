"""Figures of a text with unit, bound and rate, brought to base units so that they can be compared."""

from __future__ import annotations

import re
from collections.abc import Callable

from modelhub.engine.verifier.bounds import bound_after, bound_before, follows_in
from modelhub.engine.verifier.numbers import Number, find_numbers
from modelhub.engine.verifier.quantity import Quantity
from modelhub.engine.verifier.ranges import drop_rate_words, merge_ranges, merge_shares, roles
from modelhub.engine.verifier.rates import HAN_PERIOD, PER, PERIOD, per_period, rates, rates_before
from modelhub.engine.verifier.units import PERIODS, SYMBOL, UNIT, currency, unit_of

_COUNTED_PER = re.compile(
    rf"(?P<noun>(?:[\s-]+(?!and\b|or\b|in\b|on\b|at\b|with\b|for\b|from\b|is\b|are\b)[A-Za-z-]+){{1,4}}?)(?:\s+(?:per|each|every|on an?(?: \w+)?|an?)\s+|\s*/\s*)(?!night)(?P<what>{PERIOD})\b",
    re.IGNORECASE,
)
_COUNTED_ADVERB = re.compile(
    r"(?P<noun>\s+[A-Za-z-]+)\s+(?P<what>monthly|yearly|annually|daily|hourly)\b", re.IGNORECASE
)
_HAN_CLASSIFIER = re.compile(
    r"(?:多|余)?(?P<class>[个名位家张页次条份件台套种款路项人字轮层步层组单户道座所幅笔段](?!作日|月|小时|百分))"
)
_PERCENTILE = re.compile(
    r"\b(?P<a>\d{2}(?:\.\d+)?)(?:st|nd|rd|th)[\s-]percentile|\bp(?P<b>\d{2}(?:\.\d+)?)\b(?!\s?(?:gpu|card))|第?\s?(?P<c>\d{2}(?:\.\d+)?)\s?(?:百分位|分位)", re.IGNORECASE
)  # fmt: skip


def _money(text: str, number: Number, quantity: Quantity) -> bool:
    symbol = SYMBOL.search(text[max(0, number.start - 4) : number.start])
    if symbol:
        quantity.dimension = currency(symbol["symbol"])
        quantity.start = number.start - (min(4, number.start) - symbol.start())
        quantity.end = number.end
        return True
    return False


def _unit(text: str, number: Number, quantity: Quantity) -> bool:
    match = UNIT.match(text, number.end)
    if not match:
        return False
    unit = match["unit"]
    tail = text[match.end() : match.end() + 2]
    if unit in ("年", "月", "日") and re.match(r"\d", tail) and (number.value > 1900 or unit != "年"):
        return False
    if unit in ("分", "位", "周", "季", "度", "块", "毛", "角", "m", "s", "h", "g", "x", "w", "pp") and re.match(
        r"[之位别类员置于期度析配享割段]", tail
    ):
        return False
    if unit == "分" and re.search(r"[得评打拿考满]了?\s?$", text[: number.start]):
        return False  # 得82分 are points
    if unit == "位" and not re.match(r"(?:量化|精度|整数|浮点)", text[match.end() :]):
        return False
    if unit.lower() == "point" and number.value == 1:
        return False
    if len(unit) <= 2 and unit.isupper() and unit.lower() in ("s", "h", "hr", "m", "g", "d", "x", "ct"):
        return False
    dimension, factor = unit_of(unit)
    if number.share and (dimension in ("ratio", "pp", "times") or not number.spelt):
        return False
    if (
        dimension == "times"
        and unit.lower() in ("time", "times")
        and re.match(r"\s+(?:a|per|each|every)\s", text[match.end() :])
    ):
        return False
    quantity.dimension, quantity.end = dimension, match.end()
    quantity.value = number.value * factor
    if (
        unit.endswith(("小时", "年", "月", "天", "秒", "分", "周", "倍", "块", "分钟"))
        and text[match.end() : match.end() + 1] == "半"
    ):
        quantity.value += 0.5 * factor
        quantity.end += 1
    return True


def _count(text: str, number: Number, quantity: Quantity) -> None:
    quantity.dimension = "ratio" if number.share else "count"
    quantity.end = number.end
    if number.share:
        return
    classifier = _HAN_CLASSIFIER.match(text, number.end)
    if classifier:
        quantity.end = classifier.end()
        if classifier.group()[0] in "多余":
            quantity.bound = "gt"
        if classifier["class"] in "页张人次字":
            quantity.counted = frozenset((classifier["class"],))
    for pattern in (_COUNTED_PER, _COUNTED_ADVERB):
        match = pattern.match(text, number.end)
        if match and len(find_numbers(match["noun"])) == 0:
            per_period(quantity, match["what"])
            quantity.extra["rate_end"] = match.end()
            quantity.extra["rate_start"] = match.end("noun")
            break
    while quantity.extra.get("rate_end") and (more := PER.match(text, int(quantity.extra["rate_end"]))):
        if not per_period(quantity, more["what"]):
            break
        quantity.extra["rate_end"] = more.end()


_DENIAL = re.compile(
    r"(?:\b(?:not|never|nobody|no one|nothing|none|cannot|without)\b|\b\w+n't\b)[^,.;:!?]{0,34}$"
    r"|(?:不会|不能|不可|不得|不必|不用|没有?|无法|无需|从未|从不|[加出放装存]不了|[加放装存]不下)[^，。；,;]{0,8}$",
    re.IGNORECASE,
)


def _denied(head: str) -> bool:
    """Whether the bound that follows is denied: "won't take more than 90 seconds" says at most."""
    match = _DENIAL.search(head)
    return match is not None and not re.search(
        r"\b(?:if|because|unless|that|which|who|but|and)\b|如果|的[^，]*$", match.group()
    )


def _bounded(text: str, quantity: Quantity) -> Quantity:
    kind, start = bound_before(text, quantity.start)
    kind = quantity.bound if kind == "exact" else kind
    if re.match(
        r"(?:larger|bigger|smaller|longer|shorter|thicker|wider|older|thinner|cheaper) than",
        text[start : start + 14],
        re.IGNORECASE,
    ):
        quantity.extra["limits"] = 1.0
    if re.search(
        r"\b(?:if|when|unless|provided|once|as long as)\b[^.;]*$|(?:如果|若|只要|只有|合同期限?|满)[^，。；]{0,6}$",
        text[:start],
        re.IGNORECASE,
    ):
        quantity.extra["limits"] = 1.0
    after, end = bound_after(text, quantity.end)
    if kind == "exact" and after == "exact" and quantity.dimension == "time" and follows_in(text, quantity.start):
        quantity.within = True
    if kind in ("exact", "approx") and after != "exact":
        kind = after
    if kind == "exact" and re.search(r"\b(?:for|at)\s*$", text[:start], re.IGNORECASE):
        quantity.extra["case"] = 1.0
    if kind in ("gt", "ge", "lt", "le") and _denied(text[:start]):
        kind = {"gt": "le", "ge": "lt", "lt": "ge", "le": kind}[kind]
        quantity.extra["denied"] = 1.0
    quantity.end = max(quantity.end, end if after != "exact" else quantity.end)
    quantity.start, quantity.bound = start, kind
    return quantity.close()


def _read(text: str, number: Number) -> Quantity:
    quantity = Quantity(number.start, number.end, number.value, "count", spelt=number.spelt)
    if number.whole:
        quantity.extra |= {"part": number.part, "whole": number.whole}
    if _money(text, number, quantity) or _unit(text, number, quantity):
        quantity.surface = text[quantity.start : quantity.end].strip()
    else:
        _count(text, number, quantity)
        quantity.surface = text[number.start : quantity.end].strip()
    rates(text, quantity)
    rates_before(text, quantity)
    _frequency(text, number, quantity)
    if (
        quantity.dimension == "count"
        and number.value % 1
        and not number.spelt
        and not quantity.per
        and number.value < 1000
        and not quantity.counted
    ):
        quantity.dimension = "score"
    _bounded(text, quantity)
    quantity.surface = text[quantity.start : quantity.end].strip(" ,-")
    return quantity


_EVERY = re.compile(r"(?:\b(?:every|each)|每隔?)\s*(?:other\s*)?$", re.IGNORECASE)
_TIMES_PER = re.compile(
    rf"\s*(?:times?|次)(?:\s+(?:an?|per|each|every|every single)\s+|\s*/\s*|\s*)(?P<what>{PERIOD}|{HAN_PERIOD})?\b",
    re.IGNORECASE,
)


def _frequency(text: str, number: Number, quantity: Quantity) -> None:
    """ "Every five minutes", "twelve times an hour", 每5分钟: times a second."""
    every = _EVERY.search(text[max(0, quantity.start - 10) : quantity.start])
    if every and quantity.dimension == "time" and quantity.value > 0:
        quantity.start -= min(10, quantity.start) - every.start()
        quantity.dimension, quantity.value, quantity.per = "often", 1 / quantity.value, ()
        return
    times = _TIMES_PER.match(text, number.end)
    if times and quantity.dimension in ("times", "count"):
        period = PERIODS.get((times["what"] or "").lower())
        if period:
            quantity.dimension, quantity.value, quantity.per, quantity.end = (
                "often",
                number.value / period,
                (),
                times.end(),
            )
        elif (
            times.group().strip() == "次"
            and not re.search(r"[从到至了少多达]\s*$", text[: number.start])
            and ("time", "") in quantity.per
        ):
            quantity.dimension, quantity.per, quantity.end = "often", (), times.end()


def _percentiles(text: str) -> list[Quantity]:
    found = []
    for match in _PERCENTILE.finditer(text):
        value = float(match["a"] or match["b"] or match["c"]) / 100
        found.append(
            Quantity(match.start(), match.end(), value, "ratio", surface=match.group(), percentile=True).close()
        )
    return found


def find_quantities(text: str, taken: Callable[[int, int], bool]) -> list[Quantity]:
    """All figures of a text in order; `taken(start, end)` tells which stretches are names or dates."""
    quantities = _percentiles(text)
    spans = [(q.start, q.end) for q in quantities]
    numbers = [
        n for n in find_numbers(text)
        if not taken(n.start, n.end) and not any(s < n.end and n.start < e for s, e in spans)
    ]  # fmt: skip
    others: list[Quantity] = []
    for number in merge_shares(text, numbers):
        if not (others and number.start < others[-1].end and text[number.start] == "半"):  # 三倍半 is one figure
            others.append(_read(text, number))
    others = merge_ranges(text, drop_rate_words(others))
    roles(text, others)
    return sorted(quantities + others, key=lambda q: q.start)
