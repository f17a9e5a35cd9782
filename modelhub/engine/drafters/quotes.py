"""Takes up a customer's words: trims a quote, turns "we" into "you" where grammar allows it, else quotes it as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from modelhub.engine import guard

Kind = Literal["thing", "demand", "clause", "deed", "question", "words"]
MOST_WORDS, MOST_HAN = 20, 42

_PERSON = [
    (r"\bwe're\b", "you are"), (r"\bwe've\b", "you have"), (r"\bwe'd\b", "you would"), (r"\bwe'll\b", "you will"),
    (r"\bi'm\b", "you are"), (r"\bi've\b", "you have"), (r"\bi'd\b", "you would"), (r"\bi'll\b", "you will"),
    (r"\bi am\b", "you are"), (r"\bi was\b", "you were"), (r"\bam i\b", "you are"),
    (r"\bourselves\b", "yourselves"), (r"\bours\b", "yours"), (r"\bour\b", "your"), (r"\bus\b", "you"),
    (r"\bwe\b", "you"), (r"\bmyself\b", "yourself"), (r"\bmy\b", "your"), (r"\bme\b", "you"), (r"(?<![A-Za-z.])i(?![A-Za-z.])", "you"),
]  # fmt: skip
PERSON = [(re.compile(pattern, re.IGNORECASE), new) for pattern, new in _PERSON]
_TO_US = re.compile(r"\b(?:you|your|yours|y'all)\b|你们|您|贵司|贵公司|你家", re.IGNORECASE)
_LEAD = re.compile(
    r"^(?:(?:hi|hello|dear)\b[^,.]{0,30}[,.]\s*)?(?:(?:and|but|so|also|plus|then|because|since|however|ideally|basically|"
    r"well|ok(?:ay)?|yes|no|btw|ps|please note(?: that)?|as i said|to be honest|frankly|for us|in short|obviously|of course|maybe|"
    r"firstly|secondly|first|second|finally|lastly|another thing|one more thing|the thing is|\d+[.)]|[-*•])[\s,:]+)+",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^(?:\(?\d+(?:\.\d+)*[.)]?|\(?[a-z]\))\s+(?=[A-Za-z])")
_SENTENCE = re.compile(r"(?<=[a-z\d]{2})[.!?]\s+(?=[A-Z])")
_TAIL = re.compile(r"[\s,;:.!?\-–—…、，。；：！？]+$")
_CUT = re.compile(r"\s*(?:[;!?]|[:.](?!\d)|\s[-–—]\s|, (?:and|but|so|because|which|who|where|since|as|or) |, )\s*")
_HAN_CUT = re.compile(r"[，。；：！？,;]")
_MODAL = r"(?:must|has to|have to|had to|should|needs to|need to|may|might|can|cannot|can't|could|will|won't|would|shall|is|are|was|were|does|doesn't|do not|don't|did not|got to)"
_SUBJECT = r"(?:we|i|our \w+(?: \w+){0,3}?|my \w+|they|it|this|that|there|nobody|nothing|everybody|everything|people|someone|anything|everyone|(?:the|a|an|any|every|each|all|no|most|some|both|these|those|\d[\d,.]*|[a-z]+s)(?: [\w'-]+){0,5}?)"
_CLAUSE = re.compile(
    rf"^{_SUBJECT}\s+(?:(?:also|really|just|still|only|all|never|always|already|currently|now)\s+)?(?:{_MODAL}|have|has|had|get|gets|need|needs|want|wants|receive|receives|handle|run|runs|use|uses|take|takes|write|read|type|spend|lose|answer|come|comes|go|goes|leave|leaves|stay|stays|hang|sit|sits|work|works|cost|costs|make|makes|keep|keeps|look|looks|think|know|speak|speaks|call|calls|wait|pay|pays|hate|love|see|ship|sell|produce|employ|process|store|lost|got|found|went|came|took|spent|started|tried|paid|asked|wrote|count|counts|expect|expects|plan|plans|prefer|like|hope|deal|struggle|fail|fails|break|breaks|ask|asks|tell|tells|say|says)\b",
    re.IGNORECASE,
)
_DEMAND = re.compile(
    r"^(?:it |this |that |everything |the (?:system|solution|tool|model|bot|assistant|thing|software|answer|whole thing|data) )?(?P<rest>(?:must|has to|have to|should|needs to|need to|cannot|can't|may not|shall|will have to|ought to)(?: not| never)?\b.+)$",
    re.IGNORECASE,
)
_WISH = re.compile(
    r"^(?:(?:we|i)(?:'d| would|'re| are|'m| am)?(?: really| also| just| urgently| mainly)? (?:like|love|want|wanted|wish|need|are looking for|am looking for|looking for|look for|require|search for|are after|am after|looking to|are searching for|are interested in|am interested in|interested in)(?: to have| to get)?|looking for|need|needs|want|wanted|seeking|searching for|in search of|interested in)\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
_TO = re.compile(r"^to\s+[a-z]+\b", re.IGNORECASE)
_DEED = re.compile(r"^(?P<verb>[a-z]+ing)\b", re.IGNORECASE)
_THING = re.compile(r"^(?:an?|some|something|someone|more|better|faster)\s+\S", re.IGNORECASE)
_VERBAL = re.compile(rf"\s{_MODAL}\s", re.IGNORECASE)
_DO = r"(?:can|could|does|do|did|will|would|should|may|must)"
_BE = rf"(?:{_DO}|is|are|was|were|has|have)"
_WHO = r"(?:we|i|you|he|she|it|they|there|this|that|these|those|your|our|my|the|a|an|any|all|anyone|anybody|one)"
_MORE = rf"(?!{_WHO}\b)(?:[\w'-]+ ){{1,4}}?"
_ASKING = re.compile(
    rf"^(?:any chance\b|(?:(?:how|what|who|when|where|why) )?{_BE} {_WHO}\b|(?:how|which) {_MORE}{_BE} {_WHO}\b"
    rf"|(?:what|who|when|where|why) {_MORE}{_DO} {_WHO}\b)",
    re.IGNORECASE,
)  # without a question mark: "What we would like is …", "What counts is the …" and "Do not …" ask nothing
_WHEN = re.compile(
    r"^(?:(?:when|if) (?!(?:can|could|does|do|is|are|will|would|may)\b)|where\b[^?]*, )", re.IGNORECASE
)  # a condition asks nothing
_NOTED = re.compile(
    r"^(?:wants|needs|asks|says|thinks|likes|hopes)\b|\b(?:is|are|was|were|the|a|of|to|and)$", re.IGNORECASE
)
_FINITE = re.compile(
    r"(?<!that )(?<!which )(?<!who )\b(?:goes|comes|sends|types|retypes|writes|takes|wants|asks)\b", re.IGNORECASE
)
_RELATIVE = re.compile(r"^that (?!(?:is|was|has|this|its|his|us|ours)\b)[a-z]{3,}s\b")  # "that drafts replies"
_IMPERATIVE = re.compile(
    r"^(?:please|send|let|give|tell|show|call|write|make|read|pull|find|put|turn|get|build|translate|classify|summari[sz]e|extract|check|sort|flag|mark|answer|draft)\b",
    re.IGNORECASE,
)
_BROKEN = re.compile(r"https?://|www\.|\S@\S|[{}<>\[\]|\\^~`]|(?:\b\w\b\s*){5,}|[A-Z]{12,}|[\U0001F000-\U0001FAFF]")


@dataclass(frozen=True, slots=True)
class Quote:
    """A customer's words made fit for a sentence. `kind` says which sentence they fit into; `raw` is the trimmed wording."""

    kind: Kind
    text: str
    raw: str

    @property
    def whole(self) -> bool:
        """Long enough to mean something by itself: four words, or six Chinese characters."""
        han = sum("\u4e00" <= c <= "\u9fff" for c in self.raw)
        return han >= 6 if han else len(self.raw.split()) >= 4


