"""All, always, only: a sentence may not speak of more than the claims do."""

from __future__ import annotations

import re

from modelhub.engine.verifier.tokens import Statement

_SKIP = re.compile(
    r"\b(?:every|each) (?:\w+ )?(?:days|nights|weeks|months|years|hours|quarters|minutes|seconds|day|night|week|month|year|hour|quarter|minute|second|time|other)\b|\b(?:at|after|above|first of|in|and) all\b|\ball (?:the )?(?:nine|ten|two|three|four|five|six|seven|eight|\d+)\b|\ball of (?:this|it|that)\b|\ball (?:that )?(?:we|you|it|they|i)\b|"
    r"\bwithout any\b|\bif any\b|\bper\b|\bevery day of the year\b|\bat any hour\b|\bnot any\b|\b(?:no|never|not|n't|cannot)\b[^.,;]{0,30}\bany(?:thing|one)?\b|\ball (?:in one|kinds? of)\b|\bany (?:more|longer|questions?)\b|\bbefore any\w*\b|\ball you (?:need|have)\b|\beach other\b|\bwhole (?:day|year|week)\b"
    r"|每(?:天|日|晚|周|月|年|小时|分钟|秒|季度|次|个月|人|页|张|单|家)|全(?:天候|自动|文|套|新|称|年|程|球|国|市|省)|任何(?=[^，。；]{0,12}(?:之前|前|都要))|所有权",
    re.IGNORECASE,
)  # fmt: skip
_FAMILIES = [
    ("all", re.compile(r"\b(?:all|every|any|everything|everyone|everybody|anything|anyone|whole|entire(?:ty)?|throughout|whatever|whichever|complete|every single|100 ?%)\b|所有|全部|任何|每一?个|每(?=[条份台位名篇通句])|一切|各种|各类|全体|任意|全都|无一例外|整个|整套|每项|各(?=行|地|国|语|方言)", re.IGNORECASE)),
    ("each", re.compile(r"\beach\b", re.IGNORECASE)),
    ("always", re.compile(r"\b(?:always|at all times|at any time|constantly|permanently|forever|every time|invariably|any time|anytime|under all circumstances|in (?:every|any|all) cases?)\b|始终|永远|总是|一直|随时|任何时候|任何情况|时刻|一律(?!不)|永久", re.IGNORECASE)),
    ("never", re.compile(r"\b(?:never|under no circumstances|at no time|not once)\b|从不|从未|绝不|永不|从来不|绝无|决不|绝不会", re.IGNORECASE)),
    ("entirely", re.compile(r"\b(?:entirely|wholly|fully|completely|totally|100 percent|perfect(?:ly)?|flawless(?:ly)?|seamless(?:ly)?)\b|完全|彻底|百分之百|完美|毫无|零(?:错误|误差|失误|风险|延迟|门槛|成本)", re.IGNORECASE)),
    ("everywhere", re.compile(r"\b(?:everywhere|anywhere|worldwide|globally|around the world|in every country|any (?:country|language|device|system))\b|全球|全世界|任何地方|各国|随处|处处", re.IGNORECASE)),
    ("unlimited", re.compile(r"\b(?:unlimited|without (?:any )?limits?|no limits?|as (?:many|much|often) as you (?:like|want|need)|limitless|unrestricted|any number|any amount|no matter how (?:many|much|large|long))\b|无限|不限|无上限|没有上限|无限制|不设限", re.IGNORECASE)),
    ("forever", re.compile(r"\b(?:without a time limit|forever|for ever|indefinitely|for life)\b|永久|终身|不限(?:使用)?期限|一直(?=可|能)", re.IGNORECASE)),
    ("immediately", re.compile(r"\b(?:immediately|instantly|at once|in no time|real[- ]time|straight away|right away|right after|directly after|as soon as|no sooner)\b|立即|立刻|即刻|马上|瞬间|实时|秒级", re.IGNORECASE)),
]  # fmt: skip
_GRANTS = {
    "each": ("each", "all", "always", "never", "entirely"),
    "all": ("all", "each", "always", "never", "entirely", "everywhere", "unlimited"),
    "always": ("always", "all", "each", "never", "entirely"),
    "never": ("never", "always", "all"),
    "entirely": ("entirely", "all", "never", "always"),
    "everywhere": ("everywhere", "all"),
    "unlimited": ("unlimited",),
    "forever": ("forever", "unlimited"),
    "immediately": ("immediately",),
}
_NEGATIVE = re.compile(
    r"\b(?:no|not|never|none|cannot|without|nobody|nothing|only|n't)\b|n't\b|不|无|没|未|仅|只", re.IGNORECASE
)
_ONLY = re.compile(
    r"\b(?:only|solely|exclusively|nothing but|just for|no one else|nobody else|alone)\b(?!\s+(?:\d|one|two|three|a |an |costs?|takes?|about|when|if|after))|仅(?!\d|需|要|用|为)|只(?!\d|需|要|用|是)|唯一|独家|独有",
    re.IGNORECASE,
)
_CLAIM_ONLY = re.compile(
    r"\b(?:limited to|restricted to|only|solely|exclusively|nothing but|no other)\b|仅|只(?!需|要)|唯一", re.IGNORECASE
)


_PARTIAL = re.compile(
    r"\d\s?%|percent|percentile|\b(?:most|some|average|many|usual|typical|often|part|of 100|out of)|平均|部分|多数|通常",
    re.IGNORECASE,
)


_TOTAL_NEGATION = re.compile(
    r"\b(?:no|none|never|nobody|nothing|no one|neither|not (?:any|even|a single))\b|绝不|从不|从未|不会|任何|没有|不出|不得|无一",
    re.IGNORECASE,
)


_PART_OF_ALL = re.compile(
    r"(?:%|percent|half|thirds?|quarters?|most|parts?|some|\d) of (?:all|the whole|the entire)|[%成半](?:的)?(?:全部|所有)",
    re.IGNORECASE,
)


def universals(text: str) -> set[str]:
    """Names of the universal families that a text uses; idioms and frequencies are left out."""
    cleaned = _SKIP.sub(" ", text)
    return {name for name, pattern in _FAMILIES if pattern.search(cleaned)}


def check_scope(sentence: Statement, used: list[str]) -> list[str]:
    """Reasons why the sentence covers more than the claim texts it rests on."""
    reasons = []
    claims = " ".join(used)
    theirs = universals(_PART_OF_ALL.sub(" ", claims))
    for name in sorted(universals(sentence.text)):
        granted = theirs.intersection(_GRANTS[name])
        if name == "each" and (not _PARTIAL.search(claims) or re.search(r"\bper\b|/|每", claims)):
            continue
        if name == "all" and _CLAIM_ONLY.search(claims) and not granted:
            reasons.append('widens the scope: "all" where the claim says "only"')
            continue
        negative = name in ("always", "never", "all", "entirely") and bool(_TOTAL_NEGATION.search(claims))
        if not granted and not negative:
            reasons.append(f'widens the scope: "{name}"')
    if _ONLY.search(sentence.text) and not _NEGATIVE.search(claims) and not _CLAIM_ONLY.search(claims):
        reasons.append('adds "only"')
    return reasons
