"""The admin's page "What serves where" and the form that assigns a version to a place in it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from core.models import Segment, User
from core.scoping import may
from core.services.edits import Stale
from core.templatetags.fairlead import percent
from modelhub.forms import AssignmentForm
from modelhub.interface import Task
from modelhub.models import Assignment, Evaluation, ModelVersion
from modelhub.services import assignments, figures, gates, history, inheritance
from modelhub.services.figures import Agreement


def overview(request: HttpRequest, admin: ModelAdmin) -> HttpResponse:
    """The segment tree with own and inherited versions for each task."""
    person(request)
    rows = [
        {
            "segment": row.segment,
            "depth": row.depth,
            "cells": [
                {"cell": cell, "url": place_url(cell.task, row.segment.pk if row.segment else None)}
                for cell in row.cells
            ],
        }
        for row in assignments.table()
    ]
    context = {
        "rows": rows,
        "tasks": [ModelVersion.Task(task).label for task in assignments.TASKS],
        "broken": ModelVersion.objects.exclude(problem="").exclude(state=ModelVersion.State.RETIRED),
    }
    return page(request, admin, "admin/modelhub/serves.html", _("What serves where"), context)


def place(request: HttpRequest, admin: ModelAdmin, task: str, segment: int | None) -> HttpResponse:
    """Assign a version to a segment and task, or let the segment inherit again."""
    by = person(request)
    name: Task = task_or_404(task)
    where = get_object_or_404(Segment, pk=segment) if segment is not None else None
    current = Assignment.objects.filter(task=name, segment=where).select_related("version", "by").first()
    form = AssignmentForm(name, request.POST or None, initial=_initial(current))
    form.fields["version"].required = "inherit" not in request.POST
    last = history.of(name, where).first()
    if request.method == "POST" and form.is_valid() and _write(request, form, name, where, current, by):
        return HttpResponseRedirect(reverse("admin:modelhub_assignment_changelist"))
    offered = _choices(form, current, name, where)
    chain = assignments.chain(name, where.parent_id if where else None) if where else []
    context = {
        "form": form,
        "task": ModelVersion.Task(name).label,
        "segment": where,
        "current": current,
        "inherited": chain[0].version if chain else None,
        "choices": [choice for choice in offered if choice["serves"] or not _unfit(choice)],
        "unfit": [choice for choice in offered if not choice["serves"] and _unfit(choice)],
        "inheriting": "inherit" in request.POST,
        "heir": _heir(name, where) if current and where else None,
        "last": last,
        "history": place_url(name, where.pk if where else None, "history"),
    }
    title = _("Assign: %(task)s for %(place)s") % {"task": context["task"], "place": where or _("every other segment")}
    return page(request, admin, "admin/modelhub/place.html", title, context)


def place_url(task: str, segment: int | None, page: str = "") -> str:
    """Address of the form for a place, of its "history", or of its "rollback"."""
    end = f"_{page}" if page else ""
    if segment is None:
        return reverse(f"admin:modelhub_assignment_default{end}", args=[task])
    return reverse(f"admin:modelhub_assignment_place{end}", args=[task, segment])


def told(evaluation: Evaluation) -> str:
    """An evaluation in one line, with its n."""
    parts = [evaluation.language or _("all languages")]
    for key, label in (
        ("macro_f1", _("macro-F1")), ("span_f1", _("quotes F1")), ("supported", _("own sentences that stand")),
        ("caught", _("false ones caught")), ("refused", _("true ones refused")),
    ):  # fmt: skip
        if evaluation.figures.get(key) is not None:
            parts.append(f"{label} {evaluation.figures[key]:.3f}")
    return f"{' · '.join(parts)} (n = {evaluation.n})"


def beside_told(gate: gates.Gate, version: ModelVersion) -> str:
    """The version's figures beside those of what serves, on the same messages; empty where they were not compared."""
    row = gate.evaluation
    if row is None or row.beside is None:
        return ""
    sides = [row.figures, row.comparison.get("figures", {})]
    mine, theirs = sides if row.version_id == version.pk else reversed(sides)
    other = row.beside if row.version_id == version.pk else row.version
    parts = []
    for key, label in (
        ("macro_f1", _("macro-F1")), ("micro_f1", _("micro-F1")), ("span_f1", _("quotes F1")),
        ("supported", _("own sentences that stand")), ("caught", _("false ones caught")),
        ("refused", _("true ones refused")),
    ):  # fmt: skip
        if mine.get(key) is not None and theirs.get(key) is not None:
            parts.append(f"{label} {mine[key]:.3f} : {theirs[key]:.3f}")
    told = {"name": other.name, "figures": " · ".join(parts)}
    return _("beside %(name)s: %(figures)s") % told if parts else ""


