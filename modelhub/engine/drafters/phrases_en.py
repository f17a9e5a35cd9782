"""The English of the composer. {text} is the customer's wording, {topic} a need, {sender} the writer."""

from __future__ import annotations

GREETING = {
    "plain": ("Hello {first},",),
    "warm": ("Dear {first},", "Hello {first},"),
    "formal": ("Dear {full},",),
}
GREETING_UNNAMED = {"plain": "Hello,", "warm": "Hello,", "formal": "Dear Sir or Madam,"}
CALL_GREETING = ("Hello {first}, this is {sender}.", "Good morning {first}, {sender} speaking.")
CALL_UNNAMED = "Hello, this is {sender}."

OPENING = {
    "thing": (
        "You are looking for {text}.",
        "What you need, as I read your message, is {text}.",
        "You wrote that you are looking for {text}.",
    ),
    "deed": ("You want {text}.", "You wrote that you want {text}.", "What you want is {text}."),
    "demand": (
        "You wrote that it {text}.",
        "You said plainly that it {text}.",
        "One line of your message stayed with me: it {text}.",
    ),
    "clause": (
        "You wrote that {text}.",
        "You told us that {text}.",
        "From your message I take it that {text}.",
    ),
    "question": ("You asked: “{text}”", "Your question was: “{text}”"),
    "words": ("You wrote: “{text}.”", "You put it in one line: “{text}.”", "In your words: “{text}.”"),
}
OPENING_PAIR = {
    ("thing", "demand"): ("You are looking for {a}, and it {b}.", "You need {a}, and you wrote that it {b}."),
    ("clause", "demand"): ("You wrote that {a}, and that it {b}.", "You told us that {a} and that it {b}."),
    ("clause", "thing"): ("You wrote that {a}, and that you are looking for {b}.",),
    ("clause", "clause"): ("You wrote that {a} and that {b}.",),
    ("demand", "demand"): ("You wrote that it {a} and that it {b}.",),
    ("deed", "demand"): ("You want {a}, and it {b}.",),
    ("thing", "clause"): ("You are looking for {a}, and you wrote that {b}.",),
}
OPENING_BARE = (
    "You are looking into {topics} for {company}.",
    "You asked about {topics} for {company}.",
    "You told us that {company} cares about {topics}.",
)
LINK = {
    "plain": ("I will take that first.", "Here is what we can say to it.", "That is where I begin."),
    "warm": (
        "Thank you for saying it so plainly.",
        "Thank you, that tells me more than a long form would.",
        "Thank you for taking the time to write it down.",
    ),
    "formal": ("Thank you for your message.", "Thank you for your enquiry; I answer it point by point."),
}
SORRY = "I am sorry that it came to this, and I thank you for telling us."
ALSO = {
    "thing": ("You also asked for {text}.", "You are also looking for {text}."),
    "deed": ("You also want {text}.",),
    "demand": ("You also wrote that it {text}.", "You added that it {text}."),
    "clause": ("You also wrote that {text}.", "You mentioned that {text}."),
    "question": ("You also asked: “{text}”",),
    "words": ("You also wrote: “{text}.”", "You added: “{text}.”"),
}
LEAD_IN = ("On {topic}: ", "As for {topic}: ", "To your point about {topic}: ")
GAP = (
    "You also asked for {topics}; we do not have an answer to that today.",
    "You also asked for {topics}; we have no answer to that today, and I would rather say so now than later.",
)
GAP_PART = ("On {items} we do not have an answer today.", "For {items} we have no answer today.")
GAP_QUOTED = (
    "We do not have an answer to that today.",
    "To that we have no answer today, and I would rather say so now than later.",
)
QUESTION_LEAD = {
    1: ("One question back:", "May I ask one thing?"),
    2: ("May I ask two things?", "Two questions, so that I can be exact:"),
}
PRICE_KNOWN = "You asked for a price: I will write one down for the volume that you named."
PRICE = "You asked for a price; for a quote I need to know how much you expect to run through it."
NEXT = {
    "engineer": (
        "Shall we take forty minutes with your engineers and go through it on your own data?",
        "Would a technical call this week suit you, with your architecture on the screen?",
        "If you send me twenty real cases, we can look at the results together; would Thursday suit you?",
    ),
    "operations": (
        "Would twenty minutes on Thursday suit you, with ten of your own cases on the screen?",
        "Shall we look at it together next week, with the cases that give your team the most trouble?",
        "If you send me ten typical cases, we can go through them on the phone; which day suits you?",
    ),
    "finance": (
        "Shall I put the figures for your volume on one page, so that we can go through them on Thursday?",
        "Would a short call next week suit you, with your volumes and nothing else on the table?",
    ),
    "procurement": (
        "Which form do you need for the next step, and by when?",
        "Shall we go through your list of requirements line by line next week?",
    ),
    "legal": (
        "Shall we go through your data questions in half an hour, with your data protection officer if you like?",
        "Which clauses matter most to you, and may we go through them on the phone this week?",
    ),
    "executive": (
        "Would fifteen minutes next week be enough to decide whether a trial is worth your time?",
        "Whom in your house should I show this to, and may I call you on Thursday to hear it?",
    ),
    "other": (
        "Would twenty minutes this week suit you for a first look?",
        "Shall we talk it through on the phone; which day suits you?",
    ),
}
NEXT_DEMO = (
    "You asked for a trial: which of your own cases should we start with?",
    "You asked to see it: would Thursday at ten suit you, with a few of your own cases?",
)
CALL_ASK = ("Do you have five minutes for it now?", "Is this a good moment for five minutes?")
CALL_END = ("Thank you for your time.", "Thank you, and have a good day.")
CLOSING = {
    "plain": "Best regards, {sender}",
    "warm": "With warm regards, {sender}",
    "formal": "Yours sincerely, {sender}",
}
CONTACT = "Your contact: {sender}"
SUBJECT_BARE = "Your message"  # neither a need nor a company is known
SUBJECT = (
    "Your message: {topics}",
    "{Topics}: an answer to your message",
    "For {company}: {topics}",
    "{company}: {topics}",
)
