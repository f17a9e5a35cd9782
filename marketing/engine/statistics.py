"""Rates with their uncertainty: Wilson and Newcombe intervals, power, and a test that stays valid when it is looked at often."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

ENOUGH = 30  # of fewer mails no rate is shown
ALPHA = 0.05
_Z = NormalDist().inv_cdf(1 - ALPHA / 2)
_TAU = 0.02  # how far apart two rates are thought to be before looking: about two points


@dataclass(frozen=True, slots=True)
class Rate:
    """`k` of `n`, with the 95 % score interval of the share (0–1)."""

    k: int
    n: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """k over n, 0–1."""
        return self.k / self.n if self.n else 0.0

    @property
    def enough(self) -> bool:
        """Whether there are enough for a rate to be shown."""
        return self.n >= ENOUGH


@dataclass(frozen=True, slots=True)
class Difference:
    """How much higher the share of the first is, with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """`winner`: the position of the variant shown to be best, or None; `needed`: how many a side would tell these apart."""

    winner: int | None
    enough: bool
    first: int  # the two that lead now
    second: int
    difference: Difference
    needed: int | None


def rate(k: int, n: int) -> Rate:
    """Return k of n with its interval (Wilson 1927). Without any n nothing is known. Raises ValueError if 0 ≤ k ≤ n fails."""
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n}")
    if not n:
        return Rate(0, 0, 0.0, 1.0)
    share = k / n
    middle = share + _Z * _Z / (2 * n)
    spread = _Z * math.sqrt(share * (1 - share) / n + _Z * _Z / (4 * n * n))
    scale = 1 + _Z * _Z / n
    low, high = (middle - spread) / scale, (middle + spread) / scale
    return Rate(k, n, 0.0 if k == 0 else max(0.0, low), 1.0 if k == n else min(1.0, high))


def difference(a: Rate, b: Rate) -> Difference:
    """Return the difference of two shares, a − b, with its hybrid score interval (Newcombe 1998, method 10)."""
    value = a.share - b.share
    low = value - math.sqrt((a.share - a.low) ** 2 + (b.high - b.share) ** 2)
    high = value + math.sqrt((a.high - a.share) ** 2 + (b.share - b.low) ** 2)
    return Difference(value, max(-1.0, low), min(1.0, high))


def needed(p: float, q: float, *, power: float = 0.8) -> int | None:
    """Return how many a side it takes to tell share p from q in a two-sided test; None if they are equal.

    Fleiss, Statistical Methods for Rates and Proportions (2003), without continuity correction.
    """
    if p == q:
        return None
    mean = (p + q) / 2
    z_power = NormalDist().inv_cdf(power)
    root = _Z * math.sqrt(2 * mean * (1 - mean)) + z_power * math.sqrt(p * (1 - p) + q * (1 - q))
    return math.ceil(root * root / (p - q) ** 2)


def always_valid_p(a: Rate, b: Rate) -> float:
    """Return a p-value for "both shares are equal" that may be looked at after each mail (Johari et al. 2022, mixture SPRT).

    At any stopping rule it falls below α with probability α at most, up to the normal approximation.
    """
    if not a.n or not b.n:
        return 1.0
    pooled = (a.k + b.k) / (a.n + b.n)
    variance = pooled * (1 - pooled) * (1 / a.n + 1 / b.n)
    if variance <= 0:
        return 1.0
    tau = _TAU * _TAU
    gap = a.share - b.share
    log_ratio = 0.5 * math.log(variance / (variance + tau)) + tau * gap * gap / (2 * variance * (variance + tau))
    return min(1.0, math.exp(-log_ratio)) if log_ratio < 700 else 0.0


def judge(variants: Sequence[Rate]) -> Verdict | None:
    """Say whether one of at least two variants is shown to be best; α is shared among the pairs (Bonferroni)."""
    if len(variants) < 2:
        return None
    order = sorted(range(len(variants)), key=lambda place: (-variants[place].share, place))
    first, second = order[0], order[1]
    best = variants[first]
    level = ALPHA / (len(variants) * (len(variants) - 1) / 2)
    enough = all(variant.enough for variant in variants)
    shown = enough and all(always_valid_p(best, variants[other]) <= level for other in order[1:])
    return Verdict(
        first if shown else None, enough, first, second, difference(best, variants[second]),
        needed(best.share, variants[second].share),
    )  # fmt: skip
