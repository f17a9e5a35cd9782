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
from core.services.edits import Stale
from modelhub.interface import Serving, Task
from modelhub.models import Assignment, AssignmentChange, ModelVersion
from modelhub.services import gates, history, inheritance, versions
from modelhub.services.inheritance import Candidate, chain

__all__ = [
    "TASKS", "Candidate", "Cell", "Row", "assign", "chain", "rollback", "serving", "stamp", "table", "unassign",
]  # fmt: skip

Kind = AssignmentChange.Kind
TASKS: tuple[Task, ...] = ("read", "draft", "verify")


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

    Raises Stale if somebody assigned meanwhile, ValidationError if the version cannot serve the task, and Refused (one of
    its kind) if the gate wants a reason and there is none.
    """
    with transaction.atomic():
        version = versions.held(version)
        current = _current(task, segment, seen)
        _check(task, segment, version)
        gate = gates.judge(task, segment, version)
        gates.check(gate, reason)
        return _put(Kind.ASSIGN, current, _wanted(task, segment, version, by, reason), seen, gate.kept(reason))


def unassign(assignment: Assignment, *, by: User, reason: str = "", seen: str) -> None:
    """Take a segment's own assignment away, so that it inherits again. Raises Stale and Refused as `assign` does.

    The gate judges the version that would serve instead. The default cannot be taken away (ValueError): something must serve.
    """
    segment = _not_default(assignment)
    with transaction.atomic():
        _current(_task(assignment), segment, seen)
        gate = gates.judge_inheriting(_task(assignment), segment)
        gates.check(gate, reason)
        _take_away(Kind.INHERIT, assignment, by=by, reason=reason, seen=seen, gate=gate.kept(reason))


def rollback(task: Task, segment: Segment | None, *, by: User, seen: str, last: int) -> AssignmentChange:
    """Go back to what was there before the last change of a place; itself a change, which the gate notes but never refuses.

    `last` is the id of the change the person saw. Raises Stale if there was another since, ValueError if there is nothing to
    go back to, ValidationError if the version before cannot serve any more.
    """
    change = history.of(task, segment).first()
    if change is None:
        raise ValueError("nothing was changed here")
    current = _current(task, segment, seen)
    if change.pk != last:
        raise Stale(_stale())
    name = change.version.name if change.version else _("inheriting")
    reason = _("Rolled back from %(name)s.") % {"name": name}
    if change.before is None:
        if current is None:
            raise ValueError("it inherits already")
        gate = gates.judge_inheriting(task, _not_default(current)).kept("")
        _take_away(Kind.ROLLBACK, current, by=by, reason=reason, seen=seen, gate=gate)
    else:
        with transaction.atomic():
            back = versions.held(change.before)
            _check(task, segment, back)
            gate = gates.judge(task, segment, back).kept("")
            _put(Kind.ROLLBACK, current, _wanted(task, segment, back, by, reason), seen, gate)
    return history.of(task, segment)[0]


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


def _current(task: Task, segment: Segment | None, seen: str) -> Assignment | None:
    current = Assignment.objects.filter(task=task, segment=segment).select_related("version", "segment").first()
    if stamp(current) != seen:
        raise Stale(_stale())
    return current


def _wanted(task: Task, segment: Segment | None, version: ModelVersion, by: User, reason: str) -> Assignment:
    return Assignment(task=task, segment=segment, version=version, reason=reason, by=by)


def _check(task: Task, segment: Segment | None, version: ModelVersion) -> None:
    Assignment(task=task, segment=segment, version=version).clean()


def _put(kind: str, current: Assignment | None, wanted: Assignment, seen: str, gate: dict[str, str]) -> Assignment:
    task, segment, by = _task(wanted), wanted.segment, wanted.by
    assert isinstance(by, User)  # noqa: S101 (both callers name one)
    served = inheritance.ready(task, segment.pk if segment else None)
    with transaction.atomic():
        made = _replace(current, wanted, seen) if current else _create(wanted)
        before = current.version if current else None
        told = {"version": before.key} if before else {}
        after = {"version": wanted.version.key}
        audit.record(kind, made, by=by, before=told, after=after, reason=wanted.reason)
        history.record(
            kind, task, segment, wanted.version, before=before, served=served, reason=wanted.reason, gate=gate, by=by
        )
    return made


def _not_default(assignment: Assignment) -> Segment:
    if assignment.segment is None:
        raise ValueError("the default assignment can be changed, not removed")
    return assignment.segment


def _take_away(kind: str, assignment: Assignment, *, by: User, reason: str, seen: str, gate: dict[str, str]) -> None:
    task, segment, version = _task(assignment), assignment.segment, assignment.version
    served = inheritance.ready(task, assignment.segment_id)
    with transaction.atomic():
        verb = "unassign" if kind == Kind.INHERIT else kind
        audit.record(verb, assignment, by=by, before={"version": version.key}, reason=reason)
        gone, _rows = Assignment.objects.filter(pk=assignment.pk, at=_moment(seen)).delete()
        if not gone:
            raise Stale(_stale())
        history.record(kind, task, segment, None, before=version, served=served, reason=reason, gate=gate, by=by)


def _task(assignment: Assignment) -> Task:
    return next(task for task in TASKS if task == assignment.task)


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
