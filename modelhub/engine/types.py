"""The values that go in and out of the engine: frozen, plain, free of Django."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

VerdictName = Literal["supported", "unsupported", "contradicted", "no-claim-needed"]
Tone = Literal["plain", "warm", "formal"]
DraftForm = Literal["mail", "call", "one-pager", "campaign"]
Length = Literal["short", "medium", "long"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text: `text == source[start:end]`, offsets in characters."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One word or phrase and how much it moved the score (log-odds; positive speaks for the need)."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class NeedScore:
    """A need found in a message: calibrated probability 0–1, quotes, and the words that carried it."""

    need: str
    probability: float
    spans: tuple[Span, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Clarity:
    """What a message makes known, 0–1; `known` maps a part (task, volume, …) to its quote, `missing` lists the rest."""

    score: float
    known: Mapping[str, Span] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A question worth asking next: the clarity part it fills, its wording, and the clarity it would add (0–1)."""

    part: str
    text: str
    gain: float


@dataclass(frozen=True, slots=True)
class Reading:
    """All that a reader says of one message. `sure` is False for languages the reader was not trained on.

    `doubts` maps needs near their threshold, listed or not, to how near: 1 at the threshold itself, 0 far from it.
    """

    language: str
    language_probability: float
    sure: bool
    clarity: Clarity
    needs: tuple[NeedScore, ...] = ()
    questions: tuple[Question, ...] = ()
    doubts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NeedDefinition:
    """A need of the taxonomy as the engine sees it: names, descriptions and examples by language code (en, zh)."""

    key: str
    facet: str
    names: Mapping[str, str]
    descriptions: Mapping[str, str]
    examples: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Reader(Protocol):
    """Reads messages in a batch; one Reading per text, in order."""

    def read(self, texts: Sequence[str]) -> list[Reading]: ...


@dataclass(frozen=True, slots=True)
class ClaimText:
    """A claim offered to the drafter and the verifier. `about` is the subject: a product name, or `us`."""

    id: str
    text: str
    language: str = "en"
    about: str = ""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the verifier says of one sentence; `reasons` are short phrases in English, `claims` the ids it rests on.

    `by` is the name of the version that judged, filled in where a version did and not an engine alone.
    """

    verdict: VerdictName
    reasons: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True)
class RequirementText:
    """What the customer wants: the need and the words they used for it (may be empty)."""

    need: str
    quote: str = ""
    status: str = "confirmed"


@dataclass(frozen=True, slots=True)
class DraftRequest:
    """Everything a drafter may know of a lead. `seed` makes composed copy differ from lead to lead, repeatably."""

    language: str
    form: DraftForm
    tone: Tone
    length: Length
    company: str
    contact: str
    role: str
    sender: str
    requirements: tuple[RequirementText, ...]
    claims: tuple[ClaimText, ...]
    need_names: Mapping[str, str] = field(default_factory=dict)
    questions: tuple[str, ...] = ()
    industry: str = ""
    mention_gaps: bool = True
    seed: int = 0


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """One sentence of a pitch with the claims it cites and its verdict; `replaced` if the model's own wording failed."""

    text: str
    claims: tuple[str, ...]
    verdict: Verdict
    paragraph: int = 0
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A pitch: subject line (empty for call scripts; for a campaign several, one a line) and its sentences in order."""

    subject: str
    sentences: tuple[DraftSentence, ...]


class Drafter(Protocol):
    """Writes one pitch from the claims of the request and nothing else."""

    def draft(self, request: DraftRequest) -> Draft: ...


class Verifier(Protocol):
    """Judges sentences against the claims given; one Verdict per sentence, in order."""

    def verify(self, items: Sequence[tuple[str, Sequence[ClaimText]]]) -> list[Verdict]: ...