def same(a: str, b: str) -> bool:
    """Whether one wording holds the other, whatever its capitals."""
    a, b = a.casefold(), b.casefold()
    return a in b or b in a


def take_up(quote: str, language: str) -> Quote | None:
    """The quote as it can be used, or None where it is empty, broken, or orders a model about."""
    plain = " ".join(guard.plain(quote).split())
    if len(plain) < 3 or _BROKEN.search(plain) or guard.is_order(plain):
        return None
    han = sum("\u4e00" <= c <= "\u9fff" for c in plain)
    if (han * 4 >= len(plain)) != (language == "zh"):
        return None
    return _chinese(plain) if language == "zh" else _english(plain)


def _chinese(text: str) -> Quote | None:
    asked = text.rstrip("”\"' ").endswith(("？", "?"))
    text = _TAIL.sub("", text).strip("“”\"'「」『』 ")
    text = text.replace(",", "，").replace(";", "；").replace("?", "？").replace("!", "！").replace(":", "：")
    first, *rest = re.split(r"([。！？])", text, maxsplit=1)
    text = _shorten(first, MOST_HAN, _HAN_CUT, len)
    asked = rest[0] == "？" if rest else asked and text == first
    asked = asked or text.endswith(("吗", "呢", "么"))
    if len(text) < 3 or "“" in text or "”" in text:
        return None
    return Quote("question" if asked else "words", text, text)


