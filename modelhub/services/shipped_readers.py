"""The shipped readers: trained from the shipped corpus on first use, kept under the data folder, measured on request."""

from __future__ import annotations

from collections.abc import Callable

Report = Callable[[str], None]
