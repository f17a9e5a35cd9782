"""Small words that turn a statement (also, even if, must, no longer, unless) and opposites, as numbers for the learned verdict."""

from __future__ import annotations

import re
from collections.abc import Sequence

from modelhub.engine.verifier.negation import negators
from modelhub.engine.verifier.tokens import Statement, Token

_TURNS = {
    "also": r"\b(?:also|too|as well|besides|in addition|likewise|both|plus)\b|也|还(?![是没在未不款原需要])|同样|同时|既|连同|一并|以及",
    "even": r"\b(?:even|regardless|whether or not|whatever|whoever|whichever|wherever|no matter|irrespective|despite|anyway|either|with or without)\b|即使|即便|哪怕|就算|无论|不管|不论|照样|照常|照旧|依旧|两[种者]|均可|都[能可]",
    "only": r"\b(?:only|solely|exclusively|just|alone|nothing but|no other|limited to|restricted to|first)\b|仅|只(?![要需])|唯一|限于|才",
    "must": r"\b(?:must|ha(?:s|ve) to|needs? to|needed|requires?|required|mandatory|compulsory|obliged|obligatory|insists?)\b|必须|须|必需|需要|需(?!求)|只能|强制|要求|不得不|一律",
    "can": r"\b(?:can|could|may|free to|able to|allow\w*|optional(?:ly)?|possible|possibly|permitted|permits?|choose|on request)\b|可以?(?!信|靠)|能(?!力|源)|允许|支持|自选|自行",
    "cannot": r"\b(?:cannot|can't|unable|impossible|not possible|not allowed|may not|must not|never)\b|不能|无法|不可|不得|不支持|不允许|用不了|不行|做不到|不准|绝不|从不",
    "future": r"\b(?:will|going to|is to|are to|shall|'ll|soon|upcoming|planned|plans?|due to \w+)\b|将(?!来)|会(?![议员话计客])|拟|计划|即将|预计|未来|待",
    "done": r"\b(?:has been|have been|already|now|today|currently|since|was|were)\b|已经?|现已|如今|目前|现在|当前|起",
    "ended": r"\b(?:no longer|any ?more|stop(?:s|ped)?|discontinued?|ended|ends|expired?|ceased?|withdrawn|dropped)\b|不再|停止|取消|下线|终止|停用|结束|到期",
    "except": r"\b(?:except|unless|apart from|other than|excluding|excludes?|save for|without|but not|instead|rather)\b|除|除非|不含|不包括|以外|之外|例外|而非|而不是",
    "if": r"\b(?:if|when(?:ever)?|once|provided|as long as|in case|where|until|before|after|during)\b|如果?(?!何|今|实)|若|只要|当(?=[^前地])|前提|一旦|之?后|时[,，]|以?前|期间",
    "by itself": r"\b(?:automatic(?:ally)?|by itself|on its own|unattended|by default|without (?:any )?(?:human|manual|people|someone)\w*|independently)\b|自动|默认|自行|独立|无需人工|直接",
    "by hand": r"\b(?:manual(?:ly)?|by hand|humans?|person|people|approv\w+|review\w*|sign(?:s|ed)? off|someone|editors?|staff|supervisors?)\b|人工|手动|手工|专人|审批|审核|复核|签字|人员|确认|员工",
    "equal": r"\b(?:same|equal(?:ly)?|identical|alike|no difference|likewise|unchanged|as \w+ as)\b|相同|一样|同样|同价|一致|相等|不变|持平",
    "less than all": r"\b(?:some|part(?:s|ly|ially)?|most|many|several|few|half|certain|selected|sample[sd]?|share|majority|minority)\b|部分|一些|某些|大多|多数|抽查|一半|少数|有些|有的|不全|并非(?:所有|每|全)",
}  # fmt: skip
_PATTERNS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _TURNS.items()}
_OPPOSITES = tuple(
    (re.compile(a, re.IGNORECASE), re.compile(b, re.IGNORECASE))
    for a, b in (
        (r"\b(?:more|higher|longer|greater|larger|above|over|exceed\w*|rose|rise[sn]?|increas\w+|grew|gain\w*|up)\b|更?多(?!少|[家个种])|高|增加|上升|提高|提升|增长|上调|涨|超过|以上",
         r"\b(?:less|fewer|lower|shorter|smaller|below|under|fell|falls?|fallen|decreas\w+|reduc\w+|dropp?\w*|cut|down|shrank|saved?)\b|少(?!数)|低|减少|下降|降低|缩短|下调|降|跌|不到|不足|以下"),
        (r"\b(?:faster|quick\w*|sooner|earlier|early|fast)\b|快|更?早|提前", r"\b(?:slow\w*|later|late|delay\w*)\b|慢|更?晚|推迟|延[迟后]"),
        (r"\b(?:automatic\w*|by itself|on its own)\b|自动", r"\b(?:manual\w*|by hand)\b|手动|人工|手工"),
        (r"\b(?:keeps?|kept|stor\w+|retain\w*|remains?|left|stays?|preserv\w+)\b|保留|保存|留存|存储|留在", r"\b(?:delet\w+|remov\w+|eras\w+|redact\w*|clos\w+|discard\w*|purg\w+|wip\w+)\b|删除|清除|销毁|关闭|移除|遮盖"),
        (r"\b(?:free|no (?:charge|cost|fee)|included|gratis)\b|免费|不收费|不另收|不计费|含在|赠送|包含", r"\b(?:paid|pays?|charged?|costs?|billed|fee|extra|surcharge|subscription)\b|付费|收费|计费|另付|另收|加收|收取|付款"),
        (r"\b(?:before|prior|first|beforehand|until|in advance)\b|之?前|事先|预先|先", r"\b(?:after|afterwards|later|then|subsequently|following|since)\b|之?后|事后|再"),
        (r"\b(?:includ\w+|covers?|with|contains?|part of)\b|包括|包含|含|涵盖|覆盖", r"\b(?:exclud\w+|without|except|outside|apart)\b|不含|不包括|除外|排除|以外|之外"),
        (r"\b(?:inside|within|in-house|internal\w*|local\w*|on-prem\w*|on site|offline)\b|境内|国内|本地|离线|断网|内部|以内|现场", r"\b(?:outside|external\w*|abroad|cloud|remote\w*|online|connected|third part\w+)\b|境外|国外|云端|联网|在线|外部|以外|远程"),
        (r"\b(?:on|open\w*|enabl\w+|activ\w+|starts?|started|begins?|launch\w*|switch(?:ed)? on)\b|开启|打开|启用|开通|开始|启动", r"\b(?:off|clos\w+|disabl\w+|deactivat\w+|ends?|ended|stops?|stopped|shut|switch(?:ed)? off)\b|关闭|停用|禁用|结束|停止|终止|关"),
        (r"\b(?:correct\w*|right|accurate|pass\w*|success\w*|works?|succeed\w*|solved?|resolv\w+)\b|正确|准确|通过|成功|解决", r"\b(?:wrong\w*|incorrect\w*|error\w*|inaccurate|fail\w*|mistak\w+|unsolved|unresolved|missed)\b|错误|有误|失败|未通过|出错|漏"),
        (r"\b(?:accept\w*|allow\w*|permit\w*|approv\w+|agree\w*|consent\w*|grant\w*)\b|接受|允许|同意|批准|可申请", r"\b(?:reject\w*|refus\w+|forbid\w*|forbidden|den(?:y|ies|ied)|object\w*|prohibit\w*|declin\w+|block\w*|ban\w*)\b|拒绝|禁止|不接受|反对|不允许"),
        (r"\b(?:all|every|each|both|always|whole|entire\w*|any)\b|所有|全部|每|均|都|任何|一律", r"\b(?:some|part\w*|few|several|sometimes|half|only|certain|none|neither|sampl\w+)\b|部分|一些|少数|抽查|某些|仅|只|个别"),
        (r"\b(?:separate\w*|different\w*|own|individual\w*|distinct)\b|单独|不同|各自|分别|独立", r"\b(?:same|shared?|together|joint\w*|common|single|combined|one)\b|同一|共享|共用|相同|一起|统一|同"),
        (r"\b(?:fixed|constant|unchanged|permanent\w*|firm|the same|stays?)\b|固定|不变|永久|长期", r"\b(?:variable|chang\w+|adjust\w*|flexib\w+|temporar\w+|vari\w+|limited)\b|可调|调整|变化|变动|临时|可申请|修改"),
        (r"\b(?:easy|easier|simple|simpler|better|best|good|well|strong\w*)\b|容易|简单|更?好|优|强", r"\b(?:hard\w*|difficult\w*|complex|worse|worst|bad\w*|poor\w*|weak\w*)\b|难|复杂|更?差|弱|劣"),
        (r"\b(?:public\w*|open\w*|everyone|anyone)\b|公开|公共|所有人", r"\b(?:private\w*|confidential\w*|secret|closed|internal)\b|保密|私有|内部|不公开"),
    )
)  # fmt: skip
_PARTS = re.compile(
    r"(?<!\d)[,;.:]\s|(?<=\d)[,;.:]\s|[，；。：,]|\s[—–-]\s|\b(?:but|while|whereas)\b|但是?|而(?=[^且])"
)


