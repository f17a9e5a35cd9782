"""Words a model says it copied from a text: they count only where they stand in it."""

from __future__ import annotations

import re

from modelhub.engine.types import Span

SHORTEST = 3  # characters; a shorter quote proves nothing


def find(text: str, quote: str) -> Span | None:
    """Where a quote stands in the text, letter by letter but for runs of white space; None if it does not."""
    words = quote.strip().strip('"“”「」').split()
    if sum(map(len, words)) < SHORTEST:
        return None
    match = re.search(r"\s+".join(map(re.escape, words)), text)
    return Span(match.start(), match.end(), match.group()) if match else None
