"""Which part of a sentence asserts something about us: greetings, questions, next steps and the customer's words do not."""

from __future__ import annotations

import re

from modelhub.engine.verifier.idioms import normalise

_GREETING = re.compile(
    r"^(?:dear|hello|hi|good (?:morning|afternoon|evening)|greetings)\b[^.!?]{0,60}[,.!:]?$|^(?:kind|best|warm|many|with (?:kind|best|warm|many)|yours|sincerely|cheers|regards|all the best|see you|thank you|thanks(?! to)|many thanks|have an? (?:\w+ )?(?:day|week|weekend|evening|start|time)|enjoy)\b(?![^.!?]*\b(?:our|we can|it is)\b)[^.!?]*[,.!]?.{0,40}$"
    r"|^[\w\s·.,，]{0,14}(?:您好|你好|周末愉快|新年好|节日快乐|早上好|上午好|中午好|晚上好|下午好|敬启者)[\s，,：:！!。]*.{0,8}$|^尊敬的.{1,16}[：:，,]?$|^(?:顺颂|此致|祝|谨上|敬上|再次感谢|再次谢谢|多谢|谢谢|感谢|致礼|期待|盼复|静候).{0,40}$|^.{0,10}(?:敬上|谨上|敬礼)[。]?$",
    re.IGNORECASE,
)
_QUESTION_TRAP = re.compile(
    r"\b(?:did you know|do you know|you know that|isn't it|wouldn't you|what if i told you|have you heard|why (?:pay|wait|settle)|who else|are you aware)\b|您知道吗|你知道吗|知道吗|难道|何不|您知道",
    re.IGNORECASE,
)
_LOOK_FORWARD = re.compile(
    r"^(?:as promised|as agreed)\b|^(?:i|we) (?:spoke|talked|met|look forward|hope|wish|trust you|remain|am sorry|apologi[sz]e|understand|appreciate|thank|see from|noted|gather|take it|heard)\b|^(?:looking forward|hope|thank|thanks(?! to)|sorry)\b",
    re.IGNORECASE,
)
_NEXT = re.compile(
    r"^(?:and |so |then |next,? )?(?:(?:next|this|by|on|early next|later this|tomorrow)\b[^,]{0,16},? (?=(?:i|we|you|my|our)\b))?(?:(?:if|when|should|once|as soon as) you\b[^,]*, )?(?:(?:i|we)(?:'d| would| will|'ll| could| can| am| are|'m|'re| suggest| propose)?(?: also| gladly| be)?(?: happy| glad| pleased| like| love| delighted| free)?(?: to)? ?(?:suggest|propose|show|demonstrate|send|call|talk|meet|come back|get back|arrange|set up|schedule|walk|discuss|invite|book|prepare|go through|join|answer your|reply|hear|know|learn|follow up|ring|bring|visit|come by|drop in|share|present|explain|look into|check|clarify|find out|ask|write)\b"
    r"|(?:shall|may|could|can|should|would|might) (?:we|i|you)\b|let(?:'s| us| me)\b|please\b|just (?:reply|write|call|send)|my (?:suggestion|proposal|idea)\b|(?:simply )?(?:reply|send|tell|let|choose|pick|call|write|forward|see|feel free)\b|attached|enclosed|(?:in|with) the (?:attachment|enclosure)|you will find (?:it |this |our |the )?(?:attached|enclosed)|(?:the |a |our |your )?(?:next step|simplest next step|best next step|easiest way)\b|(?:a |one |half an hour|thirty|twenty|\d+)[\w\s-]{0,24}(?:call|meeting|minutes|demo)\b[^,.]{0,40}(?:would|will|should|is) (?:be )?(?:enough|do|suffice)|if (?:you|it|this|that|thursday|tuesday|monday|wednesday|friday)\b[^,]*(?:suits?|works?|like|want|wish|agree|send|prefer|are free)\b)",
    re.IGNORECASE,
)
_HAN_NEXT = re.compile(
    r"^(?:如果?(?:您|贵|方便|合适)[^，]*，|若[^，]*，|那么?，?|下一步，?|接下来，?|为此，?|另外，?)*(?:请(?!人)|欢迎|不妨|方便|是否|能否|可否|建议|我(?:们)?(?:想|可以|愿意|希望|建议|会|很乐意|乐意|打算|随时)?(?:先|为您|给您|向您|跟您|和您|用|带|安排|约|发|再|在|于|把|就|尽快|也|来|下周[一二三四五]?|本周[一二三四五]?|明天|后天|稍后|随后)*[^，。]{0,18}(?:演示|安排|发送|发给|致电|拜访|联系|沟通|约|回复|讨论|介绍|请教|答复|确认|整理|跟进|发您|通话|见面|当面|过一遍|准备|通个|电话)|附上|附一|附件|随信|期待|盼|静候|等您|下一步|本周|下周|明天|后天|稍后|周[一二三四五]|若方便|如方便|如您|随时)",
)
_CUSTOMER_VERB = (
    r"(?:(?:also |just |now |currently |already |really |rightly |first |further |then )*(?:wrote|write|said|say|told|tell|mentioned|mention|asked|ask|need|needed|want|wanted|wish|wished|require|look|are looking|were looking|plan|planned|are planning|hope|hoped|expect|worry|worried|are worried|fear|struggle|prefer|describe[d]?|explained|"
    r"noted|pointed|stressed|raised|care|would like|would need|spend|have to|must|cannot afford|do not want|don't want|insist|list|listed|named|gave|set|put it|complain(?:ed)?|called|report(?:ed)?|added|emphasi[sz]ed|requested|request|specified|specify|are after|seek|state|stated|doubt|wonder|consider|face|suffer|run|handle|receive|process|employ|operate|serve|take in|type|deal with|are still|still|are tired|lose|pay today|have about|have around|have some))\b"
)
_CUSTOMER = re.compile(
    rf"^(?:and |so |but |in your (?:mail|message|note|email|call|form|letter|chat|tender)[^,]*, |on the phone[^,]*, |as (?:far as )?i (?:understand|see)[^,]*, |at the moment,? |today,? |right now,? |what )?(?:you|your [\w' -]{{2,40}}?) {_CUSTOMER_VERB}|^(?:from|in|reading) your (?:mail|message|note|email|form|call|letter|words|description|chat)\b|^as (?:i|we) understand\b|"
    r"^(?:i|we) (?:understand|gather|take it|noticed|note|heard)\b|^(?:i|we) (?:see|read|know) (?:that|from|how|in your|your|you)\b|^(?:it|this) (?:seems|sounds|looks) (?:like|as if|that)\b|^(?:for you|to you|on your side|your (?:priority|concern|question|requirement|request|point|goal|wish|task|team|main|first|need|worry|words|message|note|project|situation|budget|deadline)s?)\b(?!.*\b(?:our|we)\b)|^(?:two|three|four|five|several|some|a few|one|these) (?:points|things|requirements|needs|topics|wishes|questions)\b(?!.*\bour\b)",
    re.IGNORECASE,
)
_CUSTOMER_END = re.compile(
    r"\b(?:matters?|important|counts?|decisive|crucial|urgent)\b[^,;]{0,24}\b(?:to|for) you[.]?$|\bas you (?:told|wrote|said|mentioned|put it|describe)[^,.]*[.]?$|^\"[^\"]+\"[,:]? (?:you wrote|were your words|is how you put it)",
    re.IGNORECASE,
)
_HAN_CUSTOMER = re.compile(
    r"^(?:同时，?|另外，?|此外，?|其中，?|来信(?:里|中)，?|(?:上次|上周|昨天|之前|刚才|在)[^，]{0,10}[里中上]，?|上次，?|上周，?|昨天，?|关于[^，]{1,20}，)?(?:您|贵[司方院行校公]|贵公司|贵团队|贵单位|你们|客户方)(?:[^，。]{0,12}?)(?:提到|提及|说|希望|需要|要求|想要|想|问|询问|关心|担心|写道|来信|表示|强调|正在|目前|每天|每月|每年|有\d|现有|介绍|描述|反映|计划|打算|面临|看重|在意|最看重|留言|信中|不希望|要|指出|列出)"
    r"|^(?:招标文件|标书|需求书|询价函|来函|您的文件)[^，。]{0,8}(?:要求|写明|规定|提到|问)|^(?:从|据|根据)您的?(?:来信|邮件|描述|留言|消息|介绍)|^(?:我们?)(?:理解|了解到|注意到|看到|明白|读到|记下)|^(?:对|于)(?:您|贵[司方院行校公])[^，。]{0,4}(?:来说|而言)|^看了?您|^(?:来信|信中|邮件里|电话里)|^您(?:的|在)(?:来信|邮件|信|问题|需求|诉求|顾虑|要求|留言)|^听您|^签保密协议|^没有谁|^没人(?:愿意|喜欢)|^贵[司方院行校所]的",
)
_HAN_CUSTOMER_END = re.compile(
    r"(?:是您告诉我的|您告诉我们的|您说的)[。.]?$|^看得出来?[^。]*您|对您[^，。]{0,6}(?:最?重要|关键)[。.]?$"
)
_GAP = re.compile(
    r"\b(?:do not|don't|cannot|can't) (?:yet )?(?:have|give|offer|name|promise)\b[^.;]*\b(?:answer|claim|statement|figure|proof|anything)\b|\bno (?:approved |ready |good )?(?:answer|statement|figure) (?:for|to|on) (?:that|this|it)|\bhave no (?:\w+ )?answer\b|\bnothing (?:approved |ready |released )?(?:to|we can|that we can|we may) (?:say|show|offer|tell|promise|state)|\bopen (?:on|from) our side|\b(?:we|i) (?:cannot|can't|could not|are not able to|am not able to) (?:yet )?(?:answer|say)\b|\b(?:still )?owe you an answer|\bI (?:would rather|prefer to) say so\b"
    r"|(?:目前|暂时|现在|今天)?(?:没有|还没有|暂无|尚无|给不出|拿不出|无法给出)[^，。；]{0,12}(?:答案|答复|说法|依据|数据|结论|方案可|可以对外|能对外|定论|结果可)|答不上来|回答不了|无法回答|还不能回答",
    re.IGNORECASE,
)
_PREFIX = re.compile(
    r"^(?:as (?:you )?(?:requested|asked|wished|wanted|mentioned|you [a-z]+(?: [a-z]+){0,6})|you (?:also )?(?:asked|wrote|said|mentioned|wanted to know|asked us|told us|need|want|wish|are looking)[^,;:.]*|(?:regarding|concerning|on|as for|for|about|when it comes to) (?:your (?:question|request|point|requirement|need|wish|concern)[^,:;]*|[^,:;]{1,40}(?=:\s))|(?:to|in) (?:answer|reply to) (?:your [^,:;]*|you)|"
    r"to your (?:point|request|wish)[^,:;]*|in short|in brief|briefly|to your question[^,:;]*|here (?:is|are)[^,:;]*|what (?:we|this) (?:have|can|offers?)[^,:;]*|on (?:the point|top) of [^,:;]*)\s*(?:[,;:]|, and|—| - )\s*(?:and |but |so )?",
    re.IGNORECASE,
)
_HAN_PREFIX = re.compile(
    r"^(?:(?:您|贵[司方院行校公]|贵公司)(?:[^，。：:；]{0,10})(?:提到|说|希望|需要|要求|关心|担心|问|询问|想)[^，。：:；]{0,30}|关于[^，。：:；]{1,24}|说到[^，。：:；]{1,20}|[^，。：:；\d]{2,10}方面|针对[^，。：:；]{1,24}|如您所愿|正如您[^，。：:；]{1,20}|对此|就此|简单说|在[^，。：:；]{1,16}方面)[，。：:；]"
)
_SHOW_THAT = re.compile(
    r"^(?:i|we)\b[^.]{0,40}\b(?:show|explain|demonstrate|tell|prove|add|note|confirm|assure|mention|say|promise|guarantee|point out|report)\b(?: you)?(?: \w+){0,3}? (?:how|that|why|where)\s+(?P<rest>(?:our|we|it|the|[A-Z])\b.*)$|^(?:we|i) (?:can |will |would )?(?P<direct>(?:guarantee|promise|assure|ensure)\b.*)$"
    r"|^(?:please |also )?(?:note|know|remember|be assured) that (?P<note>.*)$",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"^[^“”\"]{1,40}[“\"][^“”\"]+[”\"][^“”\"]{0,16}(?:[“\"][^“”\"]+[”\"])?[.。]?$")
