"""Superlatives, comparisons, causes and praise that no claim carries, and comparisons turned round."""

from __future__ import annotations

import re
from dataclasses import dataclass

from modelhub.engine.verifier.tokens import Statement

_SUPERLATIVE = re.compile(
    r"(?<!\bat )(?<!\bat the )\b(?:best|fastest|(?:(?<=the )|(?<=our )|(?<=its )|(?<=their )|(?<=your ))most (?!of\b|cases|likely|recent)\w+|most (?!of\b|cases|likely|recent|\w+s\b)\w+(?:ed|ing|ful|ous|able|ible|ive|ent|ant|al|ic|ate|ile|ised|ized)|leading|leader|cheapest|strongest|safest|highest|lowest|easiest|simplest|smartest|largest|biggest|smallest|shortest|number one|no\. ?1|#1|top-rated|unique|unrivall?ed|unmatched|unbeatable|"
    r"unparallell?ed|state[- ]of[- ]the[- ]art|world[- ]class|best-in-class|market[- ]leading|industry[- ]leading|second to none|first (?:vendor|provider|company|product|system|tool|solution)|first in|only (?:vendor|provider|company|product|system|tool|solution)|"
    r"newest|latest|cutting[- ]edge|revolutionary|ground-?breaking|award-winning|most(?=\s*(?:[.,;!?]|$)))\b|最(?![高低大小长短多少早晚快慢](?=[^，。；,;]{0,5}\d)|[早晚迟]|[多少高低初近后终小大长短](?:可|不|处|支|包|达|为|是|[\d一二三四五六七八九十])|多|近|后|初|终|大的?[一二三四五六七八九十\d]|高可?达?\d)|第一(?!步|个|版|次|时|季|阶|批|轮|页|类|年|天|稿|遍|道|篇|份|张|条|封|句|行|列|排|周|月|期|方|层|级|位)|首家|首个|首创|首屈一指|领先|唯一|独家|顶尖|顶级|一流|无与伦比|独一无二|遥遥|标杆|龙头|行业之首|业界首|全国首|前所未有",
    re.IGNORECASE,
)  # fmt: skip
_COMPARATIVE = re.compile(
    r"\b(?:(?!other|rather|either|whether|after|user|server|customer|number|order|later|longer|paper)\w{2,}er|more|less|fewer|better|worse|greater|higher|lower)(?: \w+){0,4}? than\b|\bthan (?:any|other|the|our|most|competing|all|rival|its|their|a|human|that)\b|\b(?:outperform\w*|beats?|surpass\w*|superior|inferior|ahead of|exceeds? (?:the )?(?:compet|rival|human)\w*|unlike|in contrast to|compared (?:to|with)|versus|as (?:good|accurate|fast|well|reliable|cheap) as|on (?:a )?par with|rivals|twice as|times (?:as|faster|more|cheaper|higher))\b"
    r"|比[^例如率方重较分赛]{1,16}?(?:更|高|低|快|慢|多|少|好|强|准|便宜|省|短|长|大|小|优)|优于|胜过|超越|强于|好于|不输|媲美|高于(?!\d|百)|低于(?!\d|百)|快于|领先于|相比|与.{1,10}相当|不逊|赶超|不如|高出|远超",
    re.IGNORECASE,
)
_MOST = re.compile(r"(?<!the )(?<!at )\bmost (?:of\b|(?!cases|recent)\w+s\b|people\b)", re.IGNORECASE)
_MOSTLY = re.compile(
    r"\b(?:most(?:ly)?|majority|all|every|usual(?:ly)?|typical(?:ly)?|mainly|largely|(?:two|three|four)[- ](?:thirds|quarters|fifths))\b"
    r"|[五六七八九]成|大多|多数|大部分|所有|全部|均|一般|通常",
    re.IGNORECASE,
)
_PARTS = re.compile(r"(\d+(?:\.\d+)?)\s*(?:%|percent|per cent)|\b(\d+) (?:out )?of (?:\w+ )?(\d+)\b", re.IGNORECASE)
_CAUSE = re.compile(
    r"\b(?:because(?: of)?|thanks to|due to (?!open|start|launch|arrive|be\b|go\b|come|end\b|expire|finish|begin|ship|close|follow|move|join|replace|appear|land|run\b)|owing to|as a result|therefore|thereby|leads? to|led to|results? in|resulted in|which is why|that is why|consequently|hence|so that|causes?(?! no)|caused by|attributable to|this means(?: that)?|which means|, so (?!far\b|that\b)\w+)\b|因为|由于|因此|所以|得益于|从而|导致|使得|因而|带来了|多亏|凭借|归功于|进而|以致",
    re.IGNORECASE,
)
_PRAISE = re.compile(
    r"\b(?:trusted by|loved by|delight\w*|transform\w*|effortless\w*|seamless\w*|recommended by|endorsed|award\w*|proven|perfect\w*|revolution\w*|game[- ]chang\w*|unbelievabl\w*|amazing\w*|peace of mind|worry-free|hassle-free|future-proof|bulletproof|foolproof|error-free|bug-free|without (?:bugs|errors|mistakes)|zero errors)\b|备受信赖|深受|完美|颠覆|零失误|毫无差错|无忧|万无一失|信赖|荣获|推荐单位|权威认可|从不出错|好评",
    re.IGNORECASE,
)
_THAN = re.compile(r"\bthan\b", re.IGNORECASE)
_HAN_THAN = re.compile(r"比(?![例如率方重较分赛])|(?:高|低|优|多|少|快|慢|大|小|强)于(?![\d百一二三四五六七八九十])")
_CAUSE_OK = re.compile(
    r"\b(?:because|thanks|due|owing|result|therefore|thereby|lead|led|means?|so|hence|cause[sd]?|since|as|by|through|when|if)\b|因为|由于|因此|所以|得益|从而|导致|使|因|通过|凭|若|如|;|；",
    re.IGNORECASE,
)


