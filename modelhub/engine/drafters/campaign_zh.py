"""The Chinese of a campaign mail, which goes to many: what each need is called in a subject line, and the question it answers."""

from __future__ import annotations

TOPICS = {
    "private-deployment": "在自己的服务器上用 AI",
    "data-residency": "数据留在哪里",
    "security-compliance": "AI 如何通过安全审查",
    "latency": "不用等的答复",
    "throughput-scale": "高峰期的服务",
    "accuracy-guarantee": "AI 的回答有多准",
    "explainability": "AI 的回答从哪里来",
    "cost-control": "人人都用 AI 时的费用",
    "fine-tuning": "懂行话的模型",
    "integration-api": "把 AI 接进现有系统",
    "languages": "用其他语言来信的客户",
    "support-sla": "AI 停摆时找谁",
    "customer-service": "每天重复回答的问题",
    "question-answering": "从自己的资料里找答案",
    "speech-recognition": "把通话变成文字",
    "speech-synthesis": "给来电者的声音",
    "machine-translation": "不用排队的翻译",
    "sentiment-analysis": "等不得的来信",
    "information-extraction": "从单据里取数",
    "summarisation": "几行读完长材料",
    "search-retrieval": "找到已有的知识",
    "code-assistance": "给开发团队的帮手",
    "image-classification": "图片分类",
    "object-detection": "在图片里找问题",
    "image-generation": "合用的图片",
    "document-understanding": "不用手敲的表单和发票",
    "multimodal-understanding": "带照片的提问",
    "medical-decision-support": "一眼看清病历",
    "forecasting-analytics": "看得更远一点",
    "agents-automation": "跨多个系统的业务",
    "text-generation": "初稿",
}
ASK = {
    "private-deployment": "数据不能离开自己的服务器，AI 该怎么用？",
    "data-residency": "同事向 AI 提问时，数据去了哪里？",
    "security-compliance": "AI 服务怎样才能通过贵司的安全审查？",
    "latency": "一个答复要等多久，同事就不愿再等了？",
    "throughput-scale": "请求一下子多出十倍，服务还跟得上吗？",
    "accuracy-guarantee": "怎么知道 AI 的回答有多准？",
    "explainability": "同事怎样核对 AI 的回答出自哪里？",
    "cost-control": "等到人人都用 AI，一年要花多少钱？",
    "fine-tuning": "怎样让模型学会贵司的行话？",
    "integration-api": "怎样把 AI 接进同事每天在用的系统？",
    "languages": "客户用团队不懂的语言来信，该怎么办？",
    "support-sla": "周一早上 AI 停摆了，该找谁？",
    "customer-service": "团队每天有多少时间花在重复的问题上？",
    "question-answering": "答案明明写在资料里，要找多久才找得到？",
    "speech-recognition": "一整天的通话，由谁来记录？",
    "speech-synthesis": "没人有空接电话时，谁来应答？",
    "machine-translation": "一份材料要等多久才能翻译好？",
    "sentiment-analysis": "今天的来信里，哪一封来自快要流失的客户？",
    "information-extraction": "把单据上的数字录进系统，每周要花多少小时？",
    "summarisation": "通话之前，谁有时间读完整份材料？",
    "search-retrieval": "同事要找多久，才会转头去问别人？",
    "code-assistance": "开发团队一周的工作里，哪一部分可以交给机器？",
    "image-classification": "每天收到的图片，由谁来分类？",
    "object-detection": "那么多图片，谁来找出真正要紧的那一处问题？",
    "image-generation": "一张合用的图片要等多久？",
    "document-understanding": "扫描来的表单和发票，由谁来录入？",
    "multimodal-understanding": "客户发来一张照片和一个问题，谁来回答？",
    "medical-decision-support": "病历里的内容那么多，医生怎样顾得过来？",
    "forecasting-analytics": "订单的走势，能提前看到多远？",
    "agents-automation": "办完一件事，同事要打开几个系统？",
    "text-generation": "写一份初稿要花多久？",
}
ASK_OTHER = ("贵司目前是怎么处理{topic}的？",)
PIVOT = {
    "plain": (
        ("不知{company}是否也在考虑这个问题？", "下面简要回答。"),
        ("{company}也遇到过这个问题吗？", "下面简要回答。"),
    ),
    "warm": (("不知{company}是否也在为此费心？", "请允许我简要说明。"),),
    "formal": (("不知{company}是否也在考虑这一问题？", "谨此简要说明。"),),
}
LEAD_IN = ("关于{topic}：", "{topic}方面，")
NEXT = {
    "plain": (
        ("您想用自己的真实案例看一看吗？", "请直接回复这封邮件。"),
        ("要不要我用一个真实案例给您看一看？", "方便的话，请直接回复这封邮件。"),
    ),
    "warm": (("要不要我用您的真实案例演示一遍？", "方便的话，请直接回复这封邮件。"),),
    "formal": (("贵司是否愿意用真实案例看一看？", "如果您愿意，请直接回复这封邮件。"),),
}
SUBJECT = ("{Topic}", "{ask}", "致{company}：{topic}")