_NEEDS_OF_OURS = re.compile(
    r"^you (?:only |just |will )?need\b.*\b(?:to (?:start|run|use|install|operate|begin)|gpus?|servers?|licen[cs]es?|cores?|graphics cards?)\b",
    re.IGNORECASE,
)
_TALK = re.compile(
    r"(?-i:(?<![Tt]ype )(?<![Cc]lass )(?<![Ll]evel )\bI\b)|\b(?:i'll|i'm|my|me|you|your|let us|let me|please)\b|您|贵[司方院行校所公]|我(?!们)|咱们",
    re.IGNORECASE,
)
_BENEFIT = re.compile(
    r"\byou(?:r (?:\w+ ){0,2}\w+)? (?:will|can|could|would|get|gets|gain|save|saves|benefit|receive|achieve|reach|no longer|never)\b|\b(?:guarantee|promise|ensure|assure)\w*|\bfor you\b"
    r"|(?:为|帮|替|让|给)(?:您|贵[司方])|(?:您|贵[司方公]司?)[^，。]{0,4}(?:将|可|就能|能够|可以|只需)|保证|确保|承诺",
    re.IGNORECASE,
)


def small_talk(text: str, names: frozenset[str]) -> bool:
    """Whether a sentence that shares hardly a word with the claims speaks of the talk itself, not of a product."""
    return bool(_TALK.search(text)) and not (_BENEFIT.search(text) or _about_us(text, names))


