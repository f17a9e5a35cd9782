"""Which questions are still worth asking: those that the customer's own needs do not answer already."""

from __future__ import annotations

from collections.abc import Iterable

from modelhub.engine.drafters.topics import INTENTS, TASK, group_of
from modelhub.engine.questions import WORDING

_PART = {text: part for parts in WORDING.values() for part, texts in parts.items() for text in texts.values()}
_TELLS = {
    "volume": frozenset(["throughput-scale"]),
    "constraints": frozenset(["private-deployment", "data-residency", "security-compliance", "latency"]),
    "budget": frozenset(["cost-control"]),
}


def still_open(questions: Iterable[str], needs: Iterable[str]) -> list[str]:
    """The questions in their order, without those about what to do, how much or where it runs if the needs say so."""
    known = set(needs)
    answered = {part for part, tellers in _TELLS.items() if tellers & known}
    if any(group_of(need) == TASK and need not in INTENTS for need in known):
        answered.add("task")
    return [text for q in questions if (text := q.strip()) and _PART.get(text) not in answered]
