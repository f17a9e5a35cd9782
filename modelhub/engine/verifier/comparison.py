"""Superlatives, comparisons, causes and praise that no claim carries, and comparisons turned round."""

from __future__ import annotations

import re

from modelhub.engine.verifier.tokens import Statement

_SUPERLATIVE = re.compile(
    r"(?<!\bat )(?<!\bat the )\b(?:best|fastest|most (?!of\b|cases|likely|users|customers|tickets|questions|people|countries|languages)\w+|leading|leader|cheapest|strongest|safest|highest|lowest|easiest|simplest|smartest|largest|biggest|smallest|shortest|number one|no\. ?1|#1|top-rated|unique|unrivall?ed|unmatched|unbeatable|"
    r"unparallell?ed|state[- ]of[- ]the[- ]art|world[- ]class|best-in-class|market[- ]leading|industry[- ]leading|second to none|first (?:vendor|provider|company|product|system|tool|solution)|first in|only (?:vendor|provider|company|product|system|tool|solution)|"
    r"newest|latest|cutting[- ]edge|revolutionary|ground-?breaking|award-winning|most)\b(?! (?:cases|of the time))|最(?![多少高低初近后终小大长短](?:可|不|处|支|包|达|为|是|[\d一二三四五六七八九十])|多|近|后|初|终|大的?[一二三四五六七八九十\d]|高可?达?\d)|第一(?!步|个|版|次|时|季|阶|批|轮|页|类|年|天)|首家|首个|首创|首屈一指|领先|唯一|独家|顶尖|顶级|一流|无与伦比|独一无二|遥遥|标杆|龙头|行业之首|业界首|全国首|前所未有",
    re.IGNORECASE,
)  # fmt: skip
_COMPARATIVE = re.compile(
    r"\b(?:(?!other|rather|either|whether|after|user|server|customer|number|order|later|longer|paper)\w{2,}er|more|less|fewer|better|worse|greater|higher|lower)(?: \w+){0,4}? than\b|\bthan (?:any|other|the|our|most|competing|all|rival|its|their|a|human|that)\b|\b(?:outperform\w*|beats?|surpass\w*|superior|inferior|ahead of|exceeds? (?:the )?(?:compet|rival|human)\w*|unlike|in contrast to|compared (?:to|with)|versus|as (?:good|accurate|fast|well|reliable|cheap) as|on (?:a )?par with|rivals|twice as|times (?:as|faster|more|cheaper|higher))\b"
    r"|比[^例如率方重较分赛]{1,16}?(?:更|高|低|快|慢|多|少|好|强|准|便宜|省|短|长|大|小|优)|优于|胜过|超越|强于|好于|不输|媲美|高于(?!\d|百)|低于(?!\d|百)|快于|领先于|相比|与.{1,10}相当|不逊|赶超|不如|高出|远超",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\b(?:because(?: of)?|thanks to|due to|owing to|as a result|therefore|thereby|leads? to|led to|results? in|resulted in|which is why|that is why|consequently|hence|so that|causes?|caused by|attributable to|this means(?: that)?|which means|, so (?!far\b|that\b)\w+)\b|因为|由于|因此|所以|得益于|从而|导致|使得|因而|带来了|多亏|凭借|归功于|进而|以致",
    re.IGNORECASE,
)
_PRAISE = re.compile(
    r"\b(?:trusted by|loved by|delight\w*|transform\w*|effortless\w*|seamless\w*|recommended by|endorsed|award\w*|proven|perfect\w*|revolution\w*|game[- ]chang\w*|unbelievabl\w*|amazing\w*|peace of mind|worry-free|hassle-free|future-proof|bulletproof|foolproof|error-free|bug-free|without (?:bugs|errors|mistakes)|zero errors)\b|备受信赖|深受|完美|颠覆|零失误|毫无差错|无忧|万无一失|信赖|荣获|推荐单位|权威认可|从不出错|好评",
    re.IGNORECASE,
)
_THAN = re.compile(r"\bthan\b", re.IGNORECASE)
_HAN_THAN = re.compile(r"比(?![例如率方重较分赛])")
_CAUSE_OK = re.compile(
    r"\b(?:because|thanks|due|owing|result|therefore|thereby|lead|led|means?|so|hence|cause[sd]?|since|as|by|through|when|if)\b|因为|由于|因此|所以|得益|从而|导致|使|因|通过|凭|若|如|;|；",
    re.IGNORECASE,
)


