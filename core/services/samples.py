"""Sample data of several apps: each says what it puts in and takes away, and crm's loading runs that at its moments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

# `looked`: people have looked through all but the latest messages. `loaded`: leads, messages and pitches are there.
# `leaving`: everything still stands and will go. `left`: the leads, and all that hung on them, are gone.
Moment = Literal["looked", "loaded", "leaving", "left"]


@dataclass(frozen=True, slots=True)
class Told:
    """What the parts are told: where to report a line, and when each text of the sample was said, by its source."""

    report: Callable[[str], None] = lambda _line: None
    said: Mapping[str, datetime] = field(default_factory=dict)


Part = Callable[[Told], None]
_PARTS: dict[Moment, list[Part]] = {"looked": [], "loaded": [], "leaving": [], "left": []}


def at(moment: Moment) -> Callable[[Part], Part]:
    """Register a function for a moment; within one, functions run in the order of the apps, lower layers first."""

    def register(part: Part) -> Part:
        if part not in _PARTS[moment]:
            _PARTS[moment].append(part)
        return part

    return register


def run(moment: Moment, told: Told) -> None:
    """Run what the apps registered for a moment."""
    for part in _PARTS[moment]:
        part(told)
