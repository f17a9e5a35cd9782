"""The one door to the model hub: values in, values out, never rows. Everything above the hub imports only this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from modelhub.engine.types import (
    ClaimText,
    Clarity,
    Draft,
    DraftForm,
    DraftRequest,
    DraftSentence,
    Length,
    NeedScore,
    Question,
    Reading,
    Reason,
    RequirementText,
    Span,
    Tone,
    Verdict,
    VerdictName,
)

__all__ = [
    "ClaimText", "Clarity", "Correction", "Draft", "DraftForm", "DraftRequest", "DraftResult", "DraftSentence", "Length",
    "NeedScore", "Offered", "Question", "ReadRequest", "ReadResult", "Reading", "Reason", "RequirementText", "Serving", "Span", "Task",
    "Tone", "Verdict", "VerdictName", "correct", "draft", "forget", "is_order", "offer", "read", "serving", "verify",
]  # fmt: skip

Task = Literal["read", "draft", "verify"]


@dataclass(frozen=True, slots=True)
class Serving:
    """Which version serves: its key, its display name, and the segment (id) the assignment was made on, None for the default."""

    key: str
    name: str
    segment: int | None


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """A text to read. `source` is opaque to the hub ("crm.message:123"); `segment` is the id of the lead's segment."""

    source: str
    text: str
    segment: int | None = None


@dataclass(frozen=True, slots=True)
class ReadResult:
    """The reading of one request, the row it is kept in, and who read it; `problem` is set instead when it failed.

    `notes` tell which versions were passed over and why. `unkept` is what `kept` still has to write of it.
    """

    source: str
    reading: Reading | None
    prediction: int | None
    serving: Serving | None
    problem: str = ""
    notes: tuple[str, ...] = ()
    unkept: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class DraftResult:
    """A draft, the row it is kept in, and who wrote it; `notes` tell what fell back to the composer and why."""

    draft: Draft
    prediction: int
    serving: Serving
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person said of one need of a text. For `added` and `confirmed`, `spans` give the quotes if there are any.

    `group` names the customer, opaquely ("crm.company:7"): texts of one customer stay on one side of a split.
    """

    source: str
    text: str
    verdict: Literal["confirmed", "changed", "rejected", "added"]
    need: str
    author: str
    language: str = ""
    segment: int | None = None
    changed_to: str = ""
    prediction: int | None = None
    spans: tuple[tuple[int, int], ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """A text that was just read, with the `prediction` of its reading; `group` names the customer, opaquely."""

    source: str
    text: str
    prediction: int
    segment: int | None = None
    group: str = ""


def read(requests: Sequence[ReadRequest], *, keep: bool = True) -> list[ReadResult]:
    """Read texts in one batch per serving version and keep a prediction row for each; results in order. Worker only.

    Without `keep` the rows are left to `kept`, so that they stand or fall with what the caller writes.
    """
    from modelhub.services import reading

    return reading.read(requests, keep=keep)


def kept(result: ReadResult) -> ReadResult:
    """Write the prediction row of a reading in the caller's transaction, if it has none; returns it with the row's id."""
    from modelhub.services import reading

    return reading.kept([result])[0]


def draft(source: str, segment: int | None, request: DraftRequest) -> DraftResult:
    """Draft one pitch with the version assigned to the segment; every sentence is verified. Worker only."""
    from modelhub.services import drafting

    return drafting.draft(source, segment, request)


def verify(items: Sequence[tuple[str, Sequence[ClaimText]]], segment: int | None = None) -> list[Verdict]:
    """Judge sentences against claims with the verifier assigned to the segment; verdicts in order. Worker only."""
    from modelhub.services import verifying

    return verifying.verify(items, segment)


def serving(task: Task, segment: int | None) -> Serving | None:
    """Say which version would serve now: the segment's own assignment, else its parent's, else the default."""
    from modelhub.services import assignments

    return assignments.serving(task, segment)


def correct(correction: Correction) -> None:
    """Keep a person's verdict as feedback and fold it into the labelled example of that source."""
    from modelhub.services import corrections

    corrections.correct(correction)


def offer(offered: Offered) -> bool:
    """Put a text into the queue of texts to label if its reading was unsure; True if it stands there now."""
    from modelhub.services import offers

    return offers.offer(offered)


def forget(source: str, text: str = "") -> int:
    """Erase all that the hub holds of `source`, rows of datasets included; return how many rows went.

    With `text` the judged sentences of an admin's file that quote it go too: of these no source is known.
    """
    from modelhub.services import forgetting

    return forgetting.forget(source, text)


def is_order(text: str) -> bool:
    """Return whether a text orders the reading machine about (prompt injection); such words never go into a pitch."""
    from modelhub.engine import guard

    return guard.is_order(text)
