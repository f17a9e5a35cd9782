"""How sure a statement is: promised, plain, possible, planned, and the caveats that may not be dropped or added."""

from __future__ import annotations

import re
from dataclasses import dataclass

from modelhub.engine.verifier.lexicon import lexicon
from modelhub.engine.verifier.propositions import Proposition
from modelhub.engine.verifier.tokens import Statement, parse

_PROMISE = re.compile(
    r"\b(?:guarante\w+|promis\w+|warrant(?:s|ed)?|assur\w+|ensur\w+|makes? sure|made sure|(?<!not )certain(?:ly)?|definitely|surely|without fail|commit(?:s|ted)? to|will always|undoubtedly|no doubt|risk-free|rest assured|"
    r"count on|you can be sure|bound to|contractually|for sure|always)\b|保证|确保|承诺|必定|一定(?!程|条)|肯定|绝对|担保|包您|毫无疑问|杜绝|稳稳|百分之百|放心",
    re.IGNORECASE,
)
_CERTIFY = re.compile(r"\b(?:contract|sla|by contract|agreed)\b|合同|约定|承诺|协议", re.IGNORECASE)
_PLANNED = re.compile(
    r"\b(?:planned|planning|plans? to|(?:we|i|they|it) plans?|on (?:our|the) (?:plan|roadmap)|is to (?:follow|come)|follows? (?=in|by|next|later)|to follow\b|roadmap|upcoming|will (?:support|follow|come|be (?:available|added|released|ready|supported)|arrive|launch|ship)|coming (?:soon|in|later)|scheduled|due (?:in|by|for)|expected (?:in|by|for)|"
    r"not yet|in preparation|in development|under development|in progress|under way|underway|in the works|being (?:developed|prepared|built)|working (?:on|towards)|preparing|aim(?:s|ing|ed)? (?:to|for)|intend(?:s|ed)? to|so far|still (?:open|pending)|pending|applied for|later this year|next (?:quarter|year|month)|slated|targeted)\b"
    r"|计划|规划|预计|拟于|将(?:于|在|会|上线|支持|推出|开放|发布|提供|完成)|即将|筹备|准备中|(?:开发|研发|筹备|准备)(?:当)?中|打算|还在|开发中|研发中|尚未|尚在|正在(?:申请|开发|准备|筹备|进行|办理|研发|推进)|路线图|还没|待上线|还不|暂不|暂未|目前不|目前还|下季度|明年|申请中|进行中",
    re.IGNORECASE,
)
_NOT_NOW = re.compile(
    r"\b(?:not yet|so far|no longer|does not \w+ \w+ yet|not \w+(?: \w+){0,3} yet|yet\b)|尚未|还没|还不|暂不|暂未|目前不|目前还不",
    re.IGNORECASE,
)
_MAY = re.compile(
    r"\b(?:(?-i:may)|might|could|perhaps|possibly|potentially|likely|probably|expected to|should|estimated|presumably|we believe|hopes?)\b|可能|或许|有望|预期|估计|应该(?!是)|也许|大概率|理论上|潜在",
    re.IGNORECASE,
)
_CAN_EFFECT = re.compile(
    r"\b(?:can|helps?(?: to)?|able to|designed to)\s+(?:\w+\s){0,2}?(?:cut(?! out| off| away)|reduc\w+|sav\w+|increas\w+|improv\w+|rais\w+|lower\w*|shorten\w*|halve|double|boost\w*|prevent\w*|avoid\w*|speed|lead|grow)\b|(?:可|能|能够|可以|有助于|帮助)[^，。；]{0,6}(?:降低|减少|缩短|提高|提升|节省|增加|避免|防止)",
    re.IGNORECASE,
)
_CAVEATS = [
    ("on average", re.compile(r"\b(?:on average|average[ds]?|averaging|mean)\b|平均|均值", re.IGNORECASE)),
    ("median", re.compile(r"\bmedian\b|(?<!first )(?<!second )\bhalf of\b(?! (?:20|19))|中位", re.IGNORECASE)),
    ("usually", re.compile(r"\b(?:typical(?:ly)?|usual(?:ly)?|normally|generally|mostly|often|as a rule|in (?:most|many|the majority of) (?:cases|projects|countries)|most of the time|in general|commonly|frequently|for the most part|sometimes|occasionally|tends? to)\b|通常|一般(?!般)|大多|多数情况|往往|经常|时常|有时|多半|基本上", re.IGNORECASE)),
    ("most, not all", re.compile(r"(?<!\bat )\b(?:most|many|some|several|selected|certain|(?<!is )(?<!are )(?<!be )parts? of|partly|partially|a few|(?:the )?majority|nearly all|almost all|almost every)\b|大部分|大多数|多数|部分(?!署)|某些|若干|一些|个别|主要|几乎所有|少数|有些", re.IGNORECASE)),
    ("in beta", re.compile(r"\b(?:beta|experimental(?:ly)?|preview|alpha|early access|pre-release|trial stage|pilot phase)\b|公测|内测|试验|实验性|测试版|预览|试运行|测试阶段", re.IGNORECASE)),
    ("on request", re.compile(r"\b(?:on request|upon request|optional(?:ly)?|on demand|if (?:desired|wanted|you wish|requested|asked)|at your request|can be added|as an option|add-on|when asked|(?<!no )(?<!without )extra (?:cost|charge|fee)|(?<!no )(?<!without )additional (?:fee|charge|cost)|surcharge|separately|for a fee)\b|按需|应.{0,4}要求|可选|选配|另行|另付|另购|加购|额外|单独(?:收费|购买|计费)", re.IGNORECASE)),
    ("according to others", re.compile(r"\b(?:according to (?:our customers|customers|users|them|him|her|the (?:customer|bank|hospital))|as reported by|customers (?:say|report|tell us)|say(?:s)? (?:our|the) customers?)\b|据客户|客户反馈|客户称|用户反映", re.IGNORECASE)),
    ("nearly", re.compile(r"\b(?:nearly|almost|close to|just under)\b|几乎|接近|将近", re.IGNORECASE)),
    ("experience so far", re.compile(r"\b(?:estimated|projected|simulated|simulation|in theory|theoretical(?:ly)?|calculated|on paper|extrapolated|forecast to)\b|估算|测算|模拟|理论|推算", re.IGNORECASE)),
]  # fmt: skip
_WEAKER = {
    "most, not all": ("usually",),
    "usually": ("most, not all", "on average", "median"),
    "nearly": ("most, not all",),
    "on average": ("usually",),
    "on request": ("in beta",),
}


