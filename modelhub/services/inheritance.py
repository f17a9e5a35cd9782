"""Which versions may serve a place, nearest first: the segment's own, its parents', the default's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.models import Segment
from core.services import segments as tree
from modelhub.interface import Task
from modelhub.models import Assignment, ModelVersion


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version that may serve, and the id of the segment it was assigned on (None: the default)."""

    version: ModelVersion
    segment: int | None


def chain(task: Task, segment: int | None) -> list[Candidate]:
    """Versions that may serve, in the order they are tried: the segment's own, its parents', the default's."""
    there = Segment.objects.filter(pk=segment).first() if segment is not None else None
    way: list[int | None] = [*(above.pk for above in tree.path(there)), None]
    made = {row.segment_id: row for row in Assignment.objects.filter(task=task).select_related("version")}
    return [Candidate(made[place].version, place) for place in way if place in made]


def ready(task: Task, segment: int | None) -> ModelVersion | None:
    """The version that serves a place now: the nearest that can."""
    found = (c.version for c in chain(task, segment) if c.version.state == ModelVersion.State.READY)
    return next(found, None)


def inherited(task: Task, segment: Segment) -> ModelVersion | None:
    """The version that would serve a segment without its own assignment."""
    return ready(task, segment.parent_id)


def follow(task: Task, segment: Segment | None) -> list[int | None]:
    """Ids of the places that a change at `segment` reaches: it, and those below without a version of their own.

    None, for what stands in no segment, is among them if the change is made at the default.
    """
    own = set(Assignment.objects.filter(task=task, segment__isnull=False).values_list("segment", flat=True))
    below: dict[int | None, list[int]] = {}
    for pk, parent in Segment.objects.values_list("pk", "parent_id"):
        below.setdefault(parent, []).append(pk)

    def go(place: int | None) -> Iterator[int | None]:
        yield place
        for child in below.get(place, []):
            if child not in own:
                yield from go(child)

    return list(go(segment.pk if segment else None))