def agreement_told(agreement: Agreement | None) -> str:
    """Agreement in words; a rate only from enough verdicts."""
    if agreement is None or not (agreement.n or agreement.missed):
        return "–"
    if agreement.rate is None:
        return _("%(right)d of %(n)d, too few for a rate") % {"right": agreement.right, "n": agreement.n}
    return _("%(rate)s (n = %(n)d)") % {"rate": percent(agreement.rate), "n": agreement.n}


def person(request: HttpRequest) -> User:
    """Whoever may edit the hub; raises PermissionDenied, before anything is read or written, for anybody else."""
    if not isinstance(request.user, User) or not may(request.user, "hub", "edit"):
        raise PermissionDenied
    return request.user


def task_or_404(name: str) -> Task:
    """The task of an address; raises Http404."""
    for task in assignments.TASKS:
        if task == name:
            return task
    raise Http404


def _initial(current: Assignment | None) -> dict[str, Any]:
    return {"version": current.version_id if current else None, "seen": assignments.stamp(current)}


def _write(
    request: HttpRequest, form: AssignmentForm, task: Task, where: Segment | None, current: Assignment | None, by: User
) -> bool:
    reason, seen = form.cleaned_data["reason"], form.cleaned_data["seen"]
    try:
        if "inherit" in request.POST:
            if current is None:
                raise Stale(_("Somebody let it inherit again while you had this open. Nothing of yours was written."))
            assignments.unassign(current, by=by, reason=reason, seen=seen)
            _tell(request, _("%(segment)s inherits again.") % {"segment": where}, task, where)
            return True
        made = assignments.assign(task, where, form.cleaned_data["version"], by=by, reason=reason, seen=seen)
    except Stale as error:
        form.add_error(None, str(error))
        form.data = {
            **request.POST.dict(),
            "seen": assignments.stamp(current),
        }  # what they look at now is the new state
        return False
    except ValueError:
        form.add_error(None, _("The default can be changed, not taken away: something must serve."))
        return False
    except gates.Refused as error:
        form.add_error("reason", error.messages[0])
        return False
    except ValidationError as error:
        form.add_error("version", error.messages[0])
        return False
    _tell(request, _("%(name)s serves now.") % {"name": made.version.name}, task, where)
    return True


def _tell(request: HttpRequest, what: str, task: Task, where: Segment | None) -> None:
    """Say what was changed, and offer to read the open messages again that another reader serves now."""
    then = _("Workers follow with their next batch.")
    if task != "read":
        messages.success(request, f"{what} {then}")
        return
    url = reverse("rereading", args=[history.of(task, where)[0].pk])
    told = format_html('{} {} <a href="{}">{}</a>', what, then, url, _("Read open messages again"))
    messages.success(request, told)


def _choices(
    form: AssignmentForm, current: Assignment | None, task: Task, where: Segment | None
) -> list[dict[str, Any]]:
    """Each version with its figures, what the gate says of it here, and its figures beside those of what serves."""
    field: Any = form.fields["version"]
    offered = list(field.queryset)
    agreed, measured = figures.agreement(), figures.evaluations(offered)
    chosen = str(form["version"].value() or "")
    gated = {version.pk: gates.judge(task, where, version) for version in offered}
    return [
        {
            "version": version,
            "gate": gated[version.pk],
            "beside": beside_told(gated[version.pk], version),
            "checked": str(version.pk) == chosen,
            "serves": current is not None and current.version_id == version.pk,
            "figures": [told(row) for row in measured.get(version.pk, [])],
            "agreement": agreement_told(agreed.get(version.pk)),
        }
        for version in offered
    ]


def _unfit(choice: dict[str, Any]) -> bool:
    """Whether a version cannot be chosen: untrained, or its files do not load."""
    return bool(choice["version"].state != ModelVersion.State.READY)


def _heir(task: Task, where: Segment) -> dict[str, Any]:
    """The version that would serve without the place's own assignment, as `_choices` tells of one."""
    version, gate = inheritance.inherited(task, where), gates.judge_inheriting(task, where)
    measured = figures.evaluations([version])[version.pk] if version and version.evaluations.exists() else []
    return {
        "version": version,
        "gate": gate,
        "beside": beside_told(gate, version) if version else "",
        "figures": [told(row) for row in measured],
    }


def page(
    request: HttpRequest, admin: ModelAdmin, template: str, title: str, context: dict[str, Any]
) -> TemplateResponse:
    """A page in the admin's frame."""
    frame = {**admin.admin_site.each_context(request), "title": title, "opts": admin.model._meta, "model_admin": admin}
    return TemplateResponse(request, template, {**frame, **context})
