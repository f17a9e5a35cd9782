"""Units, their dimensions, and how each converts to the base unit of its dimension."""

from __future__ import annotations

import re
from functools import lru_cache

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
YEAR = 365.25 * DAY
MONTH, QUARTER, WEEK = YEAR / 12, YEAR / 4, 7 * DAY

_TABLE = """
time 1e-9: ns nanosecond 纳秒 | 1e-6: µs μs us microsecond 微秒 | 1e-3: ms msec millisecond milli 毫秒
time 1: s sec second 秒 秒钟 | 60: min minute 分钟 分 | 3600: h hr hour 小时 钟头 个小时 个钟头 | 86400: day calendar-day 天 日 个自然日 自然日
time 604800: week 周 星期 个星期 | 2629800: month mth 个月 月 | 7889400: quarter 季度 个季度 季 | 31557600: year yr 年
workday 1: working-day business-day workday 个工作日 工作日 | 0.125: working-hour business-hour
ratio 0.01: % percent per-cent pct ％
pp 0.01: percentage-point pp %-point point 个百分点 百分点
bytes 1: byte 字节 | 1e3: kb kilobyte kbyte | 1e6: mb megabyte mbyte | 1e9: gb gigabyte g | 1e12: tb terabyte | 1e15: pb petabyte
bit 1: bit 比特 位
eur 1: euro eur € 欧元 欧 | 1e3: k€
usd 1: dollar usd $ us$ 美元 美金 刀
gbp 1: pound gbp £ 英镑
cny 1: yuan rmb cny 元 块 块钱 人民币 元人民币 | 0.1: 角 毛
chf 1: franc chf 瑞郎
jpy 1: yen jpy 日元
cent 1: cent ct eurocent 美分 欧分
length 1e-6: µm μm micrometre micrometer micron 微米 | 1e-3: mm millimetre millimeter 毫米 | 1e-2: cm centimetre centimeter 厘米
length 1: m metre meter 米 | 1e3: km kilometre kilometer 公里 千米
mass 1e-3: gram 克 | 1: kg kilogram 公斤 千克 | 1e3: tonne ton 吨
power 1: w watt 瓦 | 1e3: kw kilowatt 千瓦
work 1: kwh kilowatt-hour 千瓦时 度电
heat 1: °c degree 摄氏度
frequency 1: hz 赫兹 | 1e3: khz | 1e6: mhz
times 1: times time x × fold 倍
fps 1: fps
dpi 1: dpi
"""

UNITS: dict[str, tuple[str, float]] = {}
for _line in _TABLE.strip().splitlines():
    _dimension, _, _rest = _line.partition(" ")
    for _group in _rest.split("|"):
        _factor, _, _names = _group.partition(":")
        for _name in _names.split():
            UNITS[_name] = (_dimension, float(_factor))

_LATIN = sorted((u for u in UNITS if re.fullmatch(r"[a-zµμ-]+", u)), key=len, reverse=True)
_OTHER = sorted((u for u in UNITS if u not in _LATIN), key=len, reverse=True)
_LATIN_PATTERN = "|".join(re.escape(u).replace(r"\-", r"[\s-]") + ("s?" if len(u) > 2 else "") for u in _LATIN)
UNIT = re.compile(
    rf"\s*(?:-\s?|个(?=小时|月|工作日|自然日|百分点|星期|季度|钟头))?(?P<unit>(?:{_LATIN_PATTERN})(?![A-Za-z\d])"
    rf"|(?:{'|'.join(map(re.escape, _OTHER))}))",
    re.IGNORECASE,
)
MONEY = frozenset(("eur", "usd", "gbp", "cny", "chf", "jpy", "cent"))
SYMBOL = re.compile(r"(?P<symbol>US\$|RMB|CNY|EUR|USD|GBP|CHF|€|\$|£|¥|￥|人民币)\s?$", re.IGNORECASE)
_SYMBOLS = {"us$": "usd", "rmb": "cny", "¥": "cny", "￥": "cny", "€": "eur", "$": "usd", "£": "gbp", "人民币": "cny"}
PERIODS = {
    "second": 1.0, "sec": 1.0, "s": 1.0, "minute": MINUTE, "min": MINUTE, "hour": HOUR, "h": HOUR, "hr": HOUR, "day": DAY,
    "week": WEEK, "month": MONTH, "quarter": QUARTER, "year": YEAR, "annum": YEAR, "night": DAY, "秒": 1.0, "秒钟": 1.0,
    "分钟": MINUTE, "小时": HOUR, "天": DAY, "日": DAY, "周": WEEK, "星期": WEEK, "月": MONTH, "个月": MONTH, "季度": QUARTER,
    "年": YEAR, "monthly": MONTH, "yearly": YEAR, "annually": YEAR, "annual": YEAR, "daily": DAY, "hourly": HOUR,
    "weekly": WEEK, "quarterly": QUARTER, "nightly": DAY,
}  # fmt: skip


@lru_cache(maxsize=2000)
def unit_of(name: str) -> tuple[str, float]:
    """Dimension and factor of a unit as it was written; raises KeyError for what UNIT does not match."""
    key = re.sub(r"\s+", "-", name.lower())
    return UNITS[key] if key in UNITS else UNITS[key.removesuffix("s")]


def currency(symbol: str) -> str:
    """Dimension of a currency sign or code standing before a figure."""
    return _SYMBOLS.get(symbol.lower(), symbol.lower())
