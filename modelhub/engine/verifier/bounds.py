"""Words before or after a figure that bound it: "up to", "at least", "about", 不超过, 以上."""

from __future__ import annotations

import re

_HAN_VERB = (
    r"(?:[要需可能得会]{0,2}(?:保[存留]|支持|提供|覆盖|处理|达到?|有|用|为|是|付|花|等|建|加|租|存|含|留|开|收)?)?"
)
_BEFORE = [
    (
        "upto",
        rf"up to|as (?:\w+ ){{1,2}}as|a maximum of|maximum of|at best|最多(?:可?[^\d，。；]{{0,6}})?|至多{_HAN_VERB}|最长(?:可?达?)?|最大(?:可?达?)?|最高(?:可?达?)?|多达|高达",
    ),
    (
        "le",
        r"within(?: the first)?|at (?:the )?most|no (?:more|later|(?!few|low|short|small)\w+er) than|not (?:more|longer|later) than|not exceed(?:ing)?"
        r"|never (?:more|longer) than|(?:max(?:imum|\.)?|limit(?:ed)? (?:to|of)|cap(?:ped)? at)|in (?:at most|no more than)|不超过|不高于|不大于|不多于|上限为?|控制在",
    ),
    (
        "lt",
        r"(?:in |at |for |from )?(?:under|below|less than|fewer than|(?:short|small|quick|fast|low|cheap)er than|well under|just under|inside)|不到|用不了|不足|少于|低于|小于|不足|短于",
    ),
    ("lt", r"(?:below|under) (?:a|an|the|its) \w+ of"),
    ("gt", r"(?:above|over) (?:a|an|the|its) \w+ of"),
    (
        "ge",
        r"at (?:the )?(?:very )?least|no (?:less|fewer|lower|shorter|smaller|worse) than|not (?:less|fewer) than|(?:a )?minimum (?:of )?|min\.|(?:starting|starts?|start) (?:at|from)"
        rf"|from(?! the)|upwards of|as of|(?:至少|最少|起码){_HAN_VERB}|不少于|不低于|不小于|最低",
    ),
    (
        "gt",
        r"(?:more|greater|larger|bigger|longer|higher|better|older|wider|thicker) than|(?:well |just )?(?<!look )(?<!looked )(?<!looks )(?<!hand )(?<!take )(?<!takes )over|above|beyond|exceed(?:s|ing|ed)?|in excess of|north of|超过|多于|大于|高于|超|逾|突破|长于|达到或超过",
    ),
    (
        "approx",
        r"(?:about|around|roughly|approximately|approx\.?|some|circa|ca\.|nearly|almost|close to|an estimated|~|≈)|大约有?|大概有?|约[为有]?|近|将近|接近",
    ),
]
_AFTER = [
    ("ge", r"or (?:more|longer|above|better|higher|greater)|and (?:more|above|up|upwards)|and over|upwards?\b|onwards\b|and larger|and bigger|and longer|or larger|or bigger|or longer|(?:at (?:the )?least)|(?:at )?minimum|\+|plus\b|(?:用户|客户|席位|人|页|个|家|张)?(?:及|或)?以上|起(?!来|草)|及以上"),
    ("gt", r"(?<=[成倍半％%])(?:还|都)?(?:多(?![少样个种项次])|出头|有余|开外)"),
    ("gt", r"多(?=[家个名种张页次人台套项位万条元单份])|余(?=[家个名种张页次人台套项位万条元单份])"),
    ("le", r"at (?:the )?most|or (?:less|fewer|below|under|shorter|faster)|max(?:imum)?\b|(?:用户|客户|席位|人|页|个|家|张)?(?:之内|以内|之下|以下|及以下)|内(?![容存部网置])|tops\b"),
    ("approx", r"(?:\s[a-z]+)?\sor so\b|or so|左右|上下|前后"),
]  # fmt: skip
_GAP = r"(?:the|a|an|of|only|just|its|their)?\s*"
BEFORE = [(kind, re.compile(rf"(?:(?<![A-Za-z])(?:{p}))\s*{_GAP}$", re.IGNORECASE)) for kind, p in _BEFORE]
AFTER = [(kind, re.compile(rf"\s*,?\s*\(?(?:{p})", re.IGNORECASE)) for kind, p in _AFTER]
_IN = re.compile(r"(?<![A-Za-z])in(?: just| only)?\s*$", re.IGNORECASE)


def bound_before(text: str, at: int) -> tuple[str, int]:
    """Kind of bound that ends right before offset `at`, and where it starts; ("exact", at) if none."""
    head = text[max(0, at - 32) : at]
    best = ("exact", len(head))
    for kind, pattern in BEFORE:
        match = pattern.search(head)
        if match and match.start() < best[1]:
            best = (kind, match.start())
    if head[best[1] :].rstrip().endswith(" of") and best[0] in ("lt", "gt"):
        return best[0], at  # "below a confidence of 70 %": the noun stays in the sentence
    return best[0], at - len(head) + best[1]


def bound_after(text: str, at: int) -> tuple[str, int]:
    """Kind of bound that begins right after offset `at`, and where it ends; ("exact", at) if none."""
    for kind, pattern in AFTER:
        match = pattern.match(text, at)
        if match:
            return kind, match.end()
    return "exact", at


def follows_in(text: str, at: int) -> bool:
    """Whether the figure at `at` follows "in", as in "answers in 200 ms": for times this means within."""
    return bool(_IN.search(text[max(0, at - 12) : at]))
