"""Which version judged: kept as the last of a verdict's reasons, and shown apart from them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from modelhub import interface

_BY = re.compile(r'judged by "([^"]*)"')


def kept(verdict: interface.Verdict) -> list[str]:
    """The reasons of a verdict as a sentence keeps them, with the version that gave it behind them."""
    name = verdict.by.replace('"', "'")
    return [*verdict.reasons, *([f'judged by "{name}"'] if name else [])]


def told(reasons: Sequence[object]) -> tuple[tuple[str, ...], str]:
    """The reasons that were kept, and the name of the version that judged; "" where none is known."""
    texts = [str(reason) for reason in reasons]
    found = _BY.fullmatch(texts[-1]) if texts else None
    return (tuple(texts[:-1]), found[1]) if found else (tuple(texts), "")
