"""What a model is asked to write: one slot per sentence, with its claims, the customer's words, and what went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from modelhub.engine import guard
from modelhub.engine.types import ClaimText, Draft, DraftRequest, DraftSentence


@dataclass(frozen=True, slots=True)
class Slot:
    """A sentence to write. `composed` is the sentence that takes its place if the model's fails.

    `failed` and `why` are set when the model is asked a second time.
    """

    index: int
    claims: tuple[ClaimText, ...]
    quotes: tuple[str, ...]
    composed: DraftSentence
    failed: str = ""
    why: tuple[str, ...] = ()


class Writer(Protocol):
    """A model that writes. `free` says whether it may also write sentences that rest on no claim."""

    free: bool

    def write(self, request: DraftRequest, slots: Sequence[Slot]) -> list[str]:
        """One raw text per slot, in order; empty where nothing came."""
        ...


def slots(request: DraftRequest, composed: Draft, *, free: bool) -> list[Slot]:
    """Slots for the sentences that cite claims, and for the free ones between greeting and close if `free`."""
    known = {claim.id: claim for claim in request.claims}
    last = max((sentence.paragraph for sentence in composed.sentences), default=0)
    found = []
    for index, sentence in enumerate(composed.sentences):
        claims = tuple(known[name] for name in sentence.claims if name in known)
        inner = 0 < sentence.paragraph < last
        if claims or (free and inner):
            found.append(Slot(index, claims, _quotes(request, claims), sentence))
    return found


def _quotes(request: DraftRequest, claims: Sequence[ClaimText]) -> tuple[str, ...]:
    """The customer's words for the needs these claims answer; orders to the machine are left out."""
    needs = {need for claim in claims for need in claim.needs}
    words = (r.quote for r in request.requirements if r.quote and (not claims or r.need in needs))
    return tuple(quote for quote in words if not guard.is_order(quote))[:3]
