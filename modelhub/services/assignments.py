"""Which version serves which segment for which task: inherited from segment to parent to default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import Segment, User
from core.services import audit
from core.services import segments as tree
from core.services.edits import Stale
from modelhub.interface import Serving, Task
from modelhub.models import Assignment, ModelVersion

TASKS: tuple[Task, ...] = ("read", "draft", "verify")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version that may serve, and the id of the segment it was assigned on (None: the default)."""

    version: ModelVersion
    segment: int | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One segment and task of "what serves where": the own assignment, or the candidate inherited from `origin`."""

    task: Task
    own: Assignment | None
    version: ModelVersion | None
    origin: Segment | None
    stands_in: ModelVersion | None


@dataclass(frozen=True, slots=True)
class Row:
    """A segment (None: the default) at its depth in the tree, with one cell per task."""

    segment: Segment | None
    depth: int
    cells: tuple[Cell, ...]


def chain(task: Task, segment: int | None) -> list[Candidate]:
    """Versions that may serve, in the order they are tried: the segment's own, its parents', the default's."""
    there = Segment.objects.filter(pk=segment).first() if segment is not None else None
    way: list[int | None] = [*(above.pk for above in tree.path(there)), None]
    made = {row.segment_id: row for row in _assignments().filter(task=task)}
    return [Candidate(made[place].version, place) for place in way if place in made]


def serving(task: Task, segment: int | None) -> Serving | None:
    """Say which version would serve now; one that cannot is passed over as a worker would pass it over."""
    for candidate in chain(task, segment):
        if candidate.version.state == ModelVersion.State.READY:
            return Serving(candidate.version.key, candidate.version.name, candidate.segment)
    return None


def stamp(assignment: Assignment | None) -> str:
    """What a form remembers of an assignment, so that the second of two admins is told."""
    return assignment.at.isoformat() if assignment else ""


def assign(
    task: Task, segment: Segment | None, version: ModelVersion, *, by: User, reason: str, seen: str
) -> Assignment:
    """Let `version` serve the task for the segment; `seen` is the stamp the person looked at.

    Raises Stale if somebody assigned meanwhile, ValidationError if the version cannot serve the task.
    """
    current = Assignment.objects.filter(task=task, segment=segment).select_related("version").first()
    if stamp(current) != seen:
        raise Stale(_stale())
    wanted = Assignment(task=task, segment=segment, version=version, reason=reason, by=by)
    wanted.clean()
    with transaction.atomic():
        made = _replace(current, wanted, seen) if current else _create(wanted)
        before = {"version": current.version.key} if current else {}
        audit.record("assign", made, by=by, before=before, after={"version": version.key}, reason=reason)
    return made


def unassign(assignment: Assignment, *, by: User, reason: str, seen: str) -> None:
    """Take a segment's own assignment away, so that it inherits again. Raises Stale as `assign` does.

    The default cannot be taken away (ValueError): something must serve.
    """
    if assignment.segment_id is None:
        raise ValueError("the default assignment can be changed, not removed")
    with transaction.atomic():
        audit.record("unassign", assignment, by=by, before={"version": assignment.version.key}, reason=reason)
        gone, _rows = Assignment.objects.filter(pk=assignment.pk, at=_moment(seen)).delete()
        if not gone:
            raise Stale(_stale())


def table() -> list[Row]:
    """Every segment in tree order under the default, with what serves each task and where that was decided."""
    made = {(row.task, row.segment_id): row for row in _assignments()}
    children: dict[int | None, list[Segment]] = {}
    for segment in Segment.objects.all():
        children.setdefault(segment.parent_id, []).append(segment)
    rows = [Row(None, 0, tuple(_cell(task, [], made) for task in TASKS))]
    stack: list[list[Segment]] = [[segment] for segment in reversed(children.get(None, []))]
    while stack:
        way = stack.pop()  # nearest first, as inheritance looks
        rows.append(Row(way[0], len(way), tuple(_cell(task, way, made) for task in TASKS)))
        stack.extend([child, *way] for child in reversed(children.get(way[0].pk, [])))
    return rows


def _cell(task: Task, way: Sequence[Segment], made: dict[tuple[str, int | None], Assignment]) -> Cell:
    places: list[Segment | None] = [*way, None]
    found = [
        (place, made[task, place.pk if place else None])
        for place in places
        if (task, place.pk if place else None) in made
    ]
    own = made.get((task, way[0].pk if way else None))
    if not found:
        return Cell(task, None, None, None, None)
    origin, first = found[0]
    ready = [row.version for _place, row in found if row.version.state == ModelVersion.State.READY]
    stands_in = ready[0] if ready and first.version.state != ModelVersion.State.READY else None
    return Cell(task, own, first.version, origin, stands_in)


def _assignments() -> QuerySet[Assignment]:
    return Assignment.objects.select_related("version", "segment", "by")


def _create(wanted: Assignment) -> Assignment:
    try:
        with transaction.atomic():
            wanted.save(force_insert=True)
    except IntegrityError:
        raise Stale(_stale()) from None
    return wanted


def _replace(current: Assignment, wanted: Assignment, seen: str) -> Assignment:
    changed = Assignment.objects.filter(pk=current.pk, at=_moment(seen)).update(
        version=wanted.version, reason=wanted.reason, by=wanted.by, at=timezone.now()
    )
    if not changed:
        raise Stale(_stale())
    return Assignment.objects.select_related("version").get(pk=current.pk)


def _moment(seen: str) -> datetime:
    try:
        return datetime.fromisoformat(seen)
    except ValueError:
        raise Stale(_stale()) from None


def _stale() -> str:
    return _(
        "Somebody assigned another version while you had this open. Nothing of yours was written; look and try again."
    )
