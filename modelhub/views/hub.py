"""The hub for everyone, to read: what serves where, versions with their figures, latest predictions."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from core.models import Need, User
from core.scoping import may
from modelhub.interface import Task
from modelhub.models import Example, ModelVersion, Prediction
from modelhub.services import assignments, figures, versions
from modelhub.views import assigning, live, measuring

PAGE = 50


@login_required
def hub(request: HttpRequest) -> HttpResponse:
    """One task: which segment is served by what, and the versions that do it."""
    task = _task(request.GET.get("task", ""))
    rows = list(ModelVersion.objects.filter(task=task).select_related("base"))
    place = assignments.TASKS.index(task)
    used = figures.use_by_segment(task)
    serving = [
        (row, row.cells[place], used.get(row.segment.pk if row.segment else None, 0)) for row in assignments.table()
    ]
    context = {
        **_frame(request, task),
        "serving": [
            {
                "row": row,
                "cell": cell,
                "used": n,
                "url": assigning.place_url(task, row.segment.pk if row.segment else None),
            }
            for row, cell, n in serving
        ],
        "versions": [
            _version_row(version, agreed, measured, use) for version, agreed, measured, use in _with_figures(rows)
        ],
        "assigned": {cell.version.pk for _row, cell, _n in serving if cell.version},
        "broken": [version for version in rows if version.problem and version.state != ModelVersion.State.RETIRED],
        "examples": Example.objects.count(),
        **(
            live.quality(rows, {cell.version.pk for _row, cell, _n in serving if cell.version})
            if task == "read"
            else {}
        ),
    }
    return render(request, "modelhub/hub.html", context)


@login_required
def version(request: HttpRequest, key: str) -> HttpResponse:
    """One version: its card, what was measured, what people say of it, where it serves."""
    row = get_object_or_404(ModelVersion.objects.select_related("base"), key=key)
    measured = figures.evaluations([row]).get(row.pk, [])
    names = {need.key: need.name for need in Need.objects.all()}
    judged = figures.agreement_by_need(row)
    context = {
        **_frame(request, row.task),
        **(live.beside(row) if row.task == ModelVersion.Task.READ else {}),
        "version": row,
        "measured": [
            (evaluation, _need_table(evaluation, names, judged))
            for evaluation in measured
            if (evaluation.language or not evaluation.comparison) and row.task == ModelVersion.Task.READ
        ],
        "agreement": figures.agreement().get(row.pk),
        "use": figures.use().get(row.pk),
        "assigned_to": row.assignments.select_related("segment", "by").order_by("segment__position"),
        "size": versions.size(row),
        **measuring.of_version(row, may_edit=_may_edit(request)),
    }
    return render(request, "modelhub/version.html", context)


@login_required
def predictions(request: HttpRequest) -> HttpResponse:
    """The latest answers, newest first: figures only; the words are behind each source's own access check."""
    assert isinstance(request.user, User)  # noqa: S101 (signed in)
    rows = Prediction.objects.for_user(request.user).select_related("version", "segment")
    task = request.GET.get("task", "")
    if task in ModelVersion.Task.values:
        rows = rows.filter(task=task)
    chosen = ModelVersion.objects.filter(key=request.GET.get("version", "")).first()
    if chosen:
        rows = rows.filter(version=chosen)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: PAGE + 1])
    names = {need.key: need.name for need in Need.objects.all()}
    context = {
        **_frame(request, ""),
        "rows": [(row, [names.get(n["need"], n["need"]) for n in row.output.get("needs", [])]) for row in found[:PAGE]],
        "chosen": chosen,
        "chosen_task": task if task in ModelVersion.Task.values else "",
        "next": found[PAGE - 1].pk if len(found) > PAGE else None,
        "later": bool(before),
    }
    return render(request, "modelhub/predictions.html", context)


def _frame(request: HttpRequest, task: str) -> dict[str, Any]:
    return {"task": task, "tasks": ModelVersion.Task.choices, "may_edit_hub": _may_edit(request)}


def _may_edit(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and may(request.user, "hub", "edit")


def _task(name: str) -> Task:
    return next((task for task in assignments.TASKS if task == name), "read")


def _with_figures(rows: list[ModelVersion]) -> list[tuple[ModelVersion, Any, Any, Any]]:
    agreed, measured, used = figures.agreement(), figures.evaluations(rows), figures.use()
    return [(row, agreed.get(row.pk), measured.get(row.pk, []), used.get(row.pk)) for row in rows]


def _version_row(version: ModelVersion, agreed: Any, measured: list[Any], use: Any) -> dict[str, Any]:
    by_language = {evaluation.language: evaluation for evaluation in measured if "macro_f1" in evaluation.figures}
    judged = [evaluation for evaluation in measured if "caught" in evaluation.figures and not evaluation.language]
    return {
        "version": version,
        "agreement": agreed,
        "by_language": by_language,
        "judged": max(judged, key=lambda evaluation: evaluation.at, default=None),
        "use": use,
        "size": versions.size(version),
    }


def _need_table(evaluation: Any, names: dict[str, str], judged: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": names.get(row.need, row.need), "row": row, "judged": judged.get(row.need)}
        for row in figures.need_rows(evaluation)
    ]
