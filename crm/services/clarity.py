"""How clear a lead is: what all its messages together make known, what is still open, and what to ask next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from crm.models import Lead, Message

RECENT = 20  # messages that are looked at: the newest
ASKED = 3  # questions that are shown


@dataclass(frozen=True, slots=True)
class Part:
    """A part of clarity (task, volume, …): known through a quote, or open."""

    key: str
    known: bool
    quote: str = ""
    message: int | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """A question worth asking, in the customer's language, and the clarity it would add (0–1)."""

    part: str
    text: str
    gain: float


@dataclass(frozen=True, slots=True)
class LeadClarity:
    """The clarity of a lead, 0–1, its parts in the reader's order, and the next-best questions."""

    score: float
    parts: tuple[Part, ...]
    questions: tuple[Ask, ...]
    messages: int


def of(lead: Lead) -> LeadClarity:
    """Return the clarity of a lead from its newest read messages.

    The clearest message gives the base; a part that it leaves open and another message fills adds the gain the
    reader put on the question for that part.
    """
    rows = _rows(lead, "text")
    if not rows:
        return LeadClarity(0.0, (), (), 0)
    known = _known(rows)
    open_parts = [part for part in _order(rows) if part not in known]
    parts = [known[part] for part in _order(rows) if part in known] + [Part(part, False) for part in open_parts]
    return LeadClarity(_score(rows), tuple(parts), tuple(_questions(rows, open_parts)), len(rows))


def part_name(key: str) -> str:
    """Name a part in the reader's language; one the page does not know is shown as the reader called it."""
    names = {
        "task": _("Task"),
        "volume": _("Volume"),
        "constraints": _("Constraints"),
        "budget": _("Budget"),
        "time": _("Time"),
        "people": _("People"),
    }
    return names.get(key, key.replace("-", " ").capitalize())


def refresh(lead: Lead) -> float:
    """Write the lead's clarity after a message was read; not a person's edit, so its version stays."""
    score = _score(_rows(lead))
    Lead.objects.filter(pk=lead.pk).update(clarity=score)
    lead.clarity = score
    return score


def _rows(lead: Lead, *more: str) -> list[Message]:
    """The newest read messages; their texts, which may be large, only where quotes are shown."""
    read = Message.objects.filter(lead=lead, outgoing=False, state=Message.State.READ).exclude(clarity={})
    return list(read.order_by("-sent_at", "-id").only("id", "clarity", "questions", *more)[:RECENT])


def _score(rows: Sequence[Message]) -> float:
    if not rows:
        return 0.0
    base = max(rows, key=lambda row: row.clarity.get("score", 0.0))
    gains = _gains(base)
    known = {part for row in rows for part in row.clarity.get("known", {})}
    added = sum(gains.get(part, 0.0) for part in base.clarity.get("missing", ()) if part in known)
    return round(min(1.0, base.clarity.get("score", 0.0) + added), 4)


def _known(rows: Iterable[Message]) -> dict[str, Part]:
    known: dict[str, Part] = {}
    for row in rows:
        for part, (start, end) in row.clarity.get("known", {}).items():
            known.setdefault(part, Part(part, True, row.text[start:end], row.pk))
    return known


def _gains(row: Message) -> Mapping[str, float]:
    """Expected gain by open part: the question's own, or an even share of what is missing."""
    missing = row.clarity.get("missing", [])
    even = (1.0 - row.clarity.get("score", 0.0)) / len(missing) if missing else 0.0
    asked = {question["part"]: question["gain"] for question in row.questions}
    return {part: asked.get(part, even) for part in missing}


def _order(rows: Iterable[Message]) -> list[str]:
    seen: dict[str, None] = {}
    for row in rows:
        for part in [*row.clarity.get("known", {}), *row.clarity.get("missing", [])]:
            seen.setdefault(part)
    return list(seen)


def _questions(rows: Iterable[Message], open_parts: Iterable[str]) -> list[Ask]:
    """The newest wording for each open part, the most gainful first."""
    wanted = set(open_parts)
    asks: dict[str, Ask] = {}
    for row in rows:
        question: dict[str, Any]
        for question in row.questions:
            if question["part"] in wanted:
                asks.setdefault(question["part"], Ask(question["part"], question["text"], question["gain"]))
    return sorted(asks.values(), key=lambda ask: -ask.gain)[:ASKED]
