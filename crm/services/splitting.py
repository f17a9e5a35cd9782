"""What a sentence box says, cut into its sentences, so that no claim can hide behind a question or a greeting."""

from __future__ import annotations

import re

_END = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[A-Z0-9“\"‘(])|(?<=[。！？])\s*(?=\S)|(?<=[.!?])\s*(?=[一-鿿])")
_SHORTENED = re.compile(r"\b(?:Dr|Mr|Ms|Mrs|Prof|St|No|vs|ca|approx|e\.g|i\.e)\.$", re.IGNORECASE)
_GREETING = re.compile(
    r"(?P<word>(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day))\b|您好|你好|尊敬的)"
    r"(?P<whom>[^,，:：!！?？]{0,60})[,，:：!！]\s*(?P<rest>.*\w.*)",
    re.IGNORECASE,
)


def pieces(text: str) -> list[str]:
    """Return the sentences typed into one box, each once; a greeting and what follows it on its line are two."""
    found: dict[str, None] = {}
    held = ""
    for piece in _END.split(text):
        held = f"{held} {piece}".strip()
        if not _SHORTENED.search(held):
            found.update(dict.fromkeys(_ungreeted(held)))
            held = ""
    if held:
        found.update(dict.fromkeys(_ungreeted(held)))
    return list(found)


def _ungreeted(piece: str) -> list[str]:
    """Part a greeting from what it is followed by; who is greeted with a figure is no person, so that is judged alone."""
    greeting = _GREETING.fullmatch(piece)
    if greeting is None:
        return [piece]
    whom = greeting["whom"].strip()
    return ([whom] if re.search(r"\d", whom) else []) + [greeting["rest"]]
