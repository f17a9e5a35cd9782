"""One form for widths, quotes and figures of speech ("twice", "around the clock") before a text is cut."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

_SPAN = "second|minute|hour|day|week|month|year"
_HALVES = {w: i for i, w in enumerate("two three four five six seven eight nine ten".split(), start=2)}
_DIGITS = {c: i for i, c in enumerate("一二三四五六七八九", start=1)} | {"两": 2}


def _and_a_half(match: re.Match[str]) -> str:
    word = match[1].lower()
    return f"{_HALVES.get(word) or int(word)}.5"


def _small_change(match: re.Match[str]) -> str:
    """一块二 and 一毛二 as 1.2元 and 0.12元."""
    value = _DIGITS[match[1]] + _DIGITS[match[3]] / 10
    return f"{value if match[2] == '块' else value / 10:.4g}元"


_REWRITES: list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]] = [
    (re.compile(r"\b(?:24\s?/\s?7|24\s?[x×]\s?7|7\s?[x×*]\s?24)\b|\b24 hours a day(?:,? (?:and )?7 days a week| every day)?|(?:7\s?[x×*]\s?24|24\s?[x×*]\s?7)\s?小时|24小时(?=[在全不提服])"), " around the clock "),
    (re.compile(r"\btwice\b", re.IGNORECASE), "2 times"),
    (re.compile(r"\b((?:more than|nearly|almost|roughly|about) )?(?:doubled|doubles|doubling)\b", re.IGNORECASE), r"increase \g<1>2 times"),
    (re.compile(r"\b((?:more than|nearly|almost|roughly|about) )?(?:tripled|triples|tripling)\b", re.IGNORECASE), r"increase \g<1>3 times"),
    (re.compile(r"\b(?:halved|halves|halving)\b", re.IGNORECASE), "reduced by 50 %"),
    (re.compile(r"(?:减少|缩短|降低|减|少)了?一半|减半"), "降低50%"),
    (re.compile(r"翻了?一番|翻倍"), "增加2倍"),
    (re.compile(r"(?<=[一二三四五六七八九十百千万两\d])几[家个名]"), "余个"),
    (re.compile(r"\b(?:a fortnight|two-week)\b", re.IGNORECASE), "2 weeks"),
    (re.compile(rf"\b(?:an?|one) ({_SPAN}) and a half\b", re.IGNORECASE), r"1.5 \1s"),
    (re.compile(rf"\b(?:an?|one) and a half(?= (?:{_SPAN}|time|million|percentage point)s?\b)", re.IGNORECASE), "1.5"),
    (re.compile(rf"\b({'|'.join(_HALVES)}|\d{{1,2}}) and a half(?= (?:{_SPAN}|time|million|percentage point|point)s?\b)", re.IGNORECASE), _and_a_half),
    (re.compile(r"\bhalf an? (?=(?:percentage )?point\b)", re.IGNORECASE), "0.5 "),
    (re.compile(r"([一二两三四五六七八九])([块毛])([一二三四五六七八九])(?![十百千万亿成个名家])"), _small_change),
    (re.compile(r"([一二两三四五六七八九十百\d]+)个多(?=小时|月|星期|季度|钟头)"), r"超过\1个"),
    (re.compile(r"(?<=[十百千万])[多余]([万亿])(?=[家个名种张页次人台套项位条元单份])"), r"\1余"),
    (re.compile(r"\bonce (?:a|per|every) (day|week|month|year|hour|quarter)\b", re.IGNORECASE), r"every \1"),
    (re.compile(r"\bsta(?:y|ys|yed) (?=below|under|above|at |within \d|over)", re.IGNORECASE), "is "),
    (re.compile(r"\b(?:the|its|our) (first|top) (?=(?:hit|result|answer|match|try|attempt|page|suggestion|passage)\b)", re.IGNORECASE), r"the \1 1 "),
    (re.compile(r"\bfirst (?=(?:year|month|week|day|hour)\b)", re.IGNORECASE), "first 1 "),
    (
        re.compile(
            r"\b(after|within|for|over|under|than|about|lasts?|takes?|nearly|almost) an? "
            r"(?=(?:year|month|week|day|hour|minute|second)\b(?! of| ago))",
            re.IGNORECASE,
        ),
        r"\1 1 ",
    ),
    (re.compile(r"(?:第一个?|首|头一个?)(?=月)"), "1个"),
    (re.compile(r"(?:第一|首|头一)(?=[年周天])"), "1"),
    (
        re.compile(
            r"\b(?:(?:at|for|with) )?(?:no|without) (?:any )?(?:extra|additional|further) (?:charges?|costs?|fees?)\b"
            r"|\bwithout paying (?:extra|more|for it)\b",
            re.IGNORECASE,
        ),
        "free of charge",
    ),
    (re.compile(r"\b(?:for )?as long as you (?:need|like|want)(?: (?:it|them))?\b|想用多久[都就]?[行可]?以?", re.IGNORECASE), "without a time limit"),
    (re.compile(r"\bas long as\b(?! \d)", re.IGNORECASE), "if"),
    (re.compile(r"(?:(?<=, )|(?<=measured )|(?<=tested )|(?<=averaged ))over (?=[\d,]+ (?:queries|tickets|calls|documents|questions|pages|customers|cases)\b)", re.IGNORECASE), "on "),
    (re.compile(r"\bby the (month|day|week|year|hour|quarter)\b", re.IGNORECASE), r"every \1"),
    (re.compile(r"\bnot only\b", re.IGNORECASE), "both"),
    (re.compile(r"\bnot even\b|\bno matter\b", re.IGNORECASE), "even"),
]  # fmt: skip

_REWRITTEN = re.compile(
    r"24|7\s?[x×*]| a half|half an? |[块毛][一二三四五六七八九]|个多|[多余][万亿]|[Tt]wice|oubl|ripl|[Hh]al[vf]|一半|减半|翻|几|fortnight|two-week|[Oo]nce|stay|first|top |"
    r"\ban? (?:year|month|week|day|hour|minute|second)|第一|首|头一|as long as|多久|over |extra|additional|further|paying|by the |[Nn]ot (?:only|even)|no matter"
)


@lru_cache(maxsize=8192)
def normalise(text: str) -> str:
    """One form for widths, quotes and spelled-out idioms; offsets are those of the result."""
    text = unicodedata.normalize("NFKC", text).replace("’", "'").replace("µ", "μ")
    text = re.sub(r"\s+", " ", text).strip()
    if _REWRITTEN.search(text):
        for pattern, new in _REWRITES:
            text = pattern.sub(new, text)
    return text.strip()