@dataclass(frozen=True, slots=True)
class Strength:
    """What a text commits to. `caveats` are names of _CAVEATS."""

    promise: bool
    planned: bool
    not_now: bool
    may: bool
    can_effect: bool
    caveats: frozenset[str]


def strength(text: str) -> Strength:
    """Read the strength of a sentence or of one proposition of a claim."""
    return Strength(
        promise=bool(
            _PROMISE.search(
                re.sub(r"\b(?:not|no|never) (?:guarantee\w*|promise\w*)|不保证|不承诺|不一定|无法保证", "", text)
            )
        ),
        planned=bool(_PLANNED.search(text)),
        not_now=bool(_NOT_NOW.search(text)),
        may=bool(_MAY.search(text)),
        can_effect=bool(_CAN_EFFECT.search(text)),
        caveats=frozenset(name for name, pattern in _CAVEATS if pattern.search(text)),
    )


def _overlap(sentence: Statement, part: Statement) -> float:
    return sum(
        1.0 if t.kind != "han" else 0.3
        for t in sentence.tokens
        if t.content and (any(k in part.keys for k in t.keys) or (t.kind == "han" and t.surface in part.text))
    )


def _own_words(sentence: Statement, proposition: Proposition, others: list[Proposition]) -> bool:
    """Whether the sentence has a name or one-of-a-kind thing from this proposition that stands in no other."""
    lex = lexicon()
    state = strength(proposition.statement.text)
    soon = state.planned or "in beta" in state.caveats
    head = next((t for t in proposition.statement.tokens if t.content), None)
    for token in sentence.tokens:
        if head is not None and head.kind == "name" and token.keys == head.keys:
            continue
        kinds = "hn" if soon else "h"
        telling = token.kind == "name" or (token.kind == "concept" and any(lex.kind(k) in kinds for k in token.keys))
        if (
            telling
            and token.keys[0] in proposition.statement.keys
            and not any(token.keys[0] in o.statement.keys for o in others if o.statement is not proposition.statement)
        ):
            return True
    return False


