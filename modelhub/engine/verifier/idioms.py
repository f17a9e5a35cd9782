"""One form for widths, quotes and figures of speech ("twice", "around the clock") before a text is cut."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_REWRITES = [
    (re.compile(r"\b(?:24\s?/\s?7|24\s?[x×]\s?7|7\s?[x×*]\s?24)\b|\b24 hours a day(?:,? (?:and )?7 days a week| every day)?|(?:7\s?[x×*]\s?24|24\s?[x×*]\s?7)\s?小时|24小时(?=[在全不提服])"), " around the clock "),
    (re.compile(r"\btwice\b", re.IGNORECASE), "2 times"),
    (re.compile(r"\b(?:doubled|doubles|doubling)\b", re.IGNORECASE), "increase 2 times"),
    (re.compile(r"\b(?:tripled|triples|tripling)\b", re.IGNORECASE), "increase 3 times"),
    (re.compile(r"\b(?:halved|halves|halving)\b", re.IGNORECASE), "reduced by 50 %"),
    (re.compile(r"(?:减少|缩短|降低|减|少)了?一半|减半"), "降低50%"),
    (re.compile(r"翻了?一番|翻倍"), "增加2倍"),
    (re.compile(r"(?<=[一二三四五六七八九十百千万两\d])几[家个名]"), "余个"),
    (re.compile(r"\b(?:a fortnight|two-week)\b", re.IGNORECASE), "2 weeks"),
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
    r"24|7\s?[x×*]|[Tt]wice|oubl|ripl|[Hh]al[vf]|一半|减半|翻|几|fortnight|two-week|[Oo]nce|stay|first|top |"
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
