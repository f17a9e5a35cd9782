"""What a training tells while it runs: points of a curve, and the share of the whole that a part of the work is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from modelhub.engine.linear import Watch


@dataclass(frozen=True, slots=True)
class Point:
    """Where a training is: `step` of `of`, and what was measured there; None where nothing was."""

    step: int
    of: int
    epoch: float | None = None
    loss: float | None = None
    rate: float | None = None
    validation: float | None = None


class Halt(Exception):
    """Raised by whoever is told, to end a training here; one that keeps checkpoints leaves one behind."""


Told = Callable[[Point], None]


@dataclass(frozen=True, slots=True)
class Share:
    """A stretch of the whole, from `start` to `end` of `of`, that a part of the work takes."""

    told: Told
    start: int
    end: int
    loss: bool = False
    of: int = 1000

    def done(self, done: int, total: int) -> None:
        """Tell that `done` of `total` parts of this stretch are done."""
        self.told(Point(self._at(done / max(1, total)), self.of))

    def part(self, number: int, count: int) -> Share:
        """One of `count` equal parts of this stretch."""
        return Share(self.told, self._at(number / count), self._at((number + 1) / count), self.loss, self.of)

    def counting(self, steps: int) -> Watch:
        """What a fit of at most `steps` steps calls after each."""

        def watch(done: int, loss: float) -> None:
            self.told(Point(self._at(min(1, done / steps)), self.of, loss=loss if self.loss else None))

        return watch

    def _at(self, share: float) -> int:
        return self.start + int((self.end - self.start) * share)
