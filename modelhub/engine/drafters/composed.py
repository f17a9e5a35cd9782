"""The composer: a pitch written from claims by rule, the same for the same request, judged sentence by sentence."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType

from modelhub.engine.drafters import campaign_en, campaign_zh, phrases_en, phrases_zh
from modelhub.engine.drafters.asking import still_open
from modelhub.engine.drafters.names import called, proper
from modelhub.engine.drafters.quotes import Quote, same, take_up
from modelhub.engine.drafters.topics import INTENTS, TASK, group_of, listed, order_for, topic
from modelhub.engine.drafters.weaving import variants
from modelhub.engine.types import ClaimText, Draft, DraftRequest, DraftSentence, RequirementText, Verdict, Verifier
from modelhub.engine.verifier import RuleVerifier, unnamed

CLAIMS = {"short": 3, "medium": 5, "long": 9}
SPARE = 2  # claims more, for needs that would stay unanswered; not in short letters and mails to many
RESTATED = {"short": 0, "medium": 1, "long": 3}
ASKED = {"short": 0, "medium": 1, "long": 2}
OPEN_POINTS = 3
PAGE_QUOTES = 4
PART = re.compile(r"\{\{[^}]*\}\}")  # a personal part of a campaign; the verifier reads a name in its place
NAMED = frozenset(("languages", "data-residency", "security-compliance"))


class Composer:
    """A Drafter without a model. Every sentence that asserts something cites its claims and passes the verifier."""

    def __init__(self, verifier: Verifier | None = None) -> None:
        self.verifier = verifier or RuleVerifier()

    def draft(self, request: DraftRequest) -> Draft:
        """Compose one pitch; raises nothing, and leaves out what it cannot say truly."""
        letter = _Letter(request, self.verifier)
        if request.form == "call":
            _call(letter)
        elif request.form == "one-pager":
            _page(letter)
        elif request.form == "campaign":
            _campaign(letter)
            return Draft(_campaign_subjects(letter), tuple(letter.sentences))
        else:
            _mail(letter)
        return Draft("" if request.form == "call" else letter.subject(), tuple(letter.sentences))


@dataclass(slots=True)
class _Letter:
    """A pitch being written: what may be said, what has been said, and where."""

    request: DraftRequest
    verifier: Verifier
    sentences: list[DraftSentence] = field(default_factory=list)
    paragraph: int = 0
    product: str = ""
    spent: set[str] = field(default_factory=set)
    leads: list[str] = field(default_factory=list)
    opened_with: str = ""
    random: random.Random = field(init=False)
    language: str = field(init=False)
    phrases: ModuleType = field(init=False)
    campaign: ModuleType = field(init=False)
    quotes: dict[int, Quote] = field(init=False)

    def __post_init__(self) -> None:
        self.random = random.Random(self.request.seed)
        self.language = "zh" if self.request.language.startswith("zh") else "en"
        self.phrases = phrases_zh if self.language == "zh" else phrases_en
        self.campaign = campaign_zh if self.language == "zh" else campaign_en
        found = {i: take_up(r.quote, self.language) for i, r in enumerate(self.request.requirements)}
        self.quotes = {i: quote for i, quote in found.items() if quote is not None}

    def pick(self, options: Sequence[str]) -> str:
        """One of the wordings, by the request's seed."""
        return options[self.random.randrange(len(options))]

    def next_paragraph(self) -> None:
        """Begin a new paragraph if this one has anything in it."""
        if self.sentences and self.sentences[-1].paragraph == self.paragraph:
            self.paragraph += 1
        self.product = ""

    def say(self, text: str) -> bool:
        """Add a sentence that asserts nothing about us; leave it out if the verifier sees it otherwise."""
        verdict = self.verifier.verify([(PART.sub("Anna", text), ())])[0]
        if verdict.verdict != "no-claim-needed":
            return False
        self.sentences.append(DraftSentence(text, (), verdict, self.paragraph))
        self.product = ""
        return True

    def claim(self, claim: ClaimText, lead: str = "") -> bool:
        """Add a claim in the smoothest wording that the verifier supports."""
        product = claim.about if claim.about not in ("us", "them") else ""
        for text in variants(claim, lead, bool(product) and product == self.product, self.language):
            verdict = self.verifier.verify([(text, (claim,))])[0]
            if verdict.verdict == "supported":
                cited = Verdict("supported", (), (claim.id,))
                self.sentences.append(DraftSentence(text, (claim.id,), cited, self.paragraph))
                self.product = (
                    product if product in text or product == self.product else ""
                )  # "it" needs a name before it
                return True
        return False

    def lead(self, need: str) -> str:
        """A lead-in to a claim about a need; each wording comes up before one is used again."""
        if not self.leads:
            self.leads = list(self.campaign.LEAD_IN if self.request.form == "campaign" else self.phrases.LEAD_IN)
            self.random.shuffle(self.leads)
        return self.leads.pop().format(topic=self.topic(need))

    def topic(self, need: str) -> str:
        """A need as the subject of a sentence."""
        return topic(need, self.language, self.request.need_names)

    def name(self, need: str) -> str:
        """A need by its name, as it stands in a list."""
        name = self.request.need_names.get(need) or self.topic(need)
        name = name.split(" or ")[-1].split(" and ")[0] if self.language == "en" else name
        return name if self.language == "zh" or name[1:2].isupper() else name[:1].lower() + name[1:]

    def wanted(self) -> list[tuple[int, RequirementText]]:
        """What the customer wants, declined points left out."""
        return [(i, r) for i, r in enumerate(self.request.requirements) if r.status != "declined"]

    def subject(self) -> str:
        """The subject line: the first needs, worded by the seed."""
        needs = [self.name(r.need) for _, r in self.wanted() if r.need not in INTENTS][:2]
        company = self.request.company
        topics = listed(list(dict.fromkeys(needs)), self.language) or company
        if not topics:
            return self.phrases.SUBJECT_BARE
        options = self.phrases.SUBJECT if needs else self.phrases.SUBJECT[:1]
        options = tuple(line for line in options if company or "{company}" not in line)
        line = self.pick(options).format(topics=topics, Topics=topics[:1].upper() + topics[1:], company=company)
        return line[:1].upper() + line[1:]


