"""Leads: made, edited, moved, sorted into segments, given a next step."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import Team, User
from core.services import audit, edits, segments
from crm.models import Activity, Company, Contact, Lead, Pipeline, Stage
from crm.money import CURRENCIES
from crm.services import activities
from crm.services.lead_stages import MoveRefused, first_open, move

__all__ = ["EDITABLE", "MoveRefused", "create", "edit", "facts", "finish_step", "move", "set_next_step", "set_segment"]

EDITABLE = (
    "title", "company", "contact", "owner", "pipeline", "value", "currency", "source", "next_step", "next_step_at",
    "competitors",
)  # fmt: skip
_FACTS = {"company", "source", "pipeline", "value"}  # what the segment depends on


def create(
    *,
    by: User | None,
    title: str,
    company: Company | None = None,
    contact: Contact | None = None,
    owner: User | Literal["me"] | None = "me",
    team: Team | None = None,
    pipeline: Pipeline | None = None,
    stage: Stage | None = None,
    value: Decimal | int = 0,
    currency: str = "EUR",
    source: str = "",
    next_step: str = "",
    next_step_at: datetime | None = None,
) -> Lead:
    """Make a lead in the first open stage (of the first pipeline) unless told otherwise, and sort it into its segment.

    `owner="me"` means `by`; with None the lead is free to be taken by the team. Raises ValidationError.
    """
    stage = stage or first_open(pipeline)
    holder = by if owner == "me" else owner
    lead = Lead(
        title=title.strip(), company=company, contact=contact, owner=holder, pipeline=stage.pipeline, stage=stage,
        team=team or (holder.team if holder else None) or (by.team if by else None) or (company.team if company else None),
        value=value, currency=currency, source=source, next_step=next_step.strip(), next_step_at=next_step_at,
    )  # fmt: skip
    _check(lead)
    with transaction.atomic():
        lead.save()
        set_segment(lead)
        audit.record("make", lead, by=by, after={"title": lead.title, "company": company, "owner": holder})
        activities.log(lead, Activity.Kind.CHANGE, _("Lead added"), by=by, data={"made": True})
    return lead


def edit(lead: Lead, *, by: User | None, expected: int | None, **values: Any) -> Lead:
    """Change fields of EDITABLE and say so in the timeline; another owner's team and another pipeline's first stage follow.

    Raises ValidationError (nothing is written) and Stale.
    """
    unknown = set(values) - set(EDITABLE)
    if unknown:
        raise TypeError(f"not editable: {', '.join(sorted(unknown))}")
    rivals = values.pop("competitors", None)
    values = _with_what_follows(lead, values)
    _check_changed(lead, values)
    before = {name: getattr(lead, name) for name in values if getattr(lead, name) != values[name]}
    with transaction.atomic():
        edits.change(lead, by=by, expected=expected, **values)
        if rivals is not None:
            _set_competitors(lead, rivals, by)
        fields = {
            name: [activities.plain(before[name]), activities.plain(values[name])]
            for name in before
            if name in EDITABLE
        }
        if fields:
            activities.log(lead, Activity.Kind.CHANGE, _change_text(fields), by=by, data={"fields": fields})
        if _FACTS & set(before):
            set_segment(lead)
    return lead


def _with_what_follows(lead: Lead, values: dict[str, Any]) -> dict[str, Any]:
    for name in ("title", "next_step"):
        if name in values:
            values[name] = values[name].strip()
    owner, pipeline = values.get("owner"), values.get("pipeline")
    if owner is not None and owner.team_id:
        values["team"] = owner.team
    if pipeline is not None and pipeline.pk != lead.pipeline_id:
        values |= {"stage": first_open(pipeline), "stage_since": timezone.now(), "closed_at": None, "lost_reason": ""}
    return values


def set_next_step(lead: Lead, text: str, at: datetime | None, *, by: User | None, expected: int | None = None) -> Lead:
    """Say what comes next and by when; an empty text clears it. Raises Stale, ValidationError."""
    return edit(lead, by=by, expected=expected, next_step=text, next_step_at=at if text.strip() else None)


def finish_step(lead: Lead, *, by: User, expected: int | None = None) -> Lead:
    """Tick the next step: it goes to the timeline and leaves room for a new one. Raises Stale."""
    done = lead.next_step
    if not lead.next_step and lead.next_step_at is None:
        return lead
    with transaction.atomic():
        edits.change(lead, by=by, verb="finish step", expected=expected, next_step="", next_step_at=None)
        text = done or _("Next step")
        activities.log(lead, Activity.Kind.CHANGE, text, by=by, data={"done": done, "step": True})
    return lead


def facts(lead: Lead) -> dict[str, Any]:
    """Return what segments are defined by: fields of the lead and its company, by the names of `core.models.segments`."""
    company = lead.company
    of_company = {} if company is None else {
        name: getattr(company, name) for name in ("industry", "employees", "country", "region", "language")
    }  # fmt: skip
    return {**of_company, "source": lead.source, "pipeline": lead.pipeline.name_en, "value": lead.value}


def set_segment(lead: Lead) -> Lead:
    """Sort the lead into the deepest segment its facts match. Derived, so the version people edit against stays."""
    found = segments.find(facts(lead))
    if (found.pk if found else None) != lead.segment_id:
        before = lead.segment
        Lead.objects.filter(pk=lead.pk).update(segment=found)
        lead.segment = found
        audit.record("sort", lead, by=None, before={"segment": before}, after={"segment": found})
    return lead


def _check(lead: Lead) -> None:
    lead.clean_fields(exclude=["segment", "stage", "pipeline", "company", "contact", "owner", "team"])
    if lead.value < 0:
        raise ValidationError({"value": _("A value cannot be below zero.")})
    if lead.currency not in CURRENCIES:
        raise ValidationError({"currency": _("“%(code)s” is no currency we know.") % {"code": lead.currency}})


def _check_changed(lead: Lead, values: dict[str, Any]) -> None:
    """Check the new values on a copy, so that a refused edit leaves the row in memory as it was."""
    copy = Lead(pk=lead.pk, title=lead.title, value=lead.value, currency=lead.currency)
    for name in ("title", "value", "currency", "source", "next_step", "next_step_at"):
        if name in values:
            setattr(copy, name, values[name])
    _check(copy)


def _set_competitors(lead: Lead, rivals: Any, by: User | None) -> None:
    before = sorted(str(rival) for rival in lead.competitors.all())
    lead.competitors.set(rivals)
    after = sorted(str(rival) for rival in lead.competitors.all())
    if before != after:
        audit.record("change", lead, by=by, before={"competitors": before}, after={"competitors": after})


def _change_text(fields: dict[str, list[Any]]) -> str:
    return activities.describe(Activity(kind=Activity.Kind.CHANGE, data={"fields": fields}))
