"""The model card of a trained reader: what it is, what it was made of, what was measured, and where it ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from modelhub.engine.corpus import Message

FEW = 20  # messages of a need below which the card warns


def card(messages: Sequence[Message], meta: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values: {"what", "base", "recipe", "data": {…}, "words", "figures": {…}, "limits": […]}; kept in the manifest."""
    languages = Counter(message.language or "?" for message in messages)
    counts = Counter(need for message in messages for need in message.needs)
    few = sorted(need for need in meta["needs"] if counts[need] < FEW)
    bases = [base["name"].rsplit("/", 1)[-1] for base in meta["bases"]]
    limits = ["Finds the needs of its list only; other needs are judged by likeness to their descriptions."]
    if few:
        limits.append(f"Learned from fewer than {FEW} messages each: {', '.join(few)}.")
    limits.append(f"Not trained on languages other than {', '.join(sorted(languages))}.")
    return {
        "what": "Lists the needs a customer's message voices, with quotes and calibrated probabilities.",
        "recipe": "fine-tuned encoder with linear heads" if "tuning" in meta else "linear heads over a frozen encoder",
        "base": ", ".join(bases) or "n-grams alone",
        "data": {**meta["data"], "languages": dict(languages), "writers": len({m.writer or m.id for m in messages})},
        "words": _words(meta.get("words")),
        "figures": dict(meta["figures"]),
        "limits": limits,
    }


def _words(kept: Mapping[str, Any] | None) -> str:
    """What of the messages' wording can be read in the version's files; "" for a version without words."""
    if kept is None:
        return ""
    shared = ", each used by at least two customers (or in two messages that are of none)" if kept["shared"] else ""
    return f"{kept['terms']} terms of one or two words or a few letters{shared}; no message, and no quote."


def text(found: Mapping[str, Any]) -> str:
    """The card as a person reads it, a line for each part."""
    data, figures = found["data"], found["figures"]
    languages = ", ".join(f"{code} {n}" for code, n in sorted(data["languages"].items()))
    return "\n".join(
        [
            found["what"],
            f"Made of: {found['recipe']}, base {found['base']}.",
            f"Data: {data['messages']} messages ({languages}) of {data['writers']} writers or customers,"
            f" {data['clauses']} clauses; sha256 {data['digest'][:16]}.",
            *([f"Keeps: {found['words']}"] if found.get("words") else []),
            f"Figures: macro-F1 {figures['macro_f1']:.3f} on {figures['n']} messages that its heads had not seen.",
            *(f"Limit: {line}" for line in found["limits"]),
        ]
    )