def turns(statement: Statement, claims: Sequence[Statement]) -> dict[str, float]:
    """What the sentence adds (1) or drops (-1) of each family against the claims, and how its denials and opposites meet theirs."""
    theirs = " ".join(claim.text for claim in claims)
    best = max(claims, key=lambda claim: len(claim.stems & statement.stems)).text
    found: dict[str, float] = {}
    for name, pattern in _PATTERNS.items():
        said = bool(pattern.search(statement.text))
        found[f"{name} added"] = float(said and not pattern.search(theirs))
        found[f"{name} lost"] = float(not said and bool(pattern.search(best)))
    part = _nearest_part(statement, claims)
    opposites = _opposites(statement.text, part)
    denials = abs(len(negators(statement.text)) - len(negators(part)))
    found["opposites"] = float(min(3, opposites))
    found["odd turns"] = float((opposites + denials) % 2)
    found["opposite of denial"] = float(opposites > 0 and denials % 2 == 1)
    found["denial apart"] = float(denials % 2)
    return found | _focus(statement, claims)


def _opposites(text: str, part: str) -> int:
    """How many pairs stand with one end in `text` and the other in `part`."""
    count = 0
    for up, down in _OPPOSITES:
        here, there = (bool(up.search(text)), bool(down.search(text))), (bool(up.search(part)), bool(down.search(part)))
        count += here != there and here[0] != here[1] and there[0] != there[1]
    return count


