"""Judge sentences with the verifier assigned to a segment."""

from __future__ import annotations

from collections.abc import Sequence

from modelhub.engine.types import ClaimText, Verdict, Verifier
from modelhub.services import serving


def verify(items: Sequence[tuple[str, Sequence[ClaimText]]], segment: int | None = None) -> list[Verdict]:
    """Verdicts in order. Raises EngineError if not even the shipped verifier can judge."""
    if not items:
        return []
    return serving.ask(serving.chain("verify", segment), "verify", lambda engine, _version: engine.verify(items)).value


def verifier(segment: int | None) -> Verifier:
    """The loaded verifier of a segment, for a drafter that judges as it writes."""

    def itself(engine: Verifier, _version: object) -> Verifier:
        return engine

    return serving.ask(serving.chain("verify", segment), "verify", itself).value