_SELF = re.compile(
    r"^(?:so |and |here |below )?(?:i (?:will|'ll|have|would|start|begin|take|kept|keep|answer|put|went)|my answer|here is what|that is (?:where|what|why) i|your (?:contact|question was)|one (?:line|sentence) of your|in your words|"
    r"for (?:a|the|my) (?:quote|offer|price)[^.;]{0,30} i need|one question|two questions|a question)\b(?![^.]*\b(?:our|we(?! can say)|guarantee|promise)\b)(?![^.]*\d)|^(?:我先|先说|下面|现(?![场有货行存成])|谨|想请教|有[一两]点|您的联系人|给您添|感谢|谢谢)(?![^。]*(?:我们的|准确|支持|\d))",
    re.IGNORECASE,
)
_US = re.compile(
    r"\b(?:our (?!call|talk|meeting|conversation|mail|discussion)|ours\b|we (?!understand|see|spoke|talked|met|hear|gather|read|know|note|can say)|"
    r"(?<!that )(?<!if )(?<!whether )(?<!when )(?<!as )(?<!what )(?<!and )it (?!was |were |must|has to|should|needs|may|shall|takes (?:more|too)|is (?:to|too)\b)\w+(?:s|n)\b|it (?:is|does|can)\b|"
    r"(?:the|this|each|every|all) (?:system|product|assistant|model|tool|platform|solution|bot|software|answers?|api|service) (?!must|has to|should|needs to|may))"
    r"|我们的(?!沟通|通话|会议)|我们(?!理解|了解|注意|看到|聊|沟通|谈|约|可以(?:约|安排|先)|想|愿意)|(?:本|这款|这套|该)(?:系统|产品|平台|方案)|^(?:系统|助手|产品|平台|模型|每个回答|所有)",
    re.IGNORECASE,
)
_TAIL = re.compile(r"(?:[;:]|, (?:and|but|so|which)|，(?:而|并且|因此|所以)|；|：|。)\s*(?P<tail>[^;:；：]+)$")


