"""Where what a job made can be looked at: each app says it for its own kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.models import Job


@dataclass(frozen=True, slots=True)
class Made:
    """What is written on the link to what a job made, and its address."""

    label: str
    url: str


Find = Callable[[Job], Made | None]
_FINDERS: dict[str, Find] = {}


def finds(*kinds: str) -> Callable[[Find], Find]:
    """Register the decorated function, which says where the result of jobs of these kinds is; None if it is gone."""

    def register(find: Find) -> Find:
        _FINDERS.update(dict.fromkeys(kinds, find))
        return find

    return register


def of(job: Job) -> Made | None:
    """Return where the result of a job that is done can be looked at."""
    find = _FINDERS.get(job.kind)
    return find(job) if find and job.state == Job.State.DONE else None
