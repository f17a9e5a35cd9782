"""What a figure is counted per: "a user and month", 每小时, "an hour of audio costs"."""

from __future__ import annotations

import re

from modelhub.engine.verifier.quantity import Quantity
from modelhub.engine.verifier.units import MONEY, PERIODS
from modelhub.engine.verifier.words import stem

PERIOD = "|".join(sorted((p for p in PERIODS if p.isascii()), key=len, reverse=True))
HAN_PERIOD = "|".join(sorted((p for p in PERIODS if not p.isascii()), key=len, reverse=True))
PER = re.compile(
    rf"\s*(?:(?:,?\s*and\s+)?(?:per|/|for (?:each|every|one|a|an)|each|every)\s*|(?:and|,)\s+(?=(?:{PERIOD})\b)|an?\s+)"
    rf"(?:single\s+|audio\s+|named\s+|additional\s+|started\s+)?(?P<what>[A-Za-z]+)",
    re.IGNORECASE,
)
_ADVERB = re.compile(r"\s*(?P<what>monthly|yearly|annually|daily|hourly|weekly|quarterly|nightly)\b", re.IGNORECASE)
_HAN_RATE = re.compile(rf"(?:每|一个?|/)(?P<what>{HAN_PERIOD})[^\d，。；、,;（(]{{0,14}}?$")
_HAN_PER = re.compile(r"每(?:个|名|位|台|张|页|次|条|份|万|千|百)?(?P<what>[人用户席位页字词台张次份分钟小时户]{1,3})")
_HAN_SLASH = re.compile(rf"\s*/\s*(?:每)?(?P<what>{HAN_PERIOD}|人|席位|用户|页|次|张)")
_SUBJECT_PER = re.compile(
    rf"(?:^|[\s,;:])(?:an?|one|each|every|per)\s+(?P<what>{PERIOD}|[a-z]+)(?:\s+of\s+[\w\s]{{1,40}}?)?\s+(?:costs?|comes? to|is priced|is billed|takes|needs)(?:\s+(?:from|at least|up to|about|only|just))?\s*$",
    re.IGNORECASE,
)
_PRICED = re.compile(
    r"\b(?P<what>annual|yearly|monthly|weekly|daily|hourly|quarterly)\s+(?:\w+\s+)?(?:price|fee|cost|charge|rate|subscription|licence|license|bill|payment)s?\b[^.;,]{0,30}$",
    re.IGNORECASE,
)
_HAN_FEE = re.compile(r"(?P<what>年|月|日|周)(?:费|价|租|付)(?:用)?(?:为|是|仅|只要|一共)?$")


def per_period(quantity: Quantity, what: str) -> bool:
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


def rates(text: str, quantity: Quantity) -> None:
    """Read what follows the figure: "per user and month", "a word", "/小时"."""
    while match := PER.match(text, quantity.end):
        bare_article = bool(re.match(r"\s*an?\s", match.group(), re.IGNORECASE))
        if bare_article and not (quantity.dimension in MONEY or match["what"].lower() in PERIODS):
            break
        if quantity.dimension in ("time", "workday") and bare_article and match["what"].lower() not in PERIODS:
            break
        if not quantity.per and re.match(r"\s*(?:and|,)\s", match.group()):
            break  # "within 30 minutes, day and night" is no rate
        if not per_period(quantity, match["what"]):
            break
        quantity.end = match.end()
    adverb = _ADVERB.match(text, quantity.end) if quantity.dimension in MONEY else None
    if adverb:
        per_period(quantity, adverb["what"])
        quantity.end = adverb.end()
    slash = _HAN_SLASH.match(text, quantity.end)
    while slash:
        per_period(quantity, slash["what"])
        quantity.end = slash.end()
        slash = _HAN_SLASH.match(text, quantity.end)


def rates_before(text: str, quantity: Quantity) -> None:
    """Read what stands before the figure: 每小时, "an hour of audio costs", "the annual price is"."""
    head = text[max(0, quantity.start - 28) : quantity.start]
    if quantity.dimension in MONEY and (
        adjective := _PRICED.search(text[max(0, quantity.start - 60) : quantity.start])
    ):
        per_period(quantity, adjective["what"])
    if quantity.dimension in MONEY and (han := _HAN_FEE.search(head)):
        per_period(quantity, han["what"])
    if quantity.dimension in MONEY and not quantity.per:
        match = _SUBJECT_PER.search(text[max(0, quantity.start - 80) : quantity.start])
        if match:
            per_period(quantity, match["what"])
    if quantity.dimension in (*MONEY, "count", "bytes", "length", "work"):
        match = _HAN_RATE.search(head)
        if match and quantity.value != 1:
            quantity.extra["per_start"] = quantity.start - len(head) + match.start()
            per_period(quantity, match["what"])
        each = (
            list(_HAN_PER.finditer(head.replace("每" + match["what"], "") if match else head))
            if quantity.value != 1
            else []
        )
        if each and each[-1]["what"] not in PERIODS:
            quantity.per += (("count", each[-1]["what"]),)