def _questions_only(text: str) -> bool:
    return text.rstrip().endswith(("?", "？")) and not _QUESTION_TRAP.search(text)


def _about_us(text: str, names: frozenset[str]) -> bool:
    low = text.lower()
    return bool(_US.search(text)) or any(re.search(rf"(?<!\w){re.escape(n)}(?!\w)", low) for n in names)


def asserted(sentence: str, names: frozenset[str]) -> str:
    """The part of a sentence that asserts something about us or our product; "" if nothing is.

    `names` are the lower-case product names of the claims: a clause that has one speaks about us.
    """
    text = normalise(sentence)
    text = re.sub(r"(?<![\d.])[，]", "，", text)
    if not re.search(r"\w", text) or _GREETING.match(text):
        return ""
    if _questions_only(text):
        return ""
    shown = _SHOW_THAT.match(text)
    if shown:
        return shown["rest"] or shown["direct"] or shown["note"] or ""
    if _GAP.search(text) and not re.search(r"(?<![A-Z]/)\b\d", _GAP.sub("", text)):
        return ""
    han = text.replace(",", "，").replace(":", "：").replace(";", "；") if re.search(r"[\u4e00-\u9fff]", text) else text
    if _NEEDS_OF_OURS.match(text):
        return text
    if _CUSTOMER.match(text) or _CUSTOMER_END.search(text) or _HAN_CUSTOMER.match(han) or _HAN_CUSTOMER_END.search(han):
        return _after_customer(han, names)
    if _SELF.match(text) and not _about_names(text, names):
        return ""
    if (_NEXT.match(text) or _LOOK_FORWARD.match(text) or _HAN_NEXT.match(han)) and not _hidden(text, names):
        return ""
    stripped = _PREFIX.sub("", text, count=1)
    stripped = _HAN_PREFIX.sub("", stripped.replace(",", "，") if han != text else stripped, count=1)
    return stripped if re.search(r"\w", stripped) else ""


