"""A figure brought to base units: what it says, of what, per what, and within which bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

Per = tuple[tuple[str, str], ...]
"""What a figure is counted per: (("time", ""), ("count", "user")) for "a user and month"."""


@dataclass(slots=True)
class Quantity:
    """A figure: everything between `low` and `high` (base units of `dimension`) is what it says."""

    start: int
    end: int
    value: float
    dimension: str
    bound: str = "exact"
    low: float = 0.0
    high: float = 0.0
    per: Per = ()
    counted: frozenset[str] = frozenset()
    surface: str = ""
    spelt: bool = False
    within: bool = False
    percentile: bool = False
    context: frozenset[str] = frozenset()
    role: str = ""
    extra: dict[str, float] = field(default_factory=dict)

    def close(self) -> Quantity:
        """Fill in low and high from value and bound."""
        low, high = {
            "exact": (self.value, self.value), "upto": (0.0, self.value), "le": (0.0, self.value), "lt": (0.0, self.value),
            "ge": (self.value, math.inf), "gt": (self.value, math.inf), "approx": (self.value * 0.9, self.value * 1.1),
            "range": (self.low, self.high),
        }[self.bound]  # fmt: skip
        self.low, self.high = low, high
        return self