def _nearest_part(statement: Statement, claims: Sequence[Statement]) -> str:
    """The comma part of a claim that shares most with the sentence."""
    parts = [part for claim in claims for part in _PARTS.split(claim.text) if part and part.strip()]
    return max(parts, key=lambda part: _shared(part, statement), default="")


def _shared(part: str, statement: Statement) -> float:
    low = part.lower()
    hits = sum(len(t.surface) for t in statement.tokens if t.content and t.surface.lower() in low)
    return hits / (len(part) + 20.0)


def _foci(statement: Statement) -> list[list[Token]]:
    """For each negation the words it bears on: up to three that follow in its segment, or that stand before it."""
    found = []
    for match in negators(statement.text):
        segment = next((t.segment for t in statement.tokens if t.end > match.start()), 0)
        inside = [t for t in statement.tokens if t.content and t.segment == segment]
        after = [t for t in inside if t.start >= match.end()][:3]
        found.append(after or [t for t in inside if t.end <= match.start()][-3:])
    return [focus for focus in found if focus]


def _focus(statement: Statement, claims: Sequence[Statement]) -> dict[str, float]:
    ours, theirs = _foci(statement), [focus for claim in claims for focus in _foci(claim)]
    return {
        "denied held": max((_share(f, claims) - _within(f, theirs) for f in ours), default=0.0),
        "denied agreed": max((_within(f, theirs) for f in ours), default=0.0),
        "denied new": max((1 - _share(f, claims) for f in ours), default=0.0),
        "denial asserted": max((_share(f, [statement]) - _within(f, ours) for f in theirs), default=0.0),
        "denial repeated": max((_within(f, ours) for f in theirs), default=0.0),
    }


def _share(focus: Sequence[Token], statements: Sequence[Statement]) -> float:
    """Share of the words that stand in some statement."""
    held = sum(any(set(t.keys) & s.keys or t.surface in s.text for s in statements) for t in focus)
    return held / len(focus)


def _within(focus: Sequence[Token], foci: Sequence[Sequence[Token]]) -> float:
    """Share of the words that a denial of the other side bears on too."""
    keys = {k for other in foci for t in other for k in (*t.keys, t.surface)}
    return sum(bool({*t.keys, t.surface} & keys) for t in focus) / len(focus)
