"""Moves of a lead through its pipeline: the one place where gates are kept, for board, form and API alike."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.models import User
from core.services import edits
from crm.models import Activity, Lead, Pipeline, Requirement, Stage
from crm.services import activities

CONFIRMED = (Requirement.Status.CONFIRMED, Requirement.Status.MET, Requirement.Status.GAP)  # a person looked at these


class MoveRefused(ValidationError):
    """A gate is shut. The message says where the lead stayed and what is missing; `code` names the gate."""


def move(
    lead: Lead, stage: Stage, *, by: User | None, expected: int | None = None, lost_reason: str = "", note: str = ""
) -> Lead:
    """Move a lead to a stage of its pipeline; one that is there already stays untouched.

    Raises MoveRefused (another pipeline, no reason for a loss, too few confirmed requirements, reopened by somebody
    who may not) and Stale if `expected` is no longer the lead's version.
    """
    if Lead.objects.filter(pk=lead.pk, stage=stage).exists():
        lead.refresh_from_db()
        return lead
    check(lead, stage, by=by, lost_reason=lost_reason)
    now, old, days = timezone.now(), lead.stage, lead.days_in_stage
    lost = stage.kind == Stage.Kind.LOST
    with transaction.atomic():
        edits.change(
            lead, by=by, verb="move", expected=expected, reason=note.strip(), stage=stage, stage_since=now,
            closed_at=None if stage.kind == Stage.Kind.OPEN else now, lost_reason=lost_reason if lost else "",
        )  # fmt: skip
        data = {
            "from": old.pk, "from_en": old.name_en, "from_zh": old.name_zh or old.name_en, "days": days,
            "to": stage.pk, "to_en": stage.name_en, "to_zh": stage.name_zh or stage.name_en,
            "lost_reason": lost_reason if lost else "", "note": note.strip(),
        }  # fmt: skip
        text = _("Moved from %(old)s to %(new)s") % {"old": old.name, "new": stage.name}
        activities.log(lead, Activity.Kind.STAGE, text, by=by, data=data)
        if note.strip():
            activities.note(lead, note, by=by)
    return lead


def check(lead: Lead, stage: Stage, *, by: User | None, lost_reason: str = "") -> None:
    """Raise MoveRefused if a gate keeps the lead out of the stage."""
    here = {"here": lead.stage.name, "there": stage.name}
    if stage.pipeline_id != lead.pipeline_id:
        raise MoveRefused(_("Stayed in %(here)s. %(there)s belongs to another pipeline.") % here, code="pipeline")
    if lead.closed and stage.kind == Stage.Kind.OPEN and not may_reopen(lead, by):
        raise MoveRefused(
            _("Stayed in %(here)s. Only its owner or a sales manager can open a closed lead again.") % here,
            code="reopen",
        )
    if stage.kind == Stage.Kind.LOST:
        if lost_reason not in Lead.LostReason.values:
            raise MoveRefused(_("Stayed in %(here)s. Say why it was lost.") % here, code="reason")
        return
    forward = lead.closed or (stage.position, stage.pk) > (lead.stage.position, lead.stage.pk)
    if forward and stage.confirmed_needed:
        _check_requirements(lead, stage, here)


def _check_requirements(lead: Lead, stage: Stage, here: dict[str, str]) -> None:
    statuses = list(lead.requirements.values_list("status", flat=True))
    confirmed = sum(status in CONFIRMED for status in statuses)
    if confirmed >= stage.confirmed_needed:
        return
    needs = ngettext(
        "Stayed in %(here)s. %(there)s needs %(n)d confirmed requirement; this lead has %(have)d, and %(open)d proposed.",
        "Stayed in %(here)s. %(there)s needs %(n)d confirmed requirements; this lead has %(have)d, and %(open)d proposed.",
        stage.confirmed_needed,
    )
    proposed = statuses.count(Requirement.Status.PROPOSED)
    shown = {**here, "n": stage.confirmed_needed, "have": confirmed, "open": proposed}
    raise MoveRefused(needs % shown, code="requirements")


def may_reopen(lead: Lead, by: User | None) -> bool:
    """Return whether `by` may open a closed lead again: its owner, a sales manager, an admin, or the system itself."""
    return by is None or by.pk == lead.owner_id or by.is_superuser or by.role in (User.Role.MANAGER, User.Role.ADMIN)


def first_open(pipeline: Pipeline | None = None) -> Stage:
    """Return where a new lead starts; raises ValidationError if the pipeline has no open stage."""
    stages = Stage.objects.filter(kind=Stage.Kind.OPEN).select_related("pipeline")
    if pipeline is not None:
        stages = stages.filter(pipeline=pipeline)
    stage = stages.order_by("pipeline__position", "pipeline_id", "position", "id").first()
    if stage is None:
        raise ValidationError({"pipeline": _("This pipeline has no open stage. An admin can add one in the admin.")})
    return stage
