"""The Chinese of the composer. {text} is the customer's wording, {topic} a need, {sender} the writer."""

from __future__ import annotations

GREETING = {
    "plain": ("{full}，您好：",),
    "warm": ("{full}，您好！",),
    "formal": ("尊敬的{full}：",),
}
GREETING_UNNAMED = {"plain": "您好：", "warm": "您好！", "formal": "尊敬的客户："}
CALL_GREETING = ("{full}您好，我是{sender}。", "您好，请问是{full}吗？我是{sender}。")
CALL_UNNAMED = "您好，我是{sender}。"

_SAID = ("您在来信里写道：“{text}。”", "您提到“{text}”。", "您说得很直接：“{text}。”", "您的来信里有一句话：“{text}。”")
_ASKED = ("您问：“{text}？”", "您在来信里问到：“{text}？”")
OPENING = {"words": _SAID, "question": _ASKED}
OPENING_PAIR = {
    ("words", "words"): ("您提到“{a}”，也提到“{b}”。", "您在来信里写了两件事：“{a}”，以及“{b}”。"),
    ("words", "question"): ("您提到“{a}”，并且问“{b}？”",),
}
OPENING_BARE = (
    "您为{company}问到{topics}。",
    "您想了解{company}在{topics}上能怎么做。",
    "来信里，您为{company}问到{topics}。",
)
LINK = {
    "plain": ("我先回答这一点。", "下面逐条回答。", "先说这件事。"),
    "warm": ("感谢您说得这么清楚。", "谢谢您花时间写得这样具体。", "感谢您坦率相告，这比填表有用得多。"),
    "formal": ("感谢您的来信，现逐条答复如下。", "感谢贵司垂询，谨此回复。"),
}
SORRY = "给您添了麻烦，非常抱歉，也感谢您直说。"
ALSO = {
    "words": ("您还提到：“{text}。”", "您另外写道：“{text}。”"),
    "question": ("您还问：“{text}？”",),
}
LEAD_IN = ("关于{topic}：", "{topic}方面，", "说到{topic}，")
GAP = (
    "您还提到{topics}，这一点我们目前没有现成的答案。",
    "您也提到{topics}，目前我们没有可以给您的答案，先如实说明。",
)
GAP_PART = ("{items}这一项，我们目前没有现成的答案。", "至于{items}，我们目前没有现成的答案。")
GAP_QUOTED = ("这一点我们目前没有现成的答案。", "这一点我们目前没有答案，先如实告诉您。")
QUESTION_LEAD = {1: ("想请教一个问题：", "有一点想请教："), 2: ("想请教两个问题：", "有两点想请教：")}
PRICE_KNOWN = "您问到价格：按您说的用量，我算好再报给您，您看可以吗？"
PRICE = "您问到价格：报价之前，请告诉我大致的用量。"
NEXT = {
    "engineer": (
        "本周能否约四十分钟，和贵司的工程师一起用真实数据过一遍？",
        "方便的话，请发二十个真实案例，我们周四一起看结果，您看可以吗？",
    ),
    "operations": (
        "周四能否占用您二十分钟，用贵司的十个真实案例一起看一遍？",
        "下周能否约个时间，先看最让团队头疼的那几类情况？",
    ),
    "finance": (
        "我按贵司的用量把费用列成一页，周四和您过一遍，您看可以吗？",
        "下周能否通个电话，只谈用量和费用？",
    ),
    "procurement": ("下一步需要我们填哪些表格，什么时候要？", "下周能否逐条过一遍贵司的需求清单？"),
    "legal": (
        "能否约半小时，一起过一遍数据方面的问题？也欢迎贵司的数据保护负责人参加。",
        "您最关心哪几条条款，本周能否电话里逐条过一遍？",
    ),
    "executive": (
        "下周能否占用您十五分钟，看看值不值得试一次？",
        "这件事我应该先向贵司哪位介绍，周四方便给您打个电话吗？",
    ),
    "other": ("本周能否约二十分钟，先看一眼？", "哪天方便，我们在电话里聊一聊？"),
}
NEXT_DEMO = (
    "您提到想先试用：先从哪一类真实案例开始比较好？",
    "您提到想看演示：周四上午十点，用几份贵司自己的材料，您看可以吗？",
)
CALL_ASK = ("现在方便占用您五分钟吗？", "您现在方便说话吗？")
CALL_END = ("谢谢您的时间。", "谢谢，祝您工作顺利。")
CLOSING = {"plain": "祝好，{sender}", "warm": "祝您一切顺利，{sender}", "formal": "顺颂商祺，{sender}"}
CONTACT = "您的联系人：{sender}"
SUBJECT_BARE = "您的来信"
SUBJECT = ("关于{topics}的答复", "给{company}：{topics}", "{company}：{topics}", "您的来信：{topics}")
