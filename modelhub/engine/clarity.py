"""How clear a message makes a deal: which of task, volume, constraints, budget, time and people it tells, with quotes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from modelhub.engine.passages import blank
from modelhub.engine.types import Clarity, NeedScore, Span

# What knowing each part is worth; a task is what everything else hangs on.
WORTH = {"task": 0.3, "volume": 0.15, "constraints": 0.2, "budget": 0.15, "time": 0.1, "people": 0.1}
LONG_ENOUGH = 20_000
NUMBER = r"(?:\d[\d,.\s]*\d|\d|[一二三四五六七八九十百千万亿两几半]+|\b(?:a|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|hundred|thousand|dozen|million)\b)"
UNITS = (
    r"(?:calls?|tickets?|pages?|documents?|docs|files?|invoices?|e-?mails?|messages?|chats?|users?|seats?|agents?|sessions?|requests?|quer(?:y|ies)|images?|"
    r"pictures?|photos?|videos?|hours?(?= of)|minutes?(?= of)|words?|reviews?|records?|letters?|forms?|contracts?|orders?|parcels?|products?|claims?|reports?|scans?|people|staff|employees|customers?|patients?|students?)"
)
VOLUME = re.compile(
    rf"{NUMBER}\s*(?:k\b|thousand|million|m\b)?\s*(?:[a-z-]+\s+){{0,2}}{UNITS}\b|{NUMBER}\s*(?:[a-z]+\s+){{0,3}}(?:a|per|each|every)\s+(?:day|week|month|year|night|hour|minute|second)\b"
    r"|(?:每天|每日|每月|每年|每周|日均|月均|一天|一个月|一年|高峰|并发)[^，。；,;\n]{0,6}?[\d一二三四五六七八九十百千万亿两几]+[^，。；,;\n]{0,6}|[\d一二三四五六七八九十百千万亿两]+(?:多|来)?(?:万)?(?:通|张|份|封|条|页|个坐席|坐席|路|人次|单|件|小时|名员工|家门店|用户)",
    re.IGNORECASE,
)
MONEY = re.compile(
    r"(?:budget|ceiling|cap)\b[^.;\n]{0,40}\d[\d,.]*\s*k?|(?:[$€£¥₹]|\b(?:usd|eur|gbp|rmb|cny|inr|aud|cad|sgd|hkd|chf)\b)\s?\d[\d,.]*\s*(?:k|m|million|thousand)?\b"
    r"|\b\d[\d,.]*\s*(?:k\s*)?(?:usd|eur|euros?|gbp|pounds?|dollars?|quid|bucks|rmb|yuan|rupees|francs|naira)\b|预算[^，。；\n]{0,18}|[\d一二三四五六七八九十百千万两]+(?:多|来)?(?:万元|万块|块钱|元|万以内|万封顶|人民币|港币|美元|欧元)",
    re.IGNORECASE,
)
WHEN = re.compile(
    r"\b(?:by|before|until|from|in|within|after|next|this|end of|start of|mid|deadline|go[- ]live|launch|starting)\s+(?:the\s+)?(?:end of\s+)?(?:next\s+|this\s+)?"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)?(?:day|week|month|quarter|year|january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|q[1-4]|spring|summer|autumn|fall|winter|christmas|easter|\d{1,2}(?:st|nd|rd|th)?\b(?:\s+(?:days|weeks|months|of \w+|january|february|march|april|may|june|july|august|september|october|november|december))?)\b"
    r"|\b(?:asap|urgent(?:ly)?|as soon as possible|tomorrow|right away|immediately)\b"
    r"|(?:\d{1,2}月(?:\d{1,2}日|底|初|中旬)?|[一二三四五六七八九十]+月(?:底|初|份)?|下个?月|本月底?|月底|年底|年前|年内|下周[一二三四五六日]?|本周|周[一二三四五六日]前?|春节前?|国庆前?|双十一|下半年|上半年|[一二三四]季度|尽快|着急|急用|越快越好)(?:之前|以前|前|上线|要|内)?",
    re.IGNORECASE,
)
PEOPLE = re.compile(
    r"\b(?:(?:my|our|the)\s+(?:boss|manager|director|cfo|cto|ceo|coo|cio|ciso|board|team|partners?|legal|it|procurement|finance|compliance|dpo|it department|works council|managing partner|head of [a-z]+)|"
    r"(?:cfo|cto|ceo|coo|cio|ciso|dpo)\b|head of [a-z]+|procurement (?:officer|manager|team)|decision maker|(?:operations|it|project|office|practice|plant) (?:manager|lead|director))\b"
    r"|(?:我们|我司|我)?(?:老板|领导|总经理|院长|主任|经理|总监|董事会|法务|采购部?|信息(?:科|部|中心)|财务(?:部|总监)?|合规部?|技术部|IT部|科长|处长|校长|负责人)",
    re.IGNORECASE,
)
SHAPES = {"volume": VOLUME, "budget": MONEY, "time": WHEN, "people": PEOPLE}
TOLD_BY = {"volume": "throughput-scale", "budget": "cost-control"}
NOT_CONSTRAINTS = frozenset({"throughput-scale", "cost-control"})


def assess(text: str, needs: Sequence[NeedScore], facets: Mapping[str, str]) -> Clarity:
    """Clarity 0–1 of a message with these needs; `facets` maps a need to capability, constraint or intent.

    What is no lead has clarity 0 and nothing missing: there is nothing to ask for.
    """
    if any(need.need == "not-a-lead" for need in needs) and len(needs) == 1:
        return Clarity(0.0)
    known: dict[str, Span] = {}
    if span := _first(needs, "capability", facets):
        known["task"] = span
    if span := _first(needs, "constraint", facets):
        known["constraints"] = span
    shown = blank(text[:LONG_ENOUGH])
    for part, shape in SHAPES.items():
        if span := _quote_of(needs, TOLD_BY.get(part, "")) or _match(text, shown, shape):
            known[part] = span
    ordered = {part: known[part] for part in WORTH if part in known}
    return Clarity(round(sum(WORTH[part] for part in ordered), 4), ordered, tuple(p for p in WORTH if p not in ordered))


def _first(needs: Sequence[NeedScore], facet: str, facets: Mapping[str, str]) -> Span | None:
    fitting = [n for n in needs if facets.get(n.need) == facet and n.spans and n.need not in NOT_CONSTRAINTS]
    return max(fitting, key=lambda n: n.probability).spans[0] if fitting else None


def _quote_of(needs: Sequence[NeedScore], key: str) -> Span | None:
    return next((need.spans[0] for need in needs if need.need == key and need.spans), None)


def _match(text: str, shown: str, shape: re.Pattern[str]) -> Span | None:
    found = shape.search(shown)
    if found is None:
        return None
    start = found.start() + len(found.group()) - len(found.group().lstrip())
    end = start + len(found.group().strip())
    return Span(start, end, text[start:end])