def _mail(letter: _Letter) -> None:
    _greet(letter)
    letter.next_paragraph()
    _open(letter)
    letter.say(letter.pick(letter.phrases.LINK[letter.request.tone]))
    _body(letter)
    _gaps(letter)
    _questions(letter)
    _next_step(letter)
    letter.next_paragraph()
    if letter.request.sender:
        letter.say(letter.phrases.CLOSING[letter.request.tone].format(sender=letter.request.sender))


def _call(letter: _Letter) -> None:
    first, full = called(letter.request.contact), letter.request.contact
    sender = letter.request.sender
    if sender:
        words = letter.pick(letter.phrases.CALL_GREETING) if full else letter.phrases.CALL_UNNAMED
        letter.say(words.format(first=first, full=full, sender=sender))
    letter.next_paragraph()
    _open(letter)
    letter.say(letter.pick(letter.phrases.CALL_ASK))
    _body(letter)
    _gaps(letter)
    _questions(letter)
    _next_step(letter)
    letter.next_paragraph()
    letter.say(letter.pick(letter.phrases.CALL_END))


def _page(letter: _Letter) -> None:
    _open(letter)
    for index, requirement in letter.wanted():
        if len(letter.spent) < PAGE_QUOTES and requirement.status != "gap":
            _restate(letter, index)
    _body(letter)
    _gaps(letter)
    _next_step(letter)
    letter.next_paragraph()
    if letter.request.sender:
        letter.say(letter.phrases.CONTACT.format(sender=letter.request.sender))


def _campaign(letter: _Letter) -> None:
    """A mail to many: they asked for nothing yet, so it opens with the question that the first need answers."""
    said, request = letter.campaign, letter.request
    needs = [r.need for _, r in letter.wanted()]
    _greet(letter)
    letter.next_paragraph()
    if needs:
        letter.say(_campaign_question(letter, needs[0]))
        letter.opened_with = needs[0]
    for text in letter.random.choice(said.PIVOT[request.tone]):
        letter.say(text.format(company=request.company))
    _body(letter)
    letter.next_paragraph()
    for text in letter.random.choice(said.NEXT[request.tone]):
        letter.say(text)
    letter.next_paragraph()
    if request.sender:
        letter.say(letter.phrases.CLOSING[request.tone].format(sender=request.sender))


def _campaign_question(letter: _Letter, need: str) -> str:
    return letter.campaign.ASK.get(need) or letter.campaign.ASK_OTHER[0].format(topic=letter.topic(need))


