"""Dates, quarters, years and times of day, and what relation a sentence gives them (since, by, until …)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = "|".join(
    [*(m.capitalize() for m in _MONTHS), *(m.capitalize()[:3] + r"\.?" for m in _MONTHS if m != "may"), "Sept"]
)
_ORDINAL = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "last": 4}
_ORDINAL |= {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4, "上": 1, "下": 2}
_YEAR = r"(?:19|20)\d\d"

DATE = re.compile(
    rf"""(?P<iso>\b{_YEAR}-\d\d(?:-\d\d)?\b)
    |(?P<han>{_YEAR}年(?:\d{{1,2}}月(?:\d{{1,2}}日)?|(?:第?[一二三四1-4])季度|[上下]半年|[一二三四]季度)?)
    |(?P<hanq>(?:第?[一二三四]|Q[1-4])季度)|(?P<hanm>(?<!\d)\d{{1,2}}月(?:\d{{1,2}}日)?(?!内))
    |(?:\b(?:the\s)?(?:(?P<ord>first|second|third|fourth|last|1st|2nd|3rd|4th)\s(?P<piece>quarter|half)(?:\s(?:of\s)?(?P<oy>{_YEAR}))?))
    |\b(?P<q>Q[1-4]|H[12])\b(?:[\s/]*(?P<qy>{_YEAR}))?|(?P<yq>\b{_YEAR})[\s/-]?(?P<q2>Q[1-4]|H[12])\b
    |\b(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s(?:of\s)?)?(?P<m>{_MONTH})\b(?:\s(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:))?(?:,?\s(?:of\s)?(?P<my>{_YEAR})\b)?
    |\b(?P<y>{_YEAR})\b(?!\s?(?:[a-z]*\s)?(?:pages|users|tickets|calls|words|requests|documents|seats|hours|images|parts|lines|tokens|files|servers|samples|hospitals|customers|companies|employees|[%€$]))(?![,.]\d|[个名家张页台条份万元欧])""",
    re.VERBOSE,
)
RELATIVE = re.compile(
    r"\b(?:next|this|last|coming|following) (?:week|month|quarter|year|spring|summer|autumn|winter|monday|tuesday|wednesday|thursday|friday)\b|\bend of (?:the|this) year\b"
    r"|\btomorrow\b|\bsoon\b|今年|明年|去年|后年|下(?:个)?季度|本季度|下(?:个)?月|本月|下周|本周|年底|年内|不久|即将|近期",
    re.IGNORECASE,
)  # fmt: skip
_RELATION = [
    ("since", re.compile(r"(?:since|from|as of)\s*(?:the\s)?(?:start of\s)?$|自(?:从)?$", re.IGNORECASE)),
    ("until", re.compile(r"(?:until|till|through|up to)\s*(?:the\s)?(?:end of\s)?$|截至$|截止$", re.IGNORECASE)),
    ("by", re.compile(r"(?:by|no later than)\s*(?:the\s)?(?:end of\s)?$", re.IGNORECASE)),
    ("before", re.compile(r"before\s*(?:the\s)?$", re.IGNORECASE)),
    ("after", re.compile(r"after\s*(?:the\s)?$", re.IGNORECASE)),
]
_HAN_AFTER = [
    ("since", re.compile(r"起|以来|开始")),
    ("before", re.compile(r"之?前|以前")),
    ("after", re.compile(r"之?后(?!台)|以后")),
]
_HOURS = {w: i for i, w in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), start=1)}
_HOURS |= {w: i for i, w in enumerate("一 二 三 四 五 六 七 八 九 十 十一 十二".split(), start=1)}
_CLOCK = re.compile(
    r"(?P<pre>上午|下午|晚上|早上|清晨|中午|凌晨|傍晚|夜里|早|晚)?\s?(?<![\d.])(?:(?P<h>\d{1,2})(?:[:：](?P<mi>\d\d)|点(?P<half>半)?)?\s?(?P<ap>[ap]\.?m\.?(?![a-z]))?(?P<oc>\s?(?:o'clock|Uhr))?"
    r"|(?P<hanh>十[一二]|[一二三四五六七八九十])点(?P<hanhalf>半)?(?![五零多\d一二三四六七八九十])"
    r"|(?:(?<=before )|(?<=by )|(?<=until )|(?<=at ))(?P<word>one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?=[,.;]|$| o'clock| in the (?:morning|evening|afternoon)))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Date:
    """A date as far as the text gives it (0 = not said); `relation` is since, until, by, before, after or in."""

    start: int
    end: int
    year: int = 0
    quarter: int = 0
    month: int = 0
    day: int = 0
    half: int = 0
    relation: str = "in"
    surface: str = ""

    def covers(self, other: Date) -> bool:
        """Whether every part this date says is said by `other` too, or follows from it."""
        quarter = other.quarter or (other.month + 2) // 3
        half = other.half or (quarter + 1) // 2
        pairs = (
            (self.year, other.year),
            (self.quarter, quarter),
            (self.month, other.month),
            (self.day, other.day),
            (self.half, half),
        )
        return all(mine in (0, theirs) for mine, theirs in pairs)

    def last_month(self) -> int:
        """The last month the date can mean, counted from year 0; used to order dates."""
        month = self.month or (self.quarter * 3 if self.quarter else self.half * 6 if self.half else 12)
        return self.year * 12 + month


def _month(name: str) -> int:
    return next(i for i, m in enumerate(_MONTHS, start=1) if m.startswith(name.lower().rstrip(".")[:3]))


def _chinese(text: str) -> dict[str, int]:
    year = re.match(_YEAR, text)
    rest = text[5:] if year else text
    parts = {"year": int(year.group())} if year else {}
    if quarter := re.search(r"第?([一二三四1-4])季度|Q([1-4])季度", rest):
        parts["quarter"] = _ORDINAL[quarter.group(1) or quarter.group(2)]
    elif half := re.match(r"([上下])半年", rest):
        parts["half"] = _ORDINAL[half.group(1)]
    if month := re.match(r"(\d{1,2})月", rest):
        parts["month"] = int(month.group(1))
    if day := re.search(r"(\d{1,2})日", rest):
        parts["day"] = int(day.group(1))
    return parts


def _parts(match: re.Match[str]) -> dict[str, int]:
    if match["iso"]:
        return dict(zip(("year", "month", "day"), map(int, match["iso"].split("-")), strict=False))
    if match["han"] or match["hanq"] or match["hanm"]:
        return _chinese(match["han"] or match["hanq"] or match["hanm"])
    if match["ord"]:
        key = "quarter" if match["piece"] == "quarter" else "half"
        number = 2 if key == "half" and match["ord"] == "last" else _ORDINAL[match["ord"]]
        return {key: number, "year": int(match["oy"] or 0)}
    if match["q"] or match["q2"]:
        mark = match["q"] or match["q2"]
        return {"quarter" if mark[0] == "Q" else "half": int(mark[1]), "year": int(match["qy"] or match["yq"] or 0)}
    if match["m"]:
        return {"month": _month(match["m"]), "day": int(match["d1"] or match["d2"] or 0), "year": int(match["my"] or 0)}
    return {"year": int(match["y"])}


def _relation(text: str, start: int, end: int) -> str:
    head = text[max(0, start - 20) : start]
    for name, pattern in _RELATION:
        if pattern.search(head):
            return name
    for name, pattern in _HAN_AFTER:
        if pattern.match(text, end):
            return name
    return "in"


def find_dates(text: str) -> list[Date]:
    """All calendar dates of a text in order."""
    found = []
    for match in DATE.finditer(text):
        if (
            match["m"] == "May"
            and not (match["my"] or match["d1"] or match["d2"])
            and not re.search(r"(?:in|since|by|until|from|of) $", text[: match.start()])
        ):
            continue
        if match["m"] in ("Mar", "Jun", "Dec", "Jan", "Sep", "Oct") and not match["my"] and not match["d1"]:
            continue
        if not re.search(r"\d|[一二三四上下]|[A-Z]|quarter|half", match.group()):
            continue
        found.append(
            Date(*match.span(), relation=_relation(text, *match.span()), surface=match.group(), **_parts(match))
        )
    return found


def find_clocks(text: str) -> list[tuple[int, int, int]]:
    """Times of day as (start, end, minute of the day). A bare hour counts only beside a marked one ("8 to 6 p.m.")."""
    found = []
    for match in _CLOCK.finditer(text):
        spelt = match["word"] or match["hanh"]
        if not (match["mi"] or match["ap"] or match["oc"] or spelt or "点" in match.group()):
            continue
        if "点" in match.group() and re.match(r"[^\d半]?[一-鿿]?(?:数|击|五|零)", text[match.end() :]):
            continue
        hour = _HOURS[spelt.lower()] if spelt else int(match["h"])
        minute = int(match["mi"] or (30 if match["half"] or match["hanhalf"] else 0))
        if hour > 24 or minute > 59:
            continue
        afternoon = (match["ap"] or "").lower().startswith("p") or match["pre"] in (
            "下午",
            "晚上",
            "傍晚",
            "夜里",
            "晚",
        )
        found.append((match.start(), match.end(), (hour % 12 + 12 if afternoon and hour <= 12 else hour) * 60 + minute))
    return found
