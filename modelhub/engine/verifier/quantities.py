"""Figures of a text with unit, bound and rate, brought to base units so that they can be compared."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from modelhub.engine.verifier.bounds import bound_after, bound_before, follows_in
from modelhub.engine.verifier.numbers import Number, find_numbers
from modelhub.engine.verifier.units import MONEY, PERIODS, SYMBOL, UNIT, currency, unit_of
from modelhub.engine.verifier.words import stem

Per = tuple[tuple[str, str], ...]
"""What a figure is counted per: (("time", ""), ("count", "user")) for "a user and month"."""

_PERIOD = "|".join(sorted((p for p in PERIODS if p.isascii()), key=len, reverse=True))
_HAN_PERIOD = "|".join(sorted((p for p in PERIODS if not p.isascii()), key=len, reverse=True))
_PER = re.compile(
    rf"\s*(?:(?:,?\s*and\s+)?(?:per|/|for (?:each|every|one|a|an)|each|every)\s*|(?:and|,)\s+(?=(?:{_PERIOD})\b)|an?\s+)"
    rf"(?:single\s+|audio\s+|named\s+|additional\s+|started\s+)?(?P<what>[A-Za-z]+)",
    re.IGNORECASE,
)
_ADVERB = re.compile(r"\s*(?P<what>monthly|yearly|annually|daily|hourly|weekly|quarterly|nightly)\b", re.IGNORECASE)
_COUNTED_PER = re.compile(
    rf"(?P<noun>(?:[\s-]+(?!and\b|or\b|in\b|on\b|at\b|with\b|for\b|from\b|is\b|are\b)[A-Za-z-]+){{1,4}}?)(?:\s+(?:per|each|every|on an?(?: \w+)?|an?)\s+|\s*/\s*)(?!night)(?P<what>{_PERIOD})\b(?!\s+of)",
    re.IGNORECASE,
)
_COUNTED_ADVERB = re.compile(
    r"(?P<noun>\s+[A-Za-z-]+)\s+(?P<what>monthly|yearly|annually|daily|hourly)\b", re.IGNORECASE
)
_HAN_RATE = re.compile(rf"(?:每|一个?|/)(?P<what>{_HAN_PERIOD})[^\d，。；、,;（(]{{0,14}}?$")
_HAN_PER = re.compile(r"每(?:个|名|位|台|张|页|次|条|份|万|千|百)?(?P<what>[人用户席位页字词台张次份分钟小时户]{1,3})")
_HAN_SLASH = re.compile(rf"\s*/\s*(?:每)?(?P<what>{_HAN_PERIOD}|人|席位|用户|页|次|张)")
_HAN_CLASSIFIER = re.compile(
    r"(?:多|余)?(?P<class>[个名位家张页次条份件台套种款路项人字轮层步层组单户道座所幅笔段](?!作日|月|小时|百分))"
)
_SUBJECT_PER = re.compile(
    rf"(?:^|[\s,;:])(?:an?|one|each|every|per)\s+(?P<what>{_PERIOD}|[a-z]+)(?:\s+of\s+[\w\s]{{1,40}}?)?\s+(?:costs?|comes? to|is priced|is billed|takes|needs)(?:\s+(?:from|at least|up to|about|only|just))?\s*$",
    re.IGNORECASE,
)
_PRICED = re.compile(
    r"\b(?P<what>annual|yearly|monthly|weekly|daily|hourly|quarterly)\s+(?:\w+\s+)?(?:price|fee|cost|charge|rate|subscription|licence|license|bill|payment)s?\b[^.;,]{0,30}$",
    re.IGNORECASE,
)
_HAN_FEE = re.compile(r"(?P<what>年|月|日|周)(?:费|价|租|付)(?:用)?(?:为|是|仅|只要|一共)?$")
_OF = re.compile(
    r"(?:\s*(?P<noun>[A-Za-z]+))?\s*(?:out of|of|in)\s+(?:every\s+|the\s+|our\s+|their\s+|all\s+|these\s+)?$",
    re.IGNORECASE,
)
_HAN_OF = re.compile(
    r"^(?:个|名|位|次|条|张|份|件|项)?[^\d，。；,;]{0,8}?(?:里面|里|中|当中|之中|有)[^\d，。；,;]{0,4}?$"
)
_RANGE = re.compile(r"\s*(?:-|–|—|~|至|到|to|and)\s*$")
_PERCENTILE = re.compile(
    r"\b(?P<a>\d{2}(?:\.\d+)?)(?:st|nd|rd|th)[\s-]percentile|\bp(?P<b>\d{2}(?:\.\d+)?)\b(?!\s?(?:gpu|card))|第?\s?(?P<c>\d{2}(?:\.\d+)?)\s?(?:百分位|分位)", re.IGNORECASE
)  # fmt: skip


@dataclass(slots=True)
class Quantity:
    """A figure: everything between `low` and `high` (base units of `dimension`) is what it says."""

    start: int
    end: int
    value: float
    dimension: str
    bound: str = "exact"
    low: float = 0.0
    high: float = 0.0
    per: Per = ()
    counted: frozenset[str] = frozenset()
    surface: str = ""
    spelt: bool = False
    within: bool = False
    percentile: bool = False
    context: frozenset[str] = frozenset()
    role: str = ""
    extra: dict[str, float] = field(default_factory=dict)

    def close(self) -> Quantity:
        """Fill in low and high from value and bound."""
        low, high = {
            "exact": (self.value, self.value), "upto": (0.0, self.value), "le": (0.0, self.value), "lt": (0.0, self.value),
            "ge": (self.value, math.inf), "gt": (self.value, math.inf), "approx": (self.value * 0.9, self.value * 1.1),
            "range": (self.low, self.high),
        }[self.bound]  # fmt: skip
        self.low, self.high = low, high
        return self


def _per_period(quantity: Quantity, what: str) -> bool:
    """Turn the figure into a rate for a period word or a counted noun; False if `what` is neither."""
    word = what.lower()
    period = PERIODS.get(word) or PERIODS.get(word.removesuffix("s"))
    if period:
        if not any(kind == "time" for kind, _ in quantity.per):
            quantity.value /= period
            quantity.extra["period"] = period
            quantity.per += (("time", ""),)
        return True
    if word in (
        "time",
        "moment",
        "lot",
        "few",
        "further",
        "new",
        "separate",
        "half",
        "quarter",
        "third",
        "single",
        "better",
        "year-long",
    ):
        return False
    quantity.per += (("count", stem(word)),)
    return True


def _rates(text: str, quantity: Quantity) -> None:
    while match := _PER.match(text, quantity.end):
        bare_article = bool(re.match(r"\s*an?\s", match.group(), re.IGNORECASE))
        if bare_article and not (quantity.dimension in MONEY or match["what"].lower() in PERIODS):
            break
        if quantity.dimension in ("time", "workday") and bare_article and match["what"].lower() not in PERIODS:
            break
        if not _per_period(quantity, match["what"]):
            break
        quantity.end = match.end()
    adverb = _ADVERB.match(text, quantity.end) if quantity.dimension in MONEY else None
    if adverb:
        _per_period(quantity, adverb["what"])
        quantity.end = adverb.end()
    slash = _HAN_SLASH.match(text, quantity.end)
    while slash:
        _per_period(quantity, slash["what"])
        quantity.end = slash.end()
        slash = _HAN_SLASH.match(text, quantity.end)


def _rates_before(text: str, quantity: Quantity) -> None:
    head = text[max(0, quantity.start - 28) : quantity.start]
    if quantity.dimension in MONEY and (
        adjective := _PRICED.search(text[max(0, quantity.start - 60) : quantity.start])
    ):
        _per_period(quantity, adjective["what"])
    if quantity.dimension in MONEY and (han := _HAN_FEE.search(head)):
        _per_period(quantity, han["what"])
    if quantity.dimension in MONEY and not quantity.per:
        match = _SUBJECT_PER.search(text[max(0, quantity.start - 80) : quantity.start])
        if match:
            _per_period(quantity, match["what"])
    if quantity.dimension in (*MONEY, "count", "bytes", "length", "work"):
        match = _HAN_RATE.search(head)
        if match and quantity.value != 1:
            quantity.extra["per_start"] = quantity.start - len(head) + match.start()
            _per_period(quantity, match["what"])
        each = (
            list(_HAN_PER.finditer(head.replace("每" + match["what"], "") if match else head))
            if quantity.value != 1
            else []
        )
        if each and each[-1]["what"] not in PERIODS:
            quantity.per += (("count", each[-1]["what"]),)


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
        r"[之位别类员置于期期度]", tail
    ):
        return False
    if unit == "位" and not re.match(r"(?:量化|精度|整数|浮点)", text[match.end() :]):
        return False
    if unit.lower() == "point" and number.value == 1:
        return False
    dimension, factor = unit_of(unit)
    if number.share and dimension in ("ratio", "pp", "times"):
        return False
    if (
        dimension == "times"
        and unit.lower() in ("time", "times")
        and re.match(r"\s+(?:a|per|each|every)\s", text[match.end() :])
    ):
        return False
    quantity.dimension, quantity.end = dimension, match.end()
    quantity.value = number.value * factor
    if unit.endswith(("小时", "年", "月", "天")) and text[match.end() : match.end() + 1] == "半":
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
            _per_period(quantity, match["what"])
            quantity.extra["rate_end"] = match.end()
            quantity.extra["rate_start"] = match.end("noun")
            break
    while quantity.extra.get("rate_end") and (more := _PER.match(text, int(quantity.extra["rate_end"]))):
        if not _per_period(quantity, more["what"]):
            break
        quantity.extra["rate_end"] = more.end()


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
        r"\b(?:if|when|unless|provided|once|as long as)\b[^.;]*$|(?:如果|若|只要|只有|合同期?|满)[^，。；]*$",
        text[:start],
        re.IGNORECASE,
    ):
        quantity.extra["limits"] = 1.0
    after, end = bound_after(text, quantity.end)
    if kind == "exact" and after == "exact" and quantity.dimension == "time" and follows_in(text, quantity.start):
        quantity.within = True
    if kind in ("exact", "approx") and after != "exact":
        kind = after
    quantity.end = max(quantity.end, end if after != "exact" else quantity.end)
    quantity.start, quantity.bound = start, kind
    return quantity.close()


def _read(text: str, number: Number) -> Quantity:
    quantity = Quantity(number.start, number.end, number.value, "count", spelt=number.spelt)
    if _money(text, number, quantity) or _unit(text, number, quantity):
        quantity.surface = text[quantity.start : quantity.end].strip()
    else:
        _count(text, number, quantity)
        quantity.surface = text[number.start : quantity.end].strip()
    _rates(text, quantity)
    _rates_before(text, quantity)
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
    rf"\s*(?:times?|次)\s*(?:a|an|per|each|every|/|every single)?\s*(?P<what>{_PERIOD}|{_HAN_PERIOD})?\b", re.IGNORECASE
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


def _merge_shares(text: str, numbers: list[Number]) -> list[Number]:
    """Join "95 of 100", "9 out of ten" and 100次里有95次 into one share."""
    merged: list[Number] = []
    for number in numbers:
        last = merged[-1] if merged else None
        if last and not last.share and not number.share and last.value > 0 and number.value > 0:
            between = text[last.end : number.start]
            if (
                last.value <= number.value
                and number.value >= 3
                and _OF.fullmatch(between)
                and number.value in (3, 4, 5, 10, 20, 100, 1000)
            ):
                merged[-1] = Number(last.start, number.end, last.value / number.value, share=True)
                continue
            if number.value <= last.value and last.value in (10, 100, 1000) and _HAN_OF.match(between):
                merged[-1] = Number(last.start, number.end, number.value / last.value, share=True)
                continue
        merged.append(number)
    return merged


def _merge_ranges(text: str, quantities: list[Quantity]) -> list[Quantity]:
    merged: list[Quantity] = []
    for quantity in quantities:
        last = merged[-1] if merged else None
        gap = text[int(max(last.end, last.extra.get("rate_end", 0))) : quantity.start] if last else "?"
        if last and last.bound in ("exact", "ge") and _RANGE.fullmatch(gap or "?"):
            head = text[max(0, last.start - 9) : last.start + 5].lower()
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
            elif spoken and ((gap.strip() == "and" and "between" not in head) or "by " in head):
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
    r"\b(?:fell|fall\w*|rose|rise\w*|cut|cuts|went|drop\w*|grew|grow\w*|increas\w*|decreas\w*|reduc\w*|improv\w*|down|up|brought|rais\w*|lower\w*|shrank|climb\w*|jump\w*)\b|[升降减增涨跌]",
    re.IGNORECASE,
)


def _adopt_units(text: str, quantities: list[Quantity]) -> None:
    """ "9 minutes instead of 12": the bare figure takes the other's unit."""
    for quantity in quantities:
        if quantity.dimension != "count" or not quantity.role:
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
        other = next(
            (
                q
                for q in quantities
                if q is not quantity and q.dimension in ("time", "ratio", "eur", "usd", "cny", "bytes", "workday")
            ),
            None,
        )
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


def _drop_rate_words(quantities: list[Quantity]) -> list[Quantity]:
    """Leave out the "one" of 一个月190元 and "an hour of audio costs": it is the rate's, not a figure."""
    starts = [(q.extra["per_start"], q.start) for q in quantities if "per_start" in q.extra]
    return [q for q in quantities if not any(s <= q.start and q.end <= e for s, e in starts)]


def _roles(text: str, quantities: list[Quantity]) -> None:
    for quantity in quantities:
        head = text[max(0, quantity.start - 12) : quantity.start]
        if _INSTEAD.search(head) or _CHANGE_FROM.search(head):
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
    others = [_read(text, number) for number in _merge_shares(text, numbers)]
    others = _merge_ranges(text, _drop_rate_words(others))
    _roles(text, others)
    return sorted(quantities + others, key=lambda q: q.start)
