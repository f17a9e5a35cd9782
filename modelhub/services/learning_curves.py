"""How a figure grows with the training rows of a dataset: a linear reader from a quarter, a half, three quarters, and all."""

from __future__ import annotations

from collections.abc import Sequence

from core.models import Job


def work(rows: Sequence[Job]) -> None:
    """Draw the curve of each of these jobs' datasets."""
    raise NotImplementedError
