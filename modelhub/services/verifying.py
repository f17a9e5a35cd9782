"""Judge sentences with the verifier assigned to a segment, and say which one judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

from modelhub.engine.types import ClaimText, Verdict, Verifier
from modelhub.engine.verifier.second_opinion import NONE_HAD
from modelhub.models import ModelVersion
from modelhub.services import building, serving
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

    Where a server that is to give a second opinion is away, our own verdict stands, and a reason says so.
    """
    return _ask(lambda engine, _is_server: engine.verify(items), segment) if items else []


def confirm(items: Items, verdicts: Sequence[Verdict], segment: int | None = None) -> list[Verdict]:
    """The verdicts of sentences a composer made, with a second opinion where the segment has one. Raises as `verify` does."""

    def second(engine: Any, is_server: bool) -> list[Verdict]:
        return engine.second(items, verdicts) if is_server else list(verdicts)

    return _ask(second, segment) if items else []


def local(segment: int | None) -> Verifier:
    """The loaded verifier of a segment that asks no server, for a composer that tries many words."""

    def itself(engine: Verifier, _version: object) -> Verifier:
        return engine

    chain = serving.chain("verify", segment)
    near = [candidate for candidate in chain if not _is_server(candidate.version)]
    try:
        return serving.ask(near, "verify", itself).value
    except serving.NothingServes:
        if len(near) == len(chain):
            raise
        return building.ours()


def _ask(use: Callable[[Any, bool], list[Verdict]], segment: int | None) -> list[Verdict]:
    """What `use(engine, is_server)` makes of the first version that can; of our own verifier behind servers that are away."""
    chain = serving.chain("verify", segment)
    try:
        answer = serving.ask(chain, "verify", lambda engine, version: use(engine, _is_server(version)))
    except serving.NothingServes:
        if not any(_is_server(candidate.version) for candidate in chain):
            raise
        return _told(use(building.ours(), False), chain, None)
    return _told(answer.value, chain, answer.version)


def _is_server(version: ModelVersion) -> bool:
    return version.engine == ModelVersion.Engine.OPENAI


def _told(found: Sequence[Verdict], chain: Sequence[Candidate], by: ModelVersion | None) -> list[Verdict]:
    """The verdicts with the name of the version, and with a reason where the server that was to look too did not."""
    passed = takewhile(lambda candidate: by is None or candidate.version.pk != by.pk, chain)
    missed = next((candidate.version for candidate in passed if _is_server(candidate.version)), None)
    why = () if missed is None or (by and _is_server(by)) else (_missed(missed),)
    name = by.name if by else ""
    return [
        replace(one, by=name, reasons=(*one.reasons, *(why if one.verdict == "supported" else ()))) for one in found
    ]


def _missed(version: ModelVersion) -> str:
    name = version.name.replace('"', "'")
    return f'{NONE_HAD}: "{name}" did not answer'
