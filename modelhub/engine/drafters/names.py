"""How a person, a language or a place is called in a letter."""

from __future__ import annotations

import re

from modelhub.engine.verifier.lexicon import lexicon

_HAN = re.compile(r"[\u4e00-\u9fff]")
TITLES = frozenset(["dr", "prof", "professor", "captain", "maître", "mr", "mrs", "ms", "sir", "dame", "rev"])


def called(contact: str) -> str:
    """The first of a western name, a title with the last ("Dr Ehrlich"), all of a Chinese name; a placeholder stays whole."""
    name = contact.strip()
    if name.startswith("{{") or not (name.isascii() or " " in name):
        return name
    words = name.split()
    if len(words) > 1 and words[0].lower().rstrip(".") in TITLES:
        return f"{words[0]} {words[-1]}"
    return words[0] if words else ""


def proper(name: str, language: str = "en") -> str:
    """A language, place or certificate with its capital; in English a Chinese one by its English name, else quoted."""
    if language == "en" and _HAN.search(name):
        lex = lexicon()
        senses = lex.chinese.get(name, ())
        known = next((key for key, _sign in senses if lex.kind(key) == "h" and key in lex.singles), "")
        return (known.upper() if len(known) <= 3 else known.capitalize()) or f"“{name}”"
    return name if name.startswith("the ") else name[:1].upper() + name[1:]
