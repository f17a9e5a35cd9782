"""Judge sentences with the verifier assigned to a segment, and say which one judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

from modelhub.engine.types import ClaimText, Verdict, Verifier
from modelhub.engine.verifier.second_opinion import NONE_HAD
from modelhub.models import ModelVersion
from modelhub.services import serving
from modelhub.services.inheritance import Candidate

Items = Sequence[tuple[str, Sequence[ClaimText]]]


class Assigned:
    """A Verifier that lets each question go to the version that serves the segment then, for a drafter to hold."""

    def __init__(self, segment: int | None) -> None:
        self.segment = segment

    def verify(self, items: Items) -> list[Verdict]:
        """One verdict per (sentence, claims) pair, in order."""
        return verify(items, self.segment)


def verify(items: Items, segment: int | None = None) -> list[Verdict]:
    """Verdicts in order. Raises EngineError if not even the shipped verifier can judge.

    Where a server that is to give a second opinion is away, the next version's verdict stands, and a reason says so.
    """
    if not items:
        return []
    chain = serving.chain("verify", segment)
    answer = serving.ask(chain, "verify", lambda engine, _version: engine.verify(items))
    return _told(answer, chain)


def confirm(items: Items, verdicts: Sequence[Verdict], segment: int | None = None) -> list[Verdict]:
    """The verdicts of sentences a composer made, with a second opinion where the segment has one. Raises as `verify` does."""
    if not items:
        return []

    def second(engine: Any, version: ModelVersion) -> list[Verdict]:
        return engine.second(items, verdicts) if _is_server(version) else list(verdicts)

    chain = serving.chain("verify", segment)
    return _told(serving.ask(chain, "verify", second), chain)


def local(segment: int | None) -> Verifier:
    """The loaded verifier of a segment that asks no server, for a composer that tries many words."""

    def itself(engine: Verifier, _version: object) -> Verifier:
        return engine

    chain = [candidate for candidate in serving.chain("verify", segment) if not _is_server(candidate.version)]
    return serving.ask(chain, "verify", itself).value


def _is_server(version: ModelVersion) -> bool:
    return version.engine == ModelVersion.Engine.OPENAI


def _told(answer: serving.Answer[list[Verdict]], chain: Sequence[Candidate]) -> list[Verdict]:
    """The verdicts with the name of the version, and with a reason where the server that was to look too did not."""
    passed = takewhile(lambda candidate: candidate.version.pk != answer.version.pk, chain)
    missed = next((candidate.version for candidate in passed if _is_server(candidate.version)), None)
    why = () if missed is None or _is_server(answer.version) else (_missed(missed),)
    return [
        replace(one, by=answer.version.name, reasons=(*one.reasons, *(why if one.verdict == "supported" else ())))
        for one in answer.value
    ]


def _missed(version: ModelVersion) -> str:
    name = version.name.replace('"', "'")
    return f'{NONE_HAD}: "{name}" did not answer'