def check_claims_of_rank(sentence: Statement, claims: list[str], figures_derived: bool) -> list[str]:
    """Reasons: a superlative, comparison, cause or praise that the claims do not carry."""
    text, theirs = sentence.text, " ".join(claims)
    reasons = []
    superlative = _SUPERLATIVE.search(text)
    if superlative and not _covered(superlative.group(), theirs, _SUPERLATIVE):
        reasons.append(f'adds a superlative: "{superlative.group().strip()}"')
    comparative = _COMPARATIVE.search(_bounds_removed(text))
    if comparative and not figures_derived and not _COMPARATIVE.search(theirs) and not _ranked(theirs):
        reasons.append(f'adds a comparison: "{comparative.group().strip()}"')
    cause = _CAUSE.search(text)
    if (
        cause
        and not _CAUSE.search(theirs)
        and not (cause.group().lower().startswith((", so", "this means", "which means")) and _CAUSE_OK.search(theirs))
    ):
        reasons.append(f'adds a cause: "{cause.group().strip(" ,")}"')
    praise = _PRAISE.search(text)
    if praise and praise.group().lower() not in theirs.lower():
        reasons.append(f'adds praise: "{praise.group()}"')
    return reasons


def _bounds_removed(text: str) -> str:
    return re.sub(
        r"\b(?:more|less|fewer|longer|later|larger|bigger|smaller|greater|higher|lower|shorter|better|older) than\s+(?:a |an |the )?(?:\d|[€$£¥]|half|one|two|three|four|five|six|seven|eight|nine|ten|quarter|third|fifth|hundred|thousand|year|month|week|day|hour|minute|second)|no (?:more|less|longer|later|fewer) than|(?:高于|低于|超过|多于|少于)[\d百一二三四五六七八九十]",
        " ",
        text,
        flags=re.IGNORECASE,
    )


def _covered(word: str, theirs: str, pattern: re.Pattern[str]) -> bool:
    low = word.lower().strip()
    if low in theirs.lower():
        return True
    found = pattern.search(theirs)
    return bool(found) and (
        low in ("latest", "newest", "best", "strongest", "largest", "most", "leading") or low.startswith(("most", "最"))
    )


def _ranked(theirs: str) -> bool:
    """Two rival figures or a "best competitor reached" let a reader compare for themselves."""
    return (
        bool(re.search(r"competitor|rival|竞品|对手|instead|versus|vs\b|comp\w+d", theirs, re.IGNORECASE))
        or len(re.findall(r"\d+(?:\.\d+)?", theirs)) >= 2
    )


def order_of_comparison(sentence: Statement, claims: list[Statement]) -> list[str]:
    """Reasons: the sides of a comparison are changed round, told by which names stand before and after "than"."""
    sides = _sides(sentence)
    if sides is None:
        return []
    for claim in claims:
        theirs = _sides(claim)
        if theirs is None:
            verdict = _by_figures(sentence, sides, claim)
            if verdict:
                return [verdict]
            continue
        axis = _axis(sentence) * _axis(claim)
        crossed = len(sides[0] & theirs[1]) + len(sides[1] & theirs[0])
        straight = len(sides[0] & theirs[0]) + len(sides[1] & theirs[1])
        if (crossed > straight and axis > 0) or (straight > crossed and axis < 0):
            return ["turns the comparison round"]
    return []


def _sides(statement: Statement) -> tuple[frozenset[str], frozenset[str]] | None:
    match = _THAN.search(statement.text)
    if match:
        cut = match.start()
        return _keys(statement, 0, cut), _keys(statement, match.end(), len(statement.text))
    match = _HAN_THAN.search(statement.text)
    if match and _COMPARATIVE.search(statement.text):
        return _keys(statement, 0, match.start()), _keys(statement, match.end(), match.end() + 8)
    return None


def _keys(statement: Statement, start: int, end: int) -> frozenset[str]:
    return frozenset(
        k
        for t in statement.tokens
        if start <= t.start < end and (t.kind == "name" or t.keys in (("competitor",),) or "us" in t.keys)
        for k in t.keys[:1]
    )


_DOWN = re.compile(
    r"\b(?:less|fewer|lower|slower|cheaper|smaller|shorter|worse)\b|低|少|慢|短|小|差|便宜|省", re.IGNORECASE
)


def _axis(statement: Statement) -> int:
    return -1 if _DOWN.search(_bounds_removed(statement.text)) else 1


def _by_figures(sentence: Statement, sides: tuple[frozenset[str], frozenset[str]], claim: Statement) -> str:
    """Check "A needs more than B" against figures of A and B in one claim."""
    values: dict[str, float] = {}
    for quantity in claim.quantities:
        for key in quantity.context:
            if quantity.dimension in ("count",) and not quantity.counted:
                continue
            values.setdefault(key, quantity.value)

    def value(side: frozenset[str]) -> float | None:
        return next((values[k] for k in side if k in values), None)

    left, right = value(sides[0]), value(sides[1])
    if left is None and right is not None:
        others = [
            q.value
            for q in claim.quantities
            if not (q.context & sides[1])
            and any(q.dimension == o.dimension for o in claim.quantities if o.context & sides[1])
        ]
        left = others[0] if others else None
    if right is None and left is not None:
        others = [
            q.value
            for q in claim.quantities
            if not (q.context & sides[0])
            and any(q.dimension == o.dimension for o in claim.quantities if o.context & sides[0])
        ]
        right = others[0] if others else None
    if left is None or right is None or left == right:
        return ""
    return "" if (left > right) == (_axis(sentence) > 0) else "turns the comparison round"
