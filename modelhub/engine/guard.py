"""Tells text that orders a model about from a customer's words, so that no such text is ever quoted in a pitch."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace

from modelhub.engine.types import NeedScore

# Where an order can begin: a sentence, a clause, or after a word that urges.
_START = (
    r"(?:^|[.!?;:,\n\r\"'“”‘’(\[<>#*|-]\s*|\b(?:please|kindly|now|then|and|also|instead|must|should|will|shall|can you|"
    r"could you|you have to|you need to|are to|to|just|simply|immediately|first|next)\s+)"
)
_RULES = (
    r"(?:instructions?|rules?|prompts?|guidelines?|directions?|commands?|context|messages?|text|polic(?:y|ies)|"
    r"restrictions?|filters?|safety|training|programming|orders?)"
)
_ENGLISH = (
    rf"{_START}(?:ignore|disregard|forget|bypass|override|overrule|skip|neglect|drop|discard|do not (?:follow|obey)|"
    rf"don't (?:follow|obey)|stop following)\s+(?:\w+\s+){{0,4}}?{_RULES}\b",
    rf"{_START}(?:forget|ignore|disregard)\s+(?:everything|all|anything|what)\b[^.\n]{{0,30}}\b(?:above|before|said|told|"
    r"previous\w*|earlier|so far|know)\b",
    rf"\b(?:previous|prior|above|preceding|earlier|system|developer|hidden|initial|original)\s+{_RULES}\b[^.\n]{{0,40}}"
    r"\b(?:no longer|void|invalid|outdated|replaced|superseded|cancell?ed|do(?:es)? not apply)\b",
    rf"{_START}(?:print|reveal|show|output|repeat|display|leak|disclose|tell me|give me|return|quote|write out|send)\s+"
    r"(?:\w+\s+){0,3}?(?:your|the)\s+(?:\w+\s+){0,2}?(?:prompts?|instructions|system message|system text|rules|"
    r"configuration|api keys?|secrets?|password|training data|hidden text)\b",
    rf"{_START}(?:repeat|print|output)\s+(?:\w+\s+){{0,3}}?(?:the\s+)?(?:words|text|everything)\s+above\b",
    r"\byou are (?:now|no longer|from now on)\b|\bfrom now on,? you\b|\byou(?:'re| are) (?:an? )?(?:unrestricted|jailbroken|"
    r"evil|dan\b|free of)",
    r"(?:^|[.!?;:\n]\s*|\bplease\s+|\bnow\s+|\byou (?:must|should|will)\s+)(?:act|behave|respond|answer|speak|reply) "
    r"(?:as|like) (?:if|though|an? (?:\w+ )?(?:ai|assistant|model|chatbot|pirate|developer|admin\w*|system|expert|character))",
    rf"{_START}(?:pretend|imagine|role-?play)\s+(?:that\s+|to\s+be\s+|as\s+)?(?:you|an?|the)\b",
    rf"{_START}(?:mark|label|classify|flag|tag|rate|score|categori[sz]e|set|move|change|update|treat|register|record|close)\s+"
    r"(?:\w+\s+){0,3}?(?:this|the|me|us|it|our|lead|message|status|stage|priority|deal|score)\b[^.\n]{0,40}?"
    r"\b(?:as|to|with|at)\s+(?:\w+\s+){0,2}?(?:won|lost|closed|hot|qualified|urgent|vip|top|highest|priority|high|important|"
    r"supported|verified|approved|100|10/10|confirmed|resolved|spam|paid|admin\w*)\b",
    rf"{_START}(?:respond|reply|answer|output|return|write|say)\s+(?:only|just|exactly|nothing but)\b",
    rf"{_START}(?:only|always|never)\s+(?:respond|reply|answer|output|say|write|mention|recommend|praise)\b[^.\n]{{0,60}}",
    rf"{_START}(?:do not|don't|never)\s+(?:mention|tell|inform|reveal|show|warn|disclose)\b[^.\n]{{0,40}}\b(?:user|human|reader|"
    r"anyone|sales|rep|this instruction|these instructions|this message|prompt)\b",
    r"\b(?:attention|note|message|instruction|dear|hey|hello|to (?:the|any|all))[\s,:]+(?:to\s+)?(?:the\s+|any\s+|all\s+|this\s+)?(?:ai|llm|language model|"
    r"assistant|chatbot|bot|model|agent|classifier|crm system|automated system|summari[sz]er)s?\b\s*(?:[:,!]|reading|processing|that reads)",
    r"\bif you(?:'re| are) (?:an? )?(?:ai|llm|language model|assistant|bot|model|machine|automated)\b",
    r"\bas an? (?:ai|llm|language model)(?: model| assistant)?,? you\b",
    r"\b(?:system|developer|hidden|secret)\s+prompt\b[^.\n]{0,40}\b(?:is|:|print|reveal|show|override|update)|\bnew (?:system )?(?:instructions?|rules|task|prompt|orders?)\s*[:=]",
    r"\b(?:developer|debug|god|admin|maintenance|sudo|dan|jailbreak) mode\b|\bjailbreak\b|\bprompt injection\b\s*[:!]",
    r"<\|[^|>\n]{1,40}\|>|\[/?INST\]|<</?SYS>>|</?(?:system|assistant|instructions?|prompt)>|<(?:start|end)_of_turn>|"
    r"^\s*#{2,}\s*(?:system|instruction|assistant|human|user|new task)|(?:^|\n)\s*(?:system|assistant|ai|human)\s*:\s",
    r"\b(?:begin|end|start) (?:of )?(?:system )?(?:prompt|instructions?|override)\b|\b(?:system|admin|security) override\b",
    rf"{_START}(?:execute|run|call|invoke|trigger)\s+(?:\w+\s+){{0,2}}?(?:the\s+)?(?:following|this|these)\s+(?:command|code|script|function|tool|sql|query)s?\b",
    rf"{_START}(?:delete|drop|erase|export|e-?mail|send|forward|transfer)\s+(?:\w+\s+){{0,3}}?(?:all|every|your|the entire)\s+(?:\w+\s+){{0,2}}?"
    r"(?:leads?|contacts?|customers?|records?|databases?|tables?|data|messages?|users?|credentials|passwords)\b[^.\n]{0,40}\b(?:to\s+\S+@|now|immediately|from (?:the|your))",
    rf"{_START}(?:give|grant|offer|promise|confirm|apply)\s+(?:\w+\s+){{0,3}}?\b(?:a |an )?\d{{2,3}}\s?% (?:discount|off)\b[^.\n]{{0,40}}\b(?:in|to|without|regardless|pitch|reply|mail)\b",
    rf"{_START}(?:include|insert|append|add|put|write|use|begin|start|end)\s+(?:\w+\s+){{0,5}}?(?:in|into|to|with|at)\s+(?:\w+\s+){{0,2}}?"
    r"(?:your (?:answer|reply|response|output|summary|pitch)|the (?:pitch|summary|output|response|generated))\b",
    rf"{_START}(?:translate|summari[sz]e|rewrite|continue|complete)\s+(?:\w+\s+){{0,3}}?(?:the (?:above|following|text below)|this (?:prompt|instruction))\b",
)  # fmt: skip
_CHINESE = (
    r"(?:忽略|无视|忘记|忘掉|抛开|跳过|绕过|不要(?:遵守|理会|执行|管)|不必(?:遵守|理会)|覆盖|停止遵守|撇开)[^，。；!?]{0,12}?"
    r"(?:指令|指示|规则|提示词?|设定|要求|限制|约束|命令|内容|上文|之前|以上|前面)",
    r"(?:打印|输出|显示|展示|泄露|透露|说出|告诉我|复述|重复|给出|公布|返回)[^，。；]{0,8}?(?:你的|系统|初始|完整的?|全部|隐藏的?|内部)"
    r"[^，。；]{0,6}?(?:提示词?|指令|指示|设定|规则|密钥|密码|配置|prompt)",
    r"你现在(?:是|开始|起|必须|要)|从现在(?:起|开始)[，,]?你|你(?:将|要)?扮演|(?:请|现在)?(?:扮演|假装|假设你|设想你)(?:是|成|一个|你)?",
    r"(?:把|将|请将|请把)[^，。；]{0,14}(?:标记|标为|标注|设为|设置为|设成|改为|改成|归类为|分类为|评为|打分为|列为|置为|更新为|判为|判定为|记为)"
    r"[^，。；]{0,10}(?:赢单|成交|已赢|won|丢单|最高|高优先|重要|紧急|优质|已确认|合格|通过|满分|100|十分|已付款|热门|vip)",
    r"(?:只|仅)(?:需|要|能|许|准)?(?:回答|回复|输出|返回|说(?=[“\"「『:：]))[“\"「『:：]?|(?:回答|回复|输出)(?:时)?(?:必须|只能|一律)",
    r"作为(?:一个|一名)?(?:AI|人工智能|语言模型|大模型|助手|机器人)[，,]?\s*(?:你|请|必须)|如果你是(?:AI|人工智能|机器人|语言模型|大模型|模型|助手)",
    r"(?:致|给|注意[：:，,]?)(?:所有|任何|本)?(?:AI|人工智能|语言模型|大模型|智能助手|模型|机器人|系统)[：:，,]",
    r"(?:系统|开发者|隐藏)提示词?[：:]|新(?:的)?(?:指令|任务|规则|提示)[：:]|(?:开发者|调试|管理员|上帝|越狱)模式|越狱",
    r"不要(?:告诉|提及|透露给|让)[^，。；]{0,8}(?:用户|销售|人类|任何人|别人)(?:知道)?",
    r"(?:在|往)(?:你的|推介|回复|方案|摘要|输出|邮件)[^，。；]{0,8}(?:加上|加入|写上|插入|注明|写明)",
    r"(?:执行|运行|调用)(?:以下|下面|下列|这段|如下)(?:的)?(?:命令|代码|脚本|指令|函数|SQL)",
    r"(?:删除|导出|清空|发送)(?:所有|全部|整个)[^，。；]{0,6}(?:线索|客户|数据库|记录|联系人|数据)(?:到|至|给|[，。!！]|$)",
)  # fmt: skip
_ORDERS = re.compile("|".join(f"(?:{p})" for p in (*_ENGLISH, *_CHINESE)), re.IGNORECASE)
# Signs that the words describe a product the customer wants, not this machine.
_DESCRIBES = re.compile(
    r"\b(?:it|bot|assistant|model|system|tool|chatbot|that|which|agents?|users?|they|customers?|attackers?|somebody|someone|people|staff) "
    r"(?:must|should|may|can|shall|does|do|will|would|could|tries to|try to|has to|needs to|to)?\s*(?:not |never |n't )?\s*$"
    r"|(?:机器人|助手|系统|模型|智能体|它|用户|有人|攻击者|希望|想要?|不能|不得|不应|不许|防止|避免|不会|会不会|是否会)[^，。；]{0,6}$",
    re.IGNORECASE,
)
_UNSEEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")


def plain(text: str) -> str:
    """The text as a reader sees it: one width, no invisible characters, letters that were spaced out joined."""
    text = _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    return re.sub(r"\b(?:[A-Za-z][ .\-_*]){4,}[A-Za-z]\b", lambda m: re.sub(r"[ .\-_*]", "", m.group()), text)


def orders(text: str) -> list[str]:
    """The stretches of a text that order a model about; empty for a customer's ordinary words, wishes included."""
    seen = plain(text)
    return [
        match.group().strip()
        for match in _ORDERS.finditer(seen)
        if not _DESCRIBES.search(seen[max(0, match.start() - 40) : _verb_at(match)])
    ]


def _verb_at(match: re.Match[str]) -> int:
    """Where the order's own verb begins: behind the mark or the urging word that the pattern took along."""
    lead = re.match(
        r"(?:[^\w\u4e00-\u9fff]*|(?:please|now|then|and|also|must|should|will|to)\s+)*", match.group(), re.IGNORECASE
    )
    return match.start() + (lead.end() if lead else 0)


def is_order(text: str) -> bool:
    """Whether a text, or a part of it, orders a model about. Such a text is never quoted and never obeyed."""
    return bool(orders(text))


def without_orders(needs: Iterable[NeedScore], *, but: str) -> Iterator[NeedScore]:
    """The needs without quotes that order a model about, and without needs that rest on nothing else; `but` stays as it is."""
    for need in needs:
        spans = tuple(span for span in need.spans if not is_order(span.text))
        if len(spans) == len(need.spans) or need.need == but:
            yield need
        elif spans:
            yield replace(need, spans=spans)
