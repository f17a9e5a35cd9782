"""Needs in the words of a letter: what a paragraph is about, in which order each reader wants it, and what is no gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

GROUPS: dict[str, tuple[str, ...]] = {
    "place": ("private-deployment", "data-residency", "security-compliance"),
    "proof": ("accuracy-guarantee", "explainability"),
    "pace": ("latency", "throughput-scale"),
    "fit": ("integration-api", "languages", "fine-tuning"),
    "terms": ("cost-control", "support-sla"),
}
TASK = "task"
"""The group of every need that no other group names: what the model should do."""

INTENTS = frozenset(
    (
        "pricing-request",
        "demo-trial",
        "procurement-rfp",
        "competitor-comparison",
        "technical-question",
        "complaint-churn",
        "partnership",
        "not-a-lead",
    )
)
"""Needs that ask for a step, not for a capability: they shape the close and are never a gap."""

ORDER: dict[str, tuple[str, ...]] = {
    "engineer": ("place", "pace", TASK, "fit", "proof", "terms"),
    "operations": (TASK, "proof", "pace", "fit", "place", "terms"),
    "finance": ("terms", TASK, "pace", "proof", "fit", "place"),
    "procurement": ("terms", "place", TASK, "fit", "proof", "pace"),
    "legal": ("place", "proof", "terms", TASK, "fit", "pace"),
    "executive": (TASK, "terms", "proof", "place", "pace", "fit"),
    "other": (TASK, "place", "proof", "pace", "fit", "terms"),
}

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "private-deployment": "where it runs", "data-residency": "where the data stays", "security-compliance": "security",
        "latency": "speed", "throughput-scale": "volume", "accuracy-guarantee": "how often it is right", "explainability": "where an answer comes from",
        "cost-control": "cost", "fine-tuning": "learning from your own data", "integration-api": "connecting it to your systems",
        "languages": "languages", "support-sla": "support", "customer-service": "replies to your customers", "question-answering": "answering questions",
        "speech-recognition": "turning speech into text", "speech-synthesis": "the spoken voice", "machine-translation": "translation",
        "sentiment-analysis": "the mood of messages", "information-extraction": "pulling out fields", "summarisation": "summaries",
        "search-retrieval": "finding passages", "code-assistance": "help with code", "image-classification": "sorting pictures",
        "object-detection": "finding things in pictures", "image-generation": "making pictures", "document-understanding": "reading documents",
        "multimodal-understanding": "questions about text and pictures together", "medical-decision-support": "medical decisions",
        "forecasting-analytics": "forecasts", "agents-automation": "work done across systems", "text-generation": "drafting text",
    },
    "zh": {
        "private-deployment": "部署位置", "data-residency": "数据存放地", "security-compliance": "安全合规", "latency": "响应速度",
        "throughput-scale": "处理量", "accuracy-guarantee": "准确率", "explainability": "答案出处", "cost-control": "费用",
        "fine-tuning": "用自有数据调优", "integration-api": "系统对接", "languages": "语种", "support-sla": "服务保障",
        "customer-service": "客服答复", "question-answering": "问答", "speech-recognition": "语音转文字", "speech-synthesis": "语音播报",
        "machine-translation": "翻译", "sentiment-analysis": "情绪判断", "information-extraction": "信息抽取", "summarisation": "摘要",
        "search-retrieval": "检索", "code-assistance": "代码辅助", "image-classification": "图片分类", "object-detection": "图像检测",
        "image-generation": "图像生成", "document-understanding": "单据识别", "multimodal-understanding": "图文问答",
        "medical-decision-support": "医疗辅助决策", "forecasting-analytics": "预测分析", "agents-automation": "跨系统办理", "text-generation": "文本起草",
    },
}  # fmt: skip


def group_of(need: str) -> str:
    """The paragraph a need belongs to."""
    return next((name for name, needs in GROUPS.items() if need in needs), TASK)


def order_for(role: str) -> tuple[str, ...]:
    """Groups in the order this reader wants them; unknown roles read like "other"."""
    return ORDER.get(role, ORDER["other"])


def topic(need: str, language: str, names: Mapping[str, str]) -> str:
    """A need as the subject of a sentence; needs that an admin added go by their name."""
    known = WORDS[language].get(need)
    if known:
        return known
    name = names.get(need, need.replace("-", " "))
    return name if language == "zh" or name[:2].isupper() else name[:1].lower() + name[1:]


def listed(items: Sequence[str], language: str) -> str:
    """ "a, b and c", or a、b和c."""
    if len(items) < 2:
        return "".join(items)
    return "、".join(items[:-1]) + "和" + items[-1] if language == "zh" else ", ".join(items[:-1]) + " and " + items[-1]
