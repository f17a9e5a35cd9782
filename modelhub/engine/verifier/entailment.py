"""Whether one figure follows from another: units, bounds, rounding, how loose a bound may be."""

from __future__ import annotations

import math
import re

from modelhub.engine.verifier.quantity import Quantity
from modelhub.engine.verifier.units import MONEY


def entails(claim: Quantity, said: Quantity) -> bool:
    """Whether the claim's figure makes the sentence's figure true; both in base units of one dimension."""
    if said.percentile and claim.percentile:
        return said.value <= claim.value + 1e-9
    same = close(claim.value, said.value, _tolerance(claim, said))
    if (said.extra.get("limits") or said.dimension == "length") and not same:
        return False
    if (said.bound in ("le", "lt", "ge", "gt", "upto") or said.within) and _far(claim, said):
        return False
    if said.bound == "upto":
        return (claim.bound != "ge" and claim.bound != "gt" and (same or said.value < claim.value)) or (
            claim.bound in ("ge", "exact") and same
        )
    if said.bound in ("le", "lt"):
        if claim.bound == "approx":
            return claim.high <= said.value * 1.001
        return claim.high < said.value * (1 + 1e-6) or (same and claim.bound in ("le", "upto", "exact", "lt"))
    if said.bound in ("ge", "gt"):
        if said.bound == "gt" and same:
            return claim.bound == "gt"
        return claim.low > said.value * (1 - 1e-6) and claim.bound not in ("upto", "le", "lt")
    if said.bound == "approx":
        return (claim.bound in ("exact", "approx", "ge", "gt", "range") and close(claim.value, said.value, 0.1)) or (
            claim.bound in ("le", "upto", "lt") and same
        )
    if said.bound == "range":
        return close(claim.low, said.low, 1e-3) and close(claim.high, said.high, 1e-3)
    if said.within and claim.dimension == "time":
        return claim.bound != "approx" and claim.high <= said.value * (1 + 1e-6)
    if said.extra.get("case") and claim.bound in ("le", "upto") and said.dimension == "count":
        return 0.2 * claim.value <= said.value <= claim.value
    if claim.bound == "ge" and claim.dimension in MONEY:
        return False
    if claim.bound in ("exact", "ge") and (same or _rounds(claim.value, said)):
        return True
    return claim.bound == "gt" and same


_LONG = re.compile(r"month|year|月|年", re.IGNORECASE)


def _tolerance(claim: Quantity, said: Quantity) -> float:
    """Months and years do not divide evenly; other figures must be the same to the last digit."""
    if said.dimension == "time" and bool(_LONG.search(said.surface)) != bool(_LONG.search(claim.surface)):
        return 0.02
    if said.dimension in ("time", "often") or ("time", "") in said.per:
        return 4e-3
    return 1e-3 if said.spelt and said.dimension == "ratio" else 1e-5


def _far(claim: Quantity, said: Quantity) -> bool:
    """A bound more than 2.5 times looser is another statement, most often a changed unit or digit."""
    if said.dimension == "ratio" or said.value <= 0 or claim.value <= 0:
        return False
    return not 0.4 <= claim.value / said.value <= 2.5


def close(a: float, b: float, tolerance: float = 2e-3) -> bool:
    """Whether two values are the same within a relative tolerance."""
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=1e-12)


def _rounds(value: float, said: Quantity) -> bool:
    match = re.search(r"\d+(?:\.\d+)?", said.surface)
    return (
        bool(match)
        and said.dimension == "ratio"
        and said.value < 0.995
        and close(value, said.value, 0.006)
        and "." not in (match.group() if match else ".")
    )


def comparable(claim: Quantity, said: Quantity) -> bool:
    """Whether the two figures measure the same kind of thing, rates included."""
    if (
        claim.dimension != said.dimension
        and not cents(claim, said)
        and {claim.dimension, said.dimension} not in ({"score", "ratio"}, {"often", "count"})
    ):
        return False
    if {claim.dimension, said.dimension} == {"often", "count"}:
        return ("time", "") in (claim.per if claim.dimension == "count" else said.per)
    kinds_a, kinds_b = {k for k, _ in claim.per}, {k for k, _ in said.per}
    if ("time" in kinds_a) != ("time" in kinds_b):
        return False
    return claim.percentile == said.percentile or said.dimension == "ratio"


def cents(claim: Quantity, said: Quantity) -> bool:
    """Whether one figure is in cents and the other in the currency they may belong to."""
    pair = {claim.dimension, said.dimension}
    return "cent" in pair and pair & {"eur", "usd"} != set() and pair <= MONEY


def in_cents(quantity: Quantity) -> Quantity:
    """A sum of money in cents, other figures as they are."""
    if quantity.dimension not in ("eur", "usd"):
        return quantity
    scaled = Quantity(
        quantity.start,
        quantity.end,
        quantity.value * 100,
        "cent",
        quantity.bound,
        quantity.low * 100,
        quantity.high * 100,
        quantity.per,
    )
    scaled.context, scaled.counted, scaled.surface, scaled.role = (
        quantity.context,
        quantity.counted,
        quantity.surface,
        quantity.role,
    )
    return scaled