def _campaign_subjects(letter: _Letter) -> str:
    """Three subject lines to send in turn, one a line."""
    need = next((r.need for _, r in letter.wanted()), "")
    topic = letter.campaign.TOPICS.get(need) or letter.topic(need)
    words = {"topic": topic, "Topic": topic[:1].upper() + topic[1:], "company": letter.request.company}
    words["ask"] = _campaign_question(letter, need)
    return "\n".join(line.format(**words) for line in letter.campaign.SUBJECT)


def _greet(letter: _Letter) -> None:
    tone, full = letter.request.tone, letter.request.contact.strip()
    if not full:
        letter.say(letter.phrases.GREETING_UNNAMED[tone])
        return
    letter.say(letter.pick(letter.phrases.GREETING[tone]).format(first=called(full), full=full))


def _open(letter: _Letter) -> None:
    """The first sentences: the customer's own words, else their needs and their company's name."""
    phrases = letter.phrases
    if any(r.need == "complaint-churn" for _, r in letter.wanted()):
        letter.say(phrases.SORRY)
    usable = [(i, letter.quotes[i]) for i, r in letter.wanted() if i in letter.quotes and r.status != "gap"]
    usable = [(i, q) for i, q in usable if q.whole or not letter.request.company]
    order = order_for(letter.request.role)
    needs = [r.need for r in letter.request.requirements]
    usable.sort(key=lambda u: (needs[u[0]] in INTENTS, u[1].kind == "question", order.index(group_of(needs[u[0]]))))
    if len(usable) > 1 and letter.request.length != "short" and _open_with_two(letter, usable):
        return
    for index, quote in usable:
        if letter.say(letter.pick(phrases.OPENING[quote.kind]).format(text=quote.text)):
            letter.spent.add(quote.raw)
            letter.opened_with = group_of(needs[index])
            return
    topics = list(dict.fromkeys(letter.topic(r.need) for _, r in letter.wanted() if r.need not in INTENTS))[:3]
    if topics and letter.request.company:
        said = listed(topics, letter.language)
        letter.say(letter.pick(phrases.OPENING_BARE).format(topics=said, company=letter.request.company))


def _open_with_two(letter: _Letter, usable: list[tuple[int, Quote]]) -> bool:
    """One sentence of two quotes where they fit together and stay readable."""
    for at, (index, a) in enumerate(usable[:3]):
        for _, b in usable[:at] + usable[at + 1 : 5]:
            options = letter.phrases.OPENING_PAIR.get((a.kind, b.kind))
            short = len(a.text) + len(b.text) <= (60 if letter.language == "zh" else 170)
            fitting = options and short and not same(a.raw, b.raw)
            if fitting and letter.say(letter.pick(options).format(a=a.text, b=b.text)):
                letter.spent.update((a.raw, b.raw))
                letter.opened_with = group_of(letter.request.requirements[index].need)
                return True
    return False


def _body(letter: _Letter) -> None:
    """Paragraphs by group, in the order the reader's role wants, each with its claims."""
    plan = _plan(letter)
    restated = 0 if letter.request.form == "one-pager" else RESTATED[letter.request.length]
    for group, points in plan:
        letter.next_paragraph()
        first = group != letter.opened_with
        for need, index, claims in points:
            spoken = restated > 0 and index is not None and _restate(letter, index)
            restated -= spoken
            for claim in claims:
                bare = spoken or not first or claim.text.startswith(("On ", "在", "关于"))
                letter.claim(claim, "" if bare else letter.lead(need))
                first = spoken = False
            _missing_parts(letter, need)


def _restate(letter: _Letter, index: int) -> bool:
    quote = letter.quotes.get(index)
    if quote is None or not quote.whole or any(same(quote.raw, used) for used in letter.spent):
        return False
    letter.spent.add(quote.raw)
    return letter.say(letter.pick(letter.phrases.ALSO[quote.kind]).format(text=quote.text))


_Point = tuple[str, int | None, list[ClaimText]]


