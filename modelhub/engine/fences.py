"""Fences around text that a model must read and not obey. What looks like a fence inside is taken apart."""

from __future__ import annotations

import re

OPEN, CLOSE = "<<<", ">>>"
# Marks that chat templates use for the turns of a talk; inside customer text they would start a turn of their own.
TURNS = re.compile(r"<\|[^|>\n]{1,40}\|>|</?s>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>", re.IGNORECASE)


def fence(text: str, name: str) -> str:
    """The text between fences that carry its name; nothing in it can close them or speak as somebody else."""
    inside = TURNS.sub(" ", text)
    for mark, harmless in ((OPEN, "‹‹‹"), (CLOSE, "›››")):
        inside = inside.replace(mark, harmless)
    return f"{OPEN}{name}\n{inside.strip()}\n{name}{CLOSE}"