def _majority(claims: str) -> bool:
    """Whether the claims speak of more than half of something, in words or by a share."""
    shares = (
        float(part) / 100 if part else int(some) / max(1, int(all_)) for part, some, all_ in _PARTS.findall(claims)
    )
    return bool(_MOSTLY.search(claims)) or any(share > 0.5 for share in shares)


def check_claims_of_rank(sentence: Statement, claims: list[str], figures_derived: bool) -> list[str]:
    """Reasons: a superlative, comparison, cause or praise that the claims do not carry."""
    text, theirs = sentence.text, " ".join(claims)
    reasons = []
    superlative = _SUPERLATIVE.search(text)
    if superlative and not _covered(superlative.group(), theirs, _SUPERLATIVE):
        reasons.append(f'adds a superlative: "{superlative.group().strip()}"')
    most = _MOST.search(text)
    if most and not _majority(theirs):
        reasons.append(f'adds a share: "{most.group()}"')
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
    if low in theirs.lower() or (
        low.startswith("first ") and re.search(rf"\bsecond {low.split()[1]}\b", theirs, re.IGNORECASE)
    ):
        return True
    return bool(pattern.search(theirs)) and not re.search(
        r"market|industry|first|only|unique|leading|第一|唯一|首|领先", low
    )


def _ranked(theirs: str) -> bool:
    """Two rival figures or a "best competitor reached" let a reader compare for themselves."""
    return (
        bool(re.search(r"competitor|rival|竞品|对手|instead|versus|vs\b|comp\w+d", theirs, re.IGNORECASE))
        or len(re.findall(r"\d+(?:\.\d+)?", theirs)) >= 2
    )


@dataclass(frozen=True, slots=True)
class Sides:
    """What stands before and after "than" (比), and whether the comparison goes up (1) or down (-1)."""

    left: frozenset[str]
    right: frozenset[str]
    axis: int