def _english(text: str) -> Quote | None:
    asked = text.rstrip("\"'“”‘’ ").endswith("?")
    text = _LEAD.sub("", _NUMBERED.sub("", _TAIL.sub("", text)).strip("\"'“”‘’ "))
    if stop := _SENTENCE.search(text):
        asked, text = stop.group().startswith("?"), text[: stop.start()]
    short = _TAIL.sub("", _shorten(text, MOST_WORDS, _CUT, lambda t: len(t.split())))
    asked, text = asked and short == text, short  # a clause cut from a question need not ask
    text = _TAIL.sub("", text[: text.rindex("(")]) if text.count("(") > text.count(")") else text
    if len(text.split()) < 2 or '"' in text or "“" in text:
        return None
    if _RELATIVE.match(text) and not _VERBAL.search(" ".join(text.split()[:4])):
        return Quote("thing", turned(f"something {text}"), text[0].upper() + text[1:])
    if text.startswith("that ") and _CLAUSE.match(text[5:]):
        text = text[5:]
    raw = text[0].upper() + text[1:]
    if not asked and _WHEN.match(text):
        return Quote("words", raw, raw)
    if asked or _ASKING.match(text):
        return Quote("question", f"{raw}?", raw)
    if _TO_US.search(text) or _IMPERATIVE.match(text):
        return Quote("words", raw, raw)
    return _classified(text, raw)


def _classified(text: str, raw: str) -> Quote:
    wish = _WISH.match(text)
    if wish:
        rest = wish["rest"]
        if re.match(r"(?:them|him|her|it|you|people|everyone|that|this)\b", rest, re.IGNORECASE):
            return Quote("words", raw, raw)
        if _TO.match(rest):
            return Quote("deed", turned(rest), raw)
        return Quote("thing", turned(rest), raw) if not _VERBAL.search(f" {rest[:24]} ") else Quote("words", raw, raw)
    demand = _DEMAND.match(text)
    if demand:
        return Quote("demand", turned(demand["rest"][0].lower() + demand["rest"][1:]), raw)
    if _NOTED.search(text) or re.match(r"(?:they|it|this|that|these|those)\b", text, re.IGNORECASE):
        return Quote("words", raw, raw)
    if _SPLICED.search(text):
        return Quote("words", raw, raw)
    if _CLAUSE.match(text):
        return Quote("clause", turned(_lower(text)), raw)
    if _TO.match(text):
        return Quote("deed", turned(_lower(text)), raw)
    if _THING.match(text) and not _VERBAL.search(f" {text} ") and not _FINITE.search(text):
        return Quote("thing", turned(_lower(text)), raw)
    if _DEED.match(text) and not _VERBAL.search(f" {text} "):
        return Quote("thing", turned(_lower(text)), raw)
    return Quote("words", raw, raw)


def _shorten(text: str, most: int, cut: re.Pattern[str], size: object) -> str:
    """Cut at clause marks until the text is short enough; the first part that is long enough stays."""
    measure = size if callable(size) else len
    if measure(text) <= most:
        return text
    kept = ""
    for match in [*cut.finditer(text), None]:
        part = text[: match.start()] if match else text
        if measure(part) > most:
            break
        kept = part
    return kept if measure(kept) >= 3 else ""


def turned(text: str) -> str:
    """First person into second: "our own servers" becomes "your own servers"."""
    for pattern, new in PERSON:
        text = pattern.sub(new, text)
    text = re.sub(r"\byou was\b", "you were", text)
    return re.sub(r"\byou (am|is)\b", "you are", text)


def _lower(text: str) -> str:
    """The first letter small, unless the first word is a name or an abbreviation."""
    first = text.split()[0]
    if first == "I" or (first[0].isupper() and first.lower() in _STARTERS) or (first[0].isupper() and len(first) == 1):
        return text[0].lower() + text[1:]
    return text


_SPLICED = re.compile(r"[,;] (?:the|it|we|they|you|i|our|nobody|everything|this|that|there) \w+", re.IGNORECASE)
_STARTERS = frozenset(
    [
        "we",
        "our",
        "my",
        "it",
        "they",
        "this",
        "that",
        "there",
        "the",
        "a",
        "an",
        "any",
        "every",
        "each",
        "all",
        "no",
        "nobody",
        "nothing",
        "everybody",
        "everything",
        "people",
        "some",
        "something",
        "someone",
        "most",
        "these",
        "those",
        "both",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "to",
        "customers",
        "clients",
        "patients",
        "calls",
        "data",
        "answers",
        "agents",
        "doctors",
        "nurses",
        "clerks",
        "staff",
        "documents",
        "invoices",
        "orders",
        "tickets",
        "recordings",
        "transcripts",
        "images",
        "pictures",
        "photos",
        "reading",
        "writing",
        "sorting",
        "translating",
        "finding",
        "pulling",
        "answering",
        "drafting",
        "checking",
        "turning",
        "getting",
        "running",
        "using",
        "looking",
        "everyone",
        "anything",
        "more",
        "better",
        "faster",
        "german",
        "french",
        "english",
        "papers",
        "client",
        "customer",
    ]
)