def _plan(letter: _Letter) -> list[tuple[str, list[_Point]]]:
    """Which claims are used, CLAIMS of them: one for each unanswered requirement first (SPARE more), then seconds."""
    request = letter.request
    wanted = [(i, r.need) for i, r in letter.wanted()]
    needs = list(dict.fromkeys(need for _, need in wanted)) or list(
        dict.fromkeys(n for c in request.claims for n in c.needs)
    )
    place = {need: next((i for i, n in wanted if n == need), None) for need in needs}
    fitting = _fitting(request, needs)
    chosen: dict[str, list[ClaimText]] = {}
    taken: set[str] = set()
    spare = 0 if request.length == "short" or request.form == "campaign" else SPARE
    met: set[str] = set()
    for turn in range(2):
        room = CLAIMS[request.length] + spare * (turn == 0) - len(taken)
        for need in needs:
            if turn == 0 and need in met:
                continue
            for claim in fitting[need]:
                if room > 0 and claim.id not in taken:
                    chosen.setdefault(need, []).append(claim)
                    taken.add(claim.id)
                    met.update(claim.needs)
                    room -= 1
                    break
    if request.form == "campaign":  # the campaign's need first, then what a reader asks next, a paragraph each
        return [(need, [(need, place[need], chosen[need])]) for need in needs if need in chosen]
    groups: dict[str, list[_Point]] = {}
    for need, claims in chosen.items():
        groups.setdefault(group_of(need), []).append((need, place[need], _same_product_together(claims)))
    order = sorted(order_for(request.role), key=lambda name: name != letter.opened_with)
    return [(name, groups[name]) for name in order if name in groups]


def _fitting(request: DraftRequest, needs: Sequence[str]) -> dict[str, list[ClaimText]]:
    """The claims for each need; where tasks name the products in question, claims about other products stay out."""
    tasks = {n for n in needs if group_of(n) == TASK and n not in INTENTS}
    products = {c.about for c in request.claims if tasks.intersection(c.needs)} | {"us", ""}
    narrow = len(products) > 2 or products != {"us", ""}
    return {
        need: [c for c in request.claims if need in c.needs and (need in tasks or not narrow or c.about in products)]
        for need in needs
    }


def _same_product_together(claims: list[ClaimText]) -> list[ClaimText]:
    return sorted(claims, key=lambda claim: claim.about == "us")


def _gaps(letter: _Letter) -> None:
    """Say what we cannot answer, if the request wants it said."""
    if not letter.request.mention_gaps:
        return
    answered = {need for claim in letter.request.claims for need in claim.needs}
    open_points = [
        (i, r) for i, r in letter.wanted() if r.need not in INTENTS and (r.status == "gap" or r.need not in answered)
    ]
    if not open_points:
        return
    letter.next_paragraph()
    if len(open_points) == 1 and _restate(letter, open_points[0][0]):
        letter.say(letter.pick(letter.phrases.GAP_QUOTED))
        return
    names = list(dict.fromkeys(letter.name(r.need) for _, r in open_points))[:OPEN_POINTS]
    letter.say(letter.pick(letter.phrases.GAP).format(topics=listed(names, letter.language)))


def _missing_parts(letter: _Letter, need: str) -> None:
    """Name the languages, places and certificates of the customer's words that no claim for the need mentions."""
    if need not in NAMED or not letter.request.mention_gaps:
        return
    claims = [c.text for c in letter.request.claims if need in c.needs]
    quotes = [r.quote for _, r in letter.wanted() if r.need == need and r.quote]
    missing = list(dict.fromkeys(proper(name, letter.language) for quote in quotes for name in unnamed(quote, claims)))
    if claims and missing:
        letter.say(letter.pick(letter.phrases.GAP_PART).format(items=listed(missing[:OPEN_POINTS], letter.language)))


def _questions(letter: _Letter) -> None:
    """The next-best questions, the most telling first."""
    open_ones = still_open(letter.request.questions, [r.need for _, r in letter.wanted()])
    questions = open_ones[: ASKED[letter.request.length]]
    if not questions:
        return
    letter.next_paragraph()
    lead = letter.pick(letter.phrases.QUESTION_LEAD[len(questions)])
    if lead.endswith("?") or len(questions) == 2:
        letter.say(lead)
        for question in questions:
            letter.say(question)
    else:
        letter.say(f"{lead}{'' if letter.language == 'zh' else ' '}{questions[0]}")


def _next_step(letter: _Letter) -> None:
    """One clear next step, by what was asked for and by the reader's role."""
    letter.next_paragraph()
    intents = {r.need for _, r in letter.wanted()}
    answered = {need for claim in letter.request.claims for need in claim.needs}
    if "pricing-request" in intents and "cost-control" not in answered:
        letter.say(letter.phrases.PRICE_KNOWN if "throughput-scale" in intents else letter.phrases.PRICE)
    if "demo-trial" in intents:
        letter.say(letter.pick(letter.phrases.NEXT_DEMO))
        return
    letter.say(letter.pick(letter.phrases.NEXT.get(letter.request.role, letter.phrases.NEXT["other"])))