def order_of_comparison(sentence: Statement, claims: list[Statement]) -> tuple[list[str], bool]:
    """Reasons why a comparison is the wrong way round, and whether the claims' own figures bear it out."""
    sides = _sides(sentence)
    if sides is None:
        return [], False
    for claim in claims:
        theirs = _sides(claim)
        if theirs is not None:
            crossed = len(sides.left & theirs.right) + len(sides.right & theirs.left)
            straight = len(sides.left & theirs.left) + len(sides.right & theirs.right)
            if (crossed > straight) if sides.axis == theirs.axis else (straight > crossed):
                return ["turns the comparison round"], False
            continue
        right_way = _by_figures(sides, claims)
        if right_way is not None:
            return ([] if right_way else ["turns the comparison round"]), right_way
    return [], False


def _sides(statement: Statement) -> Sides | None:
    text = statement.text
    match = _THAN.search(text)
    if match and re.match(
        r"\s*(?:a |an |the )?(?:\d|[€$£¥]|half|one|two|three|four|five|six|seven|eight|nine|ten|quarter|year|month)",
        text[match.end() :],
        re.IGNORECASE,
    ):
        return None
    versus = _AGAINST.search(text)
    if versus and not match:
        left = (versus.end(), len(text)) if versus.start() == 0 else (0, versus.start())
        right = versus.span("what") if versus["what"] else versus.span("han")
    elif match:
        left, right = (0, match.start()), (match.end(), len(text))
    else:
        match = _HAN_THAN.search(text)
        comparative = _COMPARATIVE.search(text)
        if not match or not comparative:
            return None
        left, right = (0, match.start()), (match.end(), min(comparative.end(), match.end() + 16))
    ours, theirs = _keys(statement, *left), _keys(statement, *right)
    both = ours & theirs
    return Sides(ours - both, theirs - both, _axis(text))


def _keys(statement: Statement, start: int, end: int) -> frozenset[str]:
    found: set[str] = set()
    for token in statement.tokens:
        if start <= token.start < end and (token.content or "us" in token.keys):
            found.update("name:" + k if token.kind == "name" else k for k in token.keys)
    return frozenset(found - {"increase", "large", "quick", "pay", "accuracy", "compare", "same"} | (found & {"same"}))


_AGAINST = re.compile(
    r"(?:^|\s)(?:compared|in comparison) (?:with|to) (?P<what>[^,:;.]+)|^[与和跟同](?P<han>[^,，]{1,20})相比",
    re.IGNORECASE,
)
_DOWN = re.compile(
    r"\b(?:less|fewer|lower|slower|cheaper|smaller|shorter|worse|weaker)\b|[更还]?(?:低|少|慢|短|小|差|便宜|省)",
    re.IGNORECASE,
)


def _axis(text: str) -> int:
    return -1 if _DOWN.search(_bounds_removed(text)) else 1


def _by_figures(sides: Sides, claims: list[Statement]) -> bool | None:
    """Check "A needs more than B" against figures of A and B; None where the claims have no two such figures."""
    values: dict[str, set[tuple[str, float]]] = {}
    for claim in claims:
        for quantity in claim.quantities:
            if quantity.percentile or (quantity.dimension == "count" and not quantity.per):
                continue
            for key in quantity.context:
                values.setdefault(key, set()).add((quantity.dimension, quantity.value))
    left, right = _one_value(sides.left, values), _one_value(sides.right, values)
    if left and not right:
        right = _the_other(left, values)
    elif right and not left:
        left = _the_other(right, values)
    if not left or not right or left[0] != right[0] or left[1] == right[1]:
        return None
    return (left[1] > right[1]) == (sides.axis > 0)


def _one_value(side: frozenset[str], values: dict[str, set[tuple[str, float]]]) -> tuple[str, float] | None:
    telling = [next(iter(values[key])) for key in sorted(side) if len(values.get(key, ())) == 1]
    return telling[0] if telling and len(set(telling)) == 1 else None


def _the_other(known: tuple[str, float], values: dict[str, set[tuple[str, float]]]) -> tuple[str, float] | None:
    """The only other figure of the same dimension."""
    others = {pair for pairs in values.values() for pair in pairs if pair[0] == known[0] and pair != known}
    return next(iter(others)) if len(others) == 1 else None
