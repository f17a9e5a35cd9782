"""The claims whose words come nearest to a sentence: where to rewrite it from, and what to judge it by."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from crm.models import Claim

_LATIN = re.compile(r"[a-z0-9À-ɏ]{3,}", re.IGNORECASE)
_CHINESE = re.compile(r"[一-鿿]+")


@dataclass(frozen=True, slots=True)
class Nearest:
    """A claim near a sentence, and whether a pitch for this lead may rest on it."""

    claim: Claim
    usable: bool


def ours() -> list[Claim]:
    """Return every claim about us that has not expired, usable or not."""
    return list(
        Claim.objects.filter(competitor__isnull=True).exclude(status=Claim.Status.EXPIRED).select_related("owner")
    )


def find(text: str, language: str, usable: Iterable[int], pool: Iterable[Claim] | None = None) -> Nearest | None:
    """Return the nearest claim of the pool (all of `ours`), one of `usable` ids or not, or None if none shares a word."""
    good = set(usable)
    found = closest(text, sorted(ours() if pool is None else pool, key=lambda claim: claim.pk not in good), language, 1)
    return Nearest(found[0], found[0].pk in good) if found else None


def closest(text: str, pool: Iterable[Claim], language: str, n: int) -> list[Claim]:
    """Return up to `n` claims that share words with a text, the nearest first (Jaccard); earlier ones of the pool win ties."""
    wanted = _words(text)
    scored = []
    for claim in pool:
        words = _words(claim.text_in(language))
        share = round(len(wanted & words) / (len(wanted | words) or 1), 2)
        if share:
            scored.append((share, claim))
    return [claim for _share, claim in sorted(scored, key=lambda pair: -pair[0])[:n]]


def _words(text: str) -> set[str]:
    """Words of three letters and more, and neighbouring pairs of Chinese characters."""
    pairs = {run[i : i + 2] for run in _CHINESE.findall(text) for i in range(len(run) - 1)}
    return {word.lower() for word in _LATIN.findall(text)} | pairs
