"""How a person, a language or a place is called in a letter."""

from __future__ import annotations

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


def proper(name: str) -> str:
    """A language, place or certificate with its capital, as customers do not always write it."""
    return name if name.startswith("the ") else name[:1].upper() + name[1:]
