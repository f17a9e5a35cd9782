"""Turns a claim into a sentence of a letter: a lead-in, "it" for a product just named, "your" for "the customer's"."""

from __future__ import annotations

import re

from modelhub.engine.types import ClaimText

_YOURS_EN = [
    (re.compile(r"\b([Tt])he customer's own\b|\b([Cc])ustomers' own\b"), "your own"),
    (re.compile(r"\bthe customer's\b"), "your"),
    (re.compile(r"\bThe customer's\b"), "Your"),
    (re.compile(r"\bcustomers' (?=own|data|servers|documents|files)"), "your "),
]
_YOURS_ZH = [
    (re.compile(r"所有(?:企业|客户)数据"), "贵司的所有数据"),
    (re.compile(r"(?:企业|客户)自己的"), "贵司自己的"),
    (re.compile(r"(?:企业|客户)自定"), "贵司自定"),
    (re.compile(r"(?:企业|客户)(?=教给|的用语|数据|服务器|自有|机房)"), "贵司"),
    (re.compile(r"归(?:企业|客户)所有"), "归贵司所有"),
]
_OPENERS = frozenset(
    [
        "a",
        "an",
        "the",
        "under",
        "when",
        "on",
        "in",
        "every",
        "each",
        "all",
        "your",
        "we",
        "with",
        "for",
        "after",
        "one",
        "two",
        "three",
        "at",
        "from",
        "by",
        "it",
        "its",
        "only",
        "both",
        "most",
        "nobody",
        "no",
        "if",
        "once",
        "before",
        "during",
        "over",
        "more",
        "up",
        "between",
        "to",
        "since",
        "while",
        "as",
        "answers",
        "support",
        "backups",
        "data",
        "models",
        "access",
        "prices",
        "training",
        "customers",
        "users",
        "updates",
        "licences",
        "support",
        "reading",
        "searching",
        "there",
        "they",
        "this",
        "these",
        "any",
        "some",
        "several",
        "many",
    ]
)


def to_reader(text: str, language: str) -> str:
    """The claim's wording turned to the reader: the customer's own servers become yours."""
    for pattern, new in _YOURS_ZH if language == "zh" else _YOURS_EN:
        text = pattern.sub(new, text)
    return text[:1].upper() + text[1:]


def with_pronoun(text: str, product: str, language: str) -> str:
    """ "It" instead of the product's name; the text as it is where the name comes with a version or a second time."""
    if not product or text.count(product) != 1:
        return text
    at = text.index(product)
    rest = text[at + len(product) :]
    if re.match(r"\s*\d", rest):
        return text
    if language == "zh":
        return f"{text[:at].rstrip()}它{rest.lstrip()}"
    if rest.startswith("'s"):
        return f"{text[:at]}{'Its' if at == 0 else 'its'}{rest[2:]}"
    return f"{text[:at]}{'It' if at == 0 else 'it'}{rest}"


def with_lead(lead: str, text: str, language: str) -> str:
    """A lead-in such as "On speed: " before a claim, whose first letter becomes small where it is no name."""
    if not lead:
        return text
    if language != "zh":
        first = text.split()[0].lower().rstrip(",")
        text = text[0].lower() + text[1:] if first in _OPENERS else text
    return lead + text


def variants(claim: ClaimText, lead: str, named: bool, language: str) -> list[str]:
    """Wordings of a claim, the smoothest first and the claim itself last; the first that the verifier accepts is used.

    `named` says that the sentence before is about the same product.
    """
    text = closed(to_reader(claim.text, language), language)
    if claim.language[:2] != language:
        return [closed(claim.text, claim.language[:2])]
    product = claim.about if claim.about not in ("us", "them") else ""
    short = with_pronoun(text, product, language) if named else text
    own = closed(claim.text, language)
    wordings = [with_lead(lead, short, language), with_lead(lead, text, language), text, own]
    return list(dict.fromkeys(wordings))


def closed(text: str, language: str) -> str:
    """The text with a full stop of its language."""
    text = text.strip()
    return text if text[-1:] in ".!?。！？" else text + ("。" if language == "zh" else ".")
