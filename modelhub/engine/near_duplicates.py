"""Texts that are the same but for a few words: by the share of character 5-grams they have in common."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from modelhub.engine.datasets import group_key

LENGTH = 5
ALIKE = 0.8  # Jaccard similarity from which two texts count as one


def pairs(texts: Sequence[str], asked: int, alike: float = ALIKE) -> list[tuple[int, int]]:
    """Pairs (i, j), i < j, i < `asked`, whose shingles overlap by `alike` or more. Exact, by prefix filtering.

    Two sets that alike share one of their ⌊(1 − alike) · size⌋ + 1 rarest members (Chaudhuri et al. 2006), so only texts
    that share a rare one are compared.
    """
    sets = [shingles(text) for text in texts]
    common = Counter(piece for each in sets for piece in each)
    index: dict[str, list[int]] = defaultdict(list)
    found: set[tuple[int, int]] = set()
    for here in range(len(texts) - 1, -1, -1):
        rare = sorted(sets[here], key=lambda piece: (common[piece], piece))
        prefix = rare[: int((1 - alike) * len(rare)) + 1]
        if here < asked:
            for there in {other for piece in prefix for other in index[piece]}:
                if _jaccard(sets[here], sets[there]) >= alike:
                    found.add((here, there))
        for piece in prefix:
            index[piece].append(here)
    return sorted(found)


def shingles(text: str) -> frozenset[str]:
    """All runs of five characters of the text without case, spacing and punctuation; short texts are one run."""
    key = group_key(text)
    return frozenset(key[i : i + LENGTH] for i in range(max(1, len(key) - LENGTH + 1)))


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    both = len(one & other)
    return both / (len(one) + len(other) - both)