def bare_talk(text: str, names: frozenset[str]) -> bool:
    """Whether a short sentence without figure or product, none of whose words a claim has, is only talk."""
    short = len(text) <= (26 if re.search(r"[\u4e00-\u9fff]", text) else 80)
    return short and not (
        re.search(r"\d", text) or _BENEFIT.search(text) or _PRODUCT.search(text) or _about_names(text, names)
    )


_PRODUCT = re.compile(
    r"\b(?:our|ours|system|product|assistant|model|tool|platform|solution|bot|software|api|service|it (?:is|does|can|runs|works)|every|all|always|never|best|most|fully)\b"
    r"|系统|产品|平台|方案|模型|助手|我们的|所有|全部|始终|从不|最|第一|领先",
    re.IGNORECASE,
)


def _about_names(text: str, names: frozenset[str]) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(n)}(?!\w)", text.lower()) for n in names)


def _after_customer(text: str, names: frozenset[str]) -> str:
    """What follows the customer's words in the same sentence, if it is about us."""
    if _QUOTED.search(text):
        return ""
    for pattern in (_PREFIX, _HAN_PREFIX):
        rest = pattern.sub("", text, count=1)
        spoken = rest == text or not rest.strip() or _CUSTOMER.match(rest) or _HAN_CUSTOMER.match(rest)
        if not spoken and not rest.startswith(("you ", "your ")):
            return asserted(rest, names) if _claims_something(rest, names, text) else ""
    tail = _TAIL.search(text)
    if tail and _about_us(tail["tail"], names):
        return asserted(tail["tail"].strip(), names)
    return text if _about_names(text, names) and re.search(r"\d", text) else ""


def _claims_something(rest: str, names: frozenset[str], whole: str) -> bool:
    return bool(re.search(r"[:;：；]", whole.rstrip(" .。"))) or _about_us(rest, names)


def _hidden(text: str, names: frozenset[str]) -> bool:
    """A next step that carries a claim: our product's name with a figure, or "because/since our …"."""
    named = any(re.search(rf"(?<!\w){re.escape(n)}(?!\w)", text.lower()) for n in names)
    boast = re.search(
        r"\b(?:because|since|as|which|that) (?:our|we|it)\b|因为我们|由于我们|我们的(?:系统|产品|方案|准确率)",
        text,
        re.IGNORECASE,
    )
    promise = re.match(r"^(?:i|we) will (?:have|get|bring|make|put|take) you\b", text, re.IGNORECASE)
    return bool(boast) or bool(promise) or bool(named and re.search(r"\d", text))