def _parts_in_use(sentence: Statement, text: str, figures: list[str]) -> list[str]:
    """The comma parts of a proposition that a sentence draws on; short openings ("In most cases,") always count."""
    pieces = [p.strip() for p in re.split(r"[,，、(（)）](?!\d)", text) if p.strip()]
    if len(pieces) < 2:
        return [text]
    scores = [_overlap(sentence, parse(p)) for p in pieces]
    best = max(scores)
    return [
        p
        for p, score in zip(pieces, scores, strict=True)
        if score >= 0.6 * best or any(f in p for f in figures) or len([t for t in parse(p).tokens if t.content]) <= 1
    ]


def check_strength(
    sentence: Statement,
    used: list[Proposition],
    every: list[Proposition],
    measured: list[Proposition],
    figures: list[str],
) -> tuple[list[str], list[str]]:
    """Reasons (contradicted, unsupported) why `sentence` says it more strongly than the propositions it rests on."""
    contradicted: list[str] = []
    unsupported: list[str] = []
    said = strength(sentence.text)
    texts = [p.statement.text for p in used]
    whole = strength(" ".join(texts))
    if said.promise and not (whole.promise or any(_CERTIFY.search(text) for text in texts)):
        unsupported.append("promises what the claim only states")
    parts = [" ; ".join(_parts_in_use(sentence, text, figures)) for text in texts]
    binding = [part for part, p in zip(parts, used, strict=True) if _own_words(sentence, p, every) or p in measured]
    binding += [
        " ; ".join(_parts_in_use(sentence, p.statement.text, figures))
        for p in every
        if p not in used and _own_words(sentence, p, every)
    ]
    claims = [strength(part) for part in parts]
    soft = said.planned or said.may or "in beta" in said.caveats
    planned = (bool(claims) and all(c.planned for c in claims)) or any(strength(b).planned for b in binding)
    if planned and not said.planned and not said.not_now:
        (contradicted if not soft else unsupported).append("the claim says it is planned or not there yet")
    if said.planned and not said.not_now and claims and not any(c.planned for c in claims):
        unsupported.append("says it is planned; no claim speaks of a plan")
    if claims and all(c.may for c in claims) and not (said.may or said.can_effect):
        unsupported.append("states as fact what the claim calls possible")
    if claims and all(c.can_effect for c in claims) and not (said.can_effect or said.may):
        unsupported.append("states as fact an effect that the claim calls possible")
    unsupported += _dropped_caveats(sentence, said, [strength(b) for b in binding], claims)
    return contradicted, unsupported


def _dropped_caveats(sentence: Statement, said: Strength, binding: list[Strength], claims: list[Strength]) -> list[str]:
    reasons = []
    for caveat in sorted({c for claim in claims for c in claim.caveats} | {c for b in binding for c in b.caveats}):
        carried = caveat in said.caveats or any(w in said.caveats for w in _WEAKER.get(caveat, ()))
        bound = any(caveat in b.caveats for b in binding)
        if not carried and (bound or all(caveat in claim.caveats for claim in claims)):
            reasons.append(f'drops the caveat "{caveat}"')
    return reasons
