"""What `serve` does once for each data folder and version, after migrating."""

from __future__ import annotations

from typing import NamedTuple


class Step(NamedTuple):
    """A management command; `needs_samples`: only where the sample data was asked for."""

    command: tuple[str, ...]
    needs_samples: bool = False


FIRST_START = (
    Step(("models", "pull")),
    Step(("ensure_models",)),
    Step(("load_samples",), needs_samples=True),
)
