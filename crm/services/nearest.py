"""The claim whose words come nearest to a sentence that nothing supports: where to rewrite it from."""

from __future__ import annotations

import re
from dataclasses import dataclass

from crm.models import Claim, Lead
from crm.services import claims as claim_service

_LATIN = re.compile(r"[a-z0-9À-ɏ]{3,}", re.IGNORECASE)
_CHINESE = re.compile(r"[一-鿿]+")


@dataclass(frozen=True, slots=True)
class Nearest:
    """A claim near a sentence, and whether a pitch for this lead may rest on it."""

    claim: Claim
    usable: bool


def find(text: str, lead: Lead, language: str, pool: list[Claim] | None = None) -> Nearest | None:
    """Return the nearest claim about us, usable or not, or None if none shares a word with the sentence."""
    usable = {claim.pk for claim in (pool if pool is not None else claim_service.for_lead(lead))}
    wanted = _words(text)
    best: tuple[float, bool, int] | None = None
    found: Claim | None = None
    ours = Claim.objects.filter(competitor__isnull=True).exclude(status=Claim.Status.EXPIRED)
    for claim in ours.select_related("product"):
        words = _words(claim.text_in(language))
        shared = len(wanted & words) / (len(wanted | words) or 1)
        rank = (round(shared, 2), claim.pk in usable, -claim.pk)
        if shared and (best is None or rank > best):
            best, found = rank, claim
    return Nearest(found, found.pk in usable) if found else None


def _words(text: str) -> set[str]:
    """Words of three letters and more, and neighbouring pairs of Chinese characters."""
    pairs = {run[i : i + 2] for run in _CHINESE.findall(text) for i in range(len(run) - 1)}
    return {word.lower() for word in _LATIN.findall(text)} | pairs
