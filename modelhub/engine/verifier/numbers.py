"""Numbers as people write them: digits, words, fractions; English and Chinese."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SMALL = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
_TENS = {
    w: 10 * i
    for i, w in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2)
}
_BIG = {"hundred": 100, "dozen": 12, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_SUFFIX = {"k": 1e3, "K": 1e3, "m": 1e6, "M": 1e6, "mn": 1e6, "bn": 1e9, "B": 1e9, "w": 1e4, "W": 1e4}
_SUFFIX |= {
    "百": 1e2,
    "千": 1e3,
    "万": 1e4,
    "十万": 1e5,
    "百万": 1e6,
    "千万": 1e7,
    "亿": 1e8,
    "十亿": 1e9,
    "百亿": 1e10,
    "千亿": 1e11,
    "万亿": 1e12,
    "成": 0.1,
}
_PARTS = {
    "half": 2,
    "halves": 2,
    "third": 3,
    "quarter": 4,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "eighth": 8,
    "tenth": 10,
}
_PARTS |= {"hundredth": 100, "seventh": 7, "ninth": 9, "twentieth": 20, "thousandth": 1000}
_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}

_WORD = "|".join(sorted([*_SMALL, *_TENS], key=len, reverse=True))
_BIGWORD = "|".join(_BIG)
_PART = "|".join(f"{p}s?" for p in _PARTS if p not in ("half", "halves"))
_UNDER = rf"(?:(?:{'|'.join(_TENS)})(?:[\s-](?:{'|'.join(list(_SMALL)[1:10])})\b)?|(?:{'|'.join(sorted(_SMALL, key=len, reverse=True))}))"
_SPELT = rf"(?:{_UNDER}|a(?=\s(?:{_BIGWORD})\b)|{_BIGWORD})(?:[\s-](?:{_BIGWORD})(?:[\s-](?:and\s)?{_UNDER}\b)?)*"
_FIGURE = r"(?:\d{1,3}(?:[,\u00a0\u202f ]\d{3})+(?![\d])|\d+)(?:\.\d+)?"

NUMBER = re.compile(
    rf"""(?P<han_part>[一二两三四五六七八九十百千]+分之[一二两三四五六七八九十百点零]+|百分之(?:\d+(?:\.\d+)?|[一二两三四五六七八九十百点零]+))
    |(?P<tenths>[一二三四五六七八九\d]成(?:[一二三四五六七八九半])?)(?!为|功|立|本|员|绩|果|交|分|熟)
    |(?P<off>[一二三四五六七八九]?[一二三四五六七八九]|\d{{1,2}}(?:\.\d)?)\s?(?:个)?折(?![合算旧叠返线扣射腾磨])
    |(?<![A-Za-z\d.])(?P<digits>{_FIGURE})(?:\s?(?P<big>hundred|thousand|million|billion|trillion)\b
        |(?P<suffix>k|K|mn|m(?=\s[a-z])|M|bn|B|w|W)(?![A-Za-z\d])|\s?(?P<hansuffix>[十百千万]亿|百万|千万|十万|百|千|万|亿))?
    |\b(?P<part>(?:(?:an?|one|two|three|four|five|six|seven|eight|nine)[\s-](?:{_PART})|half)(?:[\s-](?:of|the|a|an))*)\b
    |\b(?P<spelt>{_SPELT})\b
    |(?<![第唯统万之其同周拜])(?<!星期)(?!百分)(?P<han>(?:一半|[一二两三四五六七八九十百千万亿零〇]+|(?<![上下前后])半(?![夜场路途]))(?:点[一二三四五六七八九零]+)?)
        (?!样|旦|致|起|般|直|定|些|并|切|律|方面|分必|体化|步|键|旁|边)""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text. `share` is set for fractions ("a third of", 三分之二), `part` and `whole` where both are named
    ("7 out of 10"); `spelt` for one written in words."""

    start: int
    end: int
    value: float
    share: bool = False
    spelt: bool = False
    part: float = 0.0
    whole: float = 0.0


def chinese_value(text: str) -> float:
    """Value of a Chinese numeral such as 三百二十 or 一点五万."""
    if text in ("半", "一半"):
        return 0.5
    whole, _, decimals = text.partition("点")
    if whole and all(c in _DIGIT for c in whole):
        value = float("".join(str(_DIGIT[c]) for c in whole))
    else:
        value = _chinese_whole(whole)
    return value + (float("0." + "".join(str(_DIGIT[c]) for c in decimals)) if decimals else 0.0)


def _chinese_whole(text: str) -> float:
    total = section = digit = 0
    for char in text:
        if char in _DIGIT:
            digit = _DIGIT[char]
        elif char in "十百千":
            section += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[char]
            digit = 0
        else:
            total = (total + section + digit or 1) * (10_000 if char == "万" else 100_000_000)
            section = digit = 0
    return float(total + section + digit)


def spelt_value(text: str) -> float:
    """Value of an English number in words such as "two hundred and forty thousand"."""
    total = current = 0
    for word in re.split(r"[\s-]+", text.lower()):
        if word in _SMALL or word in _TENS:
            current += _SMALL.get(word, _TENS.get(word, 0))
        elif word == "hundred" or word == "dozen":
            current = (current or 1) * _BIG[word]
        elif word in _BIG:
            total += (current or 1) * _BIG[word]
            current = 0
    return float(total + current)


def _part_value(text: str) -> float:
    words = [w for w in re.split(r"[\s-]+", text.lower()) if w not in ("of", "the")]
    if words[0] == "half":
        return 0.5
    return _SMALL.get(words[0], 1) / _PARTS[words[1].removesuffix("s") if words[1] not in _PARTS else words[1]]


def _digits_value(match: re.Match[str]) -> float:
    value = float(re.sub(r"[,\u00a0\u202f ]", "", match["digits"]))
    if match["big"]:
        value *= _BIG.get(match["big"].lower(), 1e12)
    if match["suffix"]:
        value *= _SUFFIX[match["suffix"]]
    return value * _SUFFIX[match["hansuffix"]] if match["hansuffix"] else value


def _han_share(text: str) -> float:
    base, _, part = text.partition("分之")
    if base == "百":
        return (float(part) if part[0].isdigit() else chinese_value(part)) / 100
    return chinese_value(part) / chinese_value(base)


def _off(text: str) -> float:
    """What is still paid at 八五折, 8.5折 or 九折."""
    if text[0].isdigit():
        value = float(text)
        return value / 100 if value >= 10 else value / 10
    return float("0." + "".join(str(_DIGIT[c]) for c in text))


def _number(match: re.Match[str]) -> Number:
    start, end = match.span()
    if match["han_part"]:
        return Number(start, end, _han_share(match["han_part"]), share=True, spelt=True)
    if match["tenths"]:
        head, _, tail = match["tenths"].partition("成")
        tenths = float(head) if head.isdigit() else float(_DIGIT[head])
        extra = 0.5 if tail == "半" else float(_DIGIT.get(tail, 0)) / 10
        return Number(start, end, round((tenths + extra) / 10, 6), share=True, spelt=True)
    if match["off"]:
        return Number(start, end, _off(match["off"]), share=True, spelt=True)
    if match["digits"]:
        return Number(start, end, _digits_value(match))
    if match["part"]:
        return Number(start, end, _part_value(match["part"]), share=True, spelt=True)
    if match["spelt"]:
        return Number(start, end, spelt_value(match["spelt"]), spelt=True)
    return Number(start, end, chinese_value(match["han"]), share=_is_share(match), spelt=True)


def _is_share(match: re.Match[str]) -> bool:
    """Whether 半 is half of something (一半, 过半, 半数) and no half hour."""
    text, (start, end) = match.string, match.span()
    if match["han"] != "半":
        return match["han"] == "一半"
    return text[start - 1 : start] in ("过", "近", "超", "大") or text[end : end + 1] == "数"


def find_numbers(text: str) -> list[Number]:
    """All numbers of a text in order; they never overlap."""
    return [_number(match) for match in NUMBER.finditer(text)]
