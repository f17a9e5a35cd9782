"""The English of a campaign mail, which goes to many: what each need is called in a subject line, and the question it answers."""

from __future__ import annotations

TOPICS = {
    "private-deployment": "AI on your own servers",
    "data-residency": "where your data stays",
    "security-compliance": "AI and your security review",
    "latency": "answers without the wait",
    "throughput-scale": "your service on the busiest day",
    "accuracy-guarantee": "how often an AI answer is right",
    "explainability": "where an AI answer comes from",
    "cost-control": "what AI costs when everybody uses it",
    "fine-tuning": "a model that knows your trade",
    "integration-api": "AI in the systems you already use",
    "languages": "customers who write in other languages",
    "support-sla": "help when the AI stands still",
    "customer-service": "questions your team answers every day",
    "question-answering": "answers from your own documents",
    "speech-recognition": "calls, written down",
    "speech-synthesis": "a voice for your callers",
    "machine-translation": "translations without the wait",
    "sentiment-analysis": "the messages that cannot wait",
    "information-extraction": "figures out of papers",
    "summarisation": "long files in a few lines",
    "search-retrieval": "finding what you already know",
    "code-assistance": "help for your developers",
    "image-classification": "sorting pictures",
    "object-detection": "finding faults in pictures",
    "image-generation": "pictures that fit",
    "document-understanding": "forms and invoices without typing",
    "multimodal-understanding": "photos with a question",
    "medical-decision-support": "a patient record at a glance",
    "forecasting-analytics": "seeing further ahead",
    "agents-automation": "cases that cross many systems",
    "text-generation": "first drafts",
}
ASK = {
    "private-deployment": "How do you use AI when nothing may leave your own servers?",
    "data-residency": "Where does your data go when somebody in your house asks an AI service?",
    "security-compliance": "How do you bring an AI service through your security review?",
    "latency": "How long may an answer take before your people stop waiting for it?",
    "throughput-scale": "What happens to your service on the day ten times as many requests come in?",
    "accuracy-guarantee": "How often is an AI answer right, and who checks it?",
    "explainability": "How do your people check where an AI answer comes from?",
    "cost-control": "What will AI cost you once everybody uses it?",
    "fine-tuning": "How does a model learn the words of your trade?",
    "integration-api": "How do you bring AI into the systems your people already work in?",
    "languages": "What do you do when a customer writes in a language your team does not speak?",
    "support-sla": "Whom do you call when the AI stands still on a Monday morning?",
    "customer-service": "How much of the day goes into questions your team has answered before?",
    "question-answering": "How long does it take to find an answer that stands somewhere in your documents?",
    "speech-recognition": "Who writes down what is said on the phone all day?",
    "speech-synthesis": "Who speaks to your callers when nobody is free to pick up?",
    "machine-translation": "How long do your texts wait for a translation?",
    "sentiment-analysis": "Which of today’s messages comes from a customer who is about to leave?",
    "information-extraction": "How many hours go into copying figures from papers into a system?",
    "summarisation": "Who has the time to read the whole file before the call?",
    "search-retrieval": "How long do your people search before they ask a colleague?",
    "code-assistance": "Which part of your developers’ week could a machine take over?",
    "image-classification": "Who sorts the pictures that come in every day?",
    "object-detection": "Who looks through all the pictures for the one fault that matters?",
    "image-generation": "How long do you wait for a picture that fits?",
    "document-understanding": "Who types off the forms and invoices that come in as scans?",
    "multimodal-understanding": "Who answers when a customer sends a photo and a question?",
    "medical-decision-support": "How do your doctors keep track of all that stands in a record?",
    "forecasting-analytics": "How far ahead can you see what will be ordered?",
    "agents-automation": "How many systems does one of your people open to settle a single case?",
    "text-generation": "How long does a first draft take in your house?",
}
ASK_OTHER = ("How do you deal with {topic} today?",)
PIVOT = {
    "plain": (
        ("Does that question come up at {company} too?", "Here is what we can say to it."),
        ("Is that a question you ask yourself at {company}?", "I hope the next lines save you some time."),
    ),
    "warm": (("Have you asked yourself that at {company}?", "I hope the next lines save you some time."),),
    "formal": (("Does this question concern {company}?", "Please allow me a short answer."),),
}
LEAD_IN = ("On {topic}: ", "As for {topic}: ")
NEXT = {
    "plain": (
        ("If you would like to see it on your own cases, just reply to this mail.",),
        ("Shall I show it to you on one of your own cases?", "Just reply to this mail."),
    ),
    "warm": (("I would be glad to show it to you on one of your own cases; just reply to this mail.",),),
    "formal": (("Should you wish to see it on your own cases, a short reply to this mail is enough.",),),
}
SUBJECT = ("{Topic}", "{ask}", "For {company}: {topic}")
