"""Names in a text: certificates, hardware and versions with digits in them, and capitalised proper names."""

from __future__ import annotations

import re

from modelhub.engine.verifier.words import FUNCTION

CODES = re.compile(
    r"""(?P<iso>(?<![A-Za-z0-9])ISO(?:/IEC)?[\s-]?\d{3,5}(?:[-:]\d+)?)
    |(?P<soc>(?<![A-Za-z0-9])SOC[\s-]?[123](?:\s?(?:Type|类型)?\s?(?:II|I|1|2)(?![A-Za-z0-9]))?)
    |(?P<level>等级保护[一二三四]级|等保(?:2\.0)?[一二三四]级|[二三四]级等保|等保2\.0|等保)
    |(?P<law>(?<![A-Za-z0-9])(?:GDPR|HIPAA|PCI[\s-]DSS|TISAX|FedRAMP|HITRUST|CCPA|DORA|NIS2?|MDR|FDA|EU AI Act|BSI C5|C5|CSA STAR|FIPS 140-[23]|CE[\s-]mark(?:ed|ing)?|TÜV|eIDAS|DSGVO|PIPL|CMMI[\s-]?\d?)(?![A-Za-z0-9]))
    |(?P<ver>(?<![A-Za-z0-9])(?i:version|release|v\.?)\s?\d+(?:\.\d+)*|\d+(?:\.\d+)+\s?版)
    |(?P<tier>(?<![A-Za-z0-9])[A-Z][a-z]+(?=\s(?:[Pp]lan|[Ee]dition|[Tt]ier|[Pp]ackage|[Cc]ontract)(?![A-Za-z]))|(?:(?<=^)|(?<=[,，。；;和与及])|(?<=从)|(?<=用))[\u4e00-\u9fff]{2}(?=版(?![本面权式块图])))
    |(?P<grade>(?<![A-Za-z0-9])(?:class|type|level|stage|grade|tier|category)\s(?:[IVX]{1,4}[ab]?|\d[a-z]?)(?![A-Za-z0-9])|[一二三四ⅠⅡⅢIV]+[ab]?类(?=医疗|器械))
    |(?P<dot>(?<!\w)\.NET(?![A-Za-z0-9])|(?<![A-Za-z0-9])C\+\+|(?<![A-Za-z0-9])C\#|(?<![A-Za-z0-9])Node\.js(?![A-Za-z0-9])|(?<![A-Za-z0-9])F\#|(?<=[\w,、]\s)Go(?=[,.;\s]|$)|(?<![A-Za-z0-9])Go(?=语言))
    |(?P<code>(?<![A-Za-z0-9])[A-Z]{2,4}/\d+|(?<![A-Za-z0-9])[A-Za-z]{1,6}-?\d+[A-Za-z]{0,3}(?![A-Za-z0-9])(?!\s?%))""",
    re.VERBOSE,
)
_NO_TIER = frozenset(
    """the a an our your we you i they it by to in on for with under from if and or but not my his their when this that every each any no one which professional enterprise team basic starter standard premium pro paid free
    bigger larger yearly monthly annual first next new old small large 专业 企业 团队 基础 入门 标准 高级 旗舰 付费 免费 收费 正式 测试 最新 各个
    所有 预览 这个 该款 每个 哪个 新旧 手机 网页 中文 英文 公测 内测 海外 国内""".split()
)
_QUANTITY_LIKE = re.compile(r"^(?:p\d{2}|Q[1-4]|H[12]|US\d+|EUR\d+|RMB\d+|CNY\d+|x\d+)$", re.IGNORECASE)
_NAME = re.compile(r"\b[A-Z][\w&'’.-]*[\w](?:\+\+)?|\b[A-Z]\b")
_LATIN_IN_HAN = re.compile(r"[A-Za-z][A-Za-z0-9.+#-]*")
_COMMON = frozenset(
    [
        "the",
        "a",
        "an",
        "and",
        "or",
        "but",
        "if",
        "when",
        "with",
        "without",
        "for",
        "from",
        "in",
        "on",
        "at",
        "by",
        "to",
        "of",
        "as",
        "is",
        "are",
        "was",
        "were",
        "be",
        "has",
        "have",
        "had",
        "can",
        "may",
        "might",
        "will",
        "would",
        "could",
        "should",
        "must",
        "our",
        "we",
        "you",
        "your",
        "it",
        "its",
        "they",
        "their",
        "he",
        "she",
        "his",
        "her",
        "this",
        "that",
        "these",
        "those",
        "there",
        "here",
        "i",
        "my",
        "all",
        "every",
        "each",
        "any",
        "some",
        "no",
        "not",
        "only",
        "both",
        "also",
        "so",
        "because",
        "since",
        "until",
        "after",
        "before",
        "under",
        "over",
        "up",
        "more",
        "most",
        "less",
        "than",
        "then",
        "dear",
        "hello",
        "hi",
        "good",
        "kind",
        "best",
        "regards",
        "mr",
        "ms",
        "mrs",
        "dr",
        "yes",
        "please",
        "thanks",
        "thank",
        "what",
        "which",
        "who",
        "how",
        "why",
        "where",
        "whether",
        "let",
        "shall",
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
        "once",
        "while",
        "unless",
        "during",
        "per",
        "whenever",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "bonus",
        "note",
        "nothing",
        "nobody",
        "none",
    ]
)


def code_key(match: re.Match[str]) -> tuple[str, ...]:
    """Comparable keys of a code: the most exact first, then what it also is (SOC 2 Type II is also SOC 2)."""
    text = re.sub(r"[\s-]+", "", match.group().lower())
    if match["iso"]:
        return ("cert:" + text.replace("/iec", ""),)
    if match["soc"]:
        body = text.replace("类型", "type").replace("type", "")
        kind = {"ii": "2", "i": "1"}.get(body[4:], body[4:])
        return (f"cert:{body[:4]}type{kind}", f"cert:{body[:4]}") if kind else (f"cert:{body[:4]}",)
    if match["tier"]:
        return ("tier:" + text,)
    if match["ver"]:
        return ("ver:" + re.sub(r"[^\d.]", "", text).strip("."),)
    if match["level"]:
        level = re.search(r"[一二三四]", text)
        return (f"cert:mlps{level.group()}", "cert:mlps") if level else ("cert:mlps",)
    return (("cert:" if match["law"] else "code:") + text,)


def is_code(match: re.Match[str]) -> bool:
    """Whether the match is a name rather than a quantity such as p95 or Q3."""
    if match["tier"]:
        return match["tier"].lower() not in _NO_TIER
    return not (match["code"] and _QUANTITY_LIKE.match(match.group()))


def looks_like_name(word: str, sentence_start: bool, known: bool) -> bool:
    """Whether a word of an English text is a proper name; `known` tells that the lexicon has it."""
    if not word[0].isupper() or word.lower() in _COMMON or word.lower() in FUNCTION:
        return False
    inner_capital = any(c.isupper() for c in word[1:])
    if inner_capital:
        return not known
    return not known and (not sentence_start or not word.lower().endswith(("ing", "ly", "ed")))
