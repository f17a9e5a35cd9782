"""The history of what served where: every change kept with who, why, and what the gate said; told to the apps above."""

from __future__ import annotations

from django.db.models import Max, Q, QuerySet

from core.models import Segment, User
from modelhub.interface import Task
from modelhub.models import AssignmentChange, ModelVersion
from modelhub.services import inheritance
from modelhub.signals import assignment_changed


def record(
    kind: str,
    task: Task,
    segment: Segment | None,
    version: ModelVersion | None,
    *,
    before: ModelVersion | None,
    served: ModelVersion | None,
    reason: str,
    gate: dict[str, str],
    by: User,
) -> AssignmentChange:
    """Write a change in the caller's transaction, after it was made, and tell it to whoever listens.

    `before` is the place's own version until now (None: it inherited); `served` is what really served there.
    """
    change = AssignmentChange.objects.create(
        kind=kind, task=task, segment=segment, place=segment.name_en if segment else "", version=version, before=before,
        reason=reason, gate=gate, by=by,
    )  # fmt: skip
    now = inheritance.ready(task, segment.pk if segment else None)
    assignment_changed.send(
        sender=AssignmentChange,
        change=change.pk,
        task=task,
        segment=segment.pk if segment else None,
        segments=tuple(inheritance.follow(task, segment)),
        before=served.name if served else "",
        after=now.name if now else "",
        by=by,
    )
    return change


def everything() -> QuerySet[AssignmentChange]:
    """All changes, newest first."""
    return AssignmentChange.objects.select_related("segment", "version", "before", "by")


def standing() -> set[int]:
    """Ids of the changes that hold: the last one of each place that is still there."""
    rows = AssignmentChange.objects.filter(Q(segment__isnull=False) | Q(place=""))
    return set(rows.values("task", "segment").annotate(last=Max("pk")).order_by().values_list("last", flat=True))


def of(task: Task, segment: Segment | None) -> QuerySet[AssignmentChange]:
    """The changes of one place, newest first; those of a segment that is deleted are nobody's, not the default's."""
    rows = everything().filter(task=task, segment=segment)
    return rows if segment else rows.filter(place="")
