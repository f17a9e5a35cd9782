"""The questions worth asking next: for what a message leaves open, in the customer's language, worded by what they want."""

from __future__ import annotations

from collections.abc import Sequence

from modelhub.engine.clarity import WORTH
from modelhub.engine.types import Clarity, NeedScore, Question

MOST = 3
SPOKEN = frozenset({"speech-recognition", "speech-synthesis", "customer-service"})
WRITTEN = frozenset(
    {
        "document-understanding",
        "information-extraction",
        "summarisation",
        "machine-translation",
        "text-generation",
        "search-retrieval",
        "question-answering",
    }
)
SEEN = frozenset({"image-classification", "object-detection", "image-generation", "multimodal-understanding"})

# By language, part, and the kind of task ("" is for any).
WORDING: dict[str, dict[str, dict[str, str]]] = {
    "en": {
        "task": {"": "What would you like the system to do first, and who does that job today?"},
        "volume": {
            "": "Roughly how much work is it: how many cases a day, and how many people will use it at once?",
            "spoken": "How many calls or chats come in on an ordinary day, and how many at the worst hour?",
            "written": "How many documents or pages does it come to in a month, and how long is a typical one?",
            "seen": "How many pictures or hours of video are there in a day, and at what resolution?",
        },
        "constraints": {
            "": "Is there anything that rules a solution out: where it may run, who may see the data, how fast it must answer?",
            "spoken": "May recordings leave your site, and how long may a caller wait for an answer?",
            "written": "May the documents leave your network, and which certificates or rules apply to them?",
            "seen": "Must the pictures be processed on site, and how soon is the result needed?",
        },
        "budget": {
            "": "What range has been set aside for this, and is it for one year or for the whole project?",
            "pricing-request": "So that our quote fits: do you have a ceiling in mind, by month or by use?",
            "procurement-rfp": "Which budget does the tender foresee, and is price weighted against quality?",
        },
        "time": {
            "": "When do you need it to be running, and what happens on that date?",
            "demo-trial": "When would a trial suit you, and when do you want to decide after it?",
            "complaint-churn": "By when does this have to be put right for you?",
        },
        "people": {
            "": "Who else will take part in the decision, and who should we ask about the technical side?",
            "security-compliance": "Who signs off security and data protection on your side?",
        },
    },
    "zh": {
        "task": {"": "最想先让系统做哪件事？现在这件事是谁在做？"},
        "volume": {
            "": "大概有多大的量：每天多少件，同时有多少人在用？",
            "spoken": "平时一天有多少通电话或会话？最忙的一小时有多少？",
            "written": "一个月大约有多少份、多少页？一份通常有多长？",
            "seen": "一天大约有多少张图片或多少小时视频？分辨率是多少？",
        },
        "constraints": {
            "": "有没有硬性要求：部署在哪里、数据谁能看、多久要出结果？",
            "spoken": "录音能不能出内网？来电的人最多能等几秒？",
            "written": "这些文件能不能离开内网？要符合哪些认证或规定？",
            "seen": "图片必须在现场处理吗？多久之内要出结果？",
        },
        "budget": {
            "": "这件事预留了多少预算？是一年的还是整个项目的？",
            "pricing-request": "方便报得更准：您心里有没有上限？按月还是按用量？",
            "procurement-rfp": "招标预算大概是多少？价格分和技术分怎么占比？",
        },
        "time": {
            "": "希望什么时候上线？那个时间点有什么安排？",
            "demo-trial": "什么时候方便试用？试完打算什么时候定？",
            "complaint-churn": "您希望最晚什么时候解决？",
        },
        "people": {
            "": "除了您，还有哪些人参与决定？技术方面我们可以联系谁？",
            "security-compliance": "安全和数据合规由贵方哪位把关？",
        },
    },
}


def ask(clarity: Clarity, needs: Sequence[NeedScore], language: str) -> tuple[Question, ...]:
    """At most three questions, the one that would add most clarity first; gain is the clarity it would add."""
    table = WORDING["zh" if language == "zh" else "en"]
    keys = [need.need for need in sorted(needs, key=lambda n: -n.probability)]
    kinds = [*keys, *_kinds(keys)]
    found = []
    for part in sorted(clarity.missing, key=lambda p: -WORTH[p])[:MOST]:
        wordings = table[part]
        kind = next((k for k in kinds if k in wordings), "")
        found.append(Question(part, wordings[kind], WORTH[part]))
    return tuple(found)


def _kinds(keys: Sequence[str]) -> list[str]:
    names = (("spoken", SPOKEN), ("written", WRITTEN), ("seen", SEEN))
    order = [name for key in keys for name, members in names if key in members]
    return list(dict.fromkeys(order))
