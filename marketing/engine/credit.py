"""Share the value of a won deal among the mails that came before it, to the cent."""

from __future__ import annotations

from decimal import Decimal

CENT = Decimal("0.01")


def linear(value: Decimal, touches: int) -> list[Decimal]:
    """Return an equal share for each touch, oldest first, in cents; they sum to `value` exactly.

    What does not divide goes to the latest touches, a cent each. Raises ValueError without a touch, or for parts of a cent.
    """
    cents = value / CENT
    if touches < 1 or cents != cents.to_integral_value():
        raise ValueError(f"{value} among {touches}")
    share, rest = divmod(int(cents), touches)
    return [(share + (place >= touches - rest)) * CENT for place in range(touches)]


def last(value: Decimal, touches: int) -> list[Decimal]:
    """Return everything for the latest touch, oldest first. Raises ValueError without a touch."""
    if touches < 1:
        raise ValueError(f"{value} among {touches}")
    return [Decimal("0.00")] * (touches - 1) + [value.quantize(CENT)]
