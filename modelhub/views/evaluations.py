"""Two versions side by side on the same messages, and the buttons that ask for a comparison or a learning curve."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_POST

from core.models import User
from core.scoping import may
from modelhub.models import Dataset, DatasetRow, Evaluation, ModelVersion
from modelhub.services import comparisons, deciding, evaluations, gates, learning_curves
from modelhub.views import charts, judging

FEW = 12  # changed messages that are shown at first


@login_required
@require_GET
def evaluation(request: HttpRequest, pk: int) -> HttpResponse:
    """One evaluation: figures, needs, calibration, confusion, and what changed; texts only for who may edit the hub."""
    row = get_object_or_404(Evaluation.objects.select_related("version__base", "beside", "data", "sentences"), pk=pk)
    if row.language:  # one language of a measurement is shown on the page of the whole
        whole = Evaluation.objects.filter(
            version=row.version,
            beside=row.beside,
            data=row.data,
            sentences=row.sentences,
            dataset=row.dataset,
            language="",
        ).first()
        if whole is not None:
            return redirect("hub-evaluation", whole.pk)
    may_edit = may_edit_hub(request)
    if row.version.task == ModelVersion.Task.VERIFY:
        context = judging.of_evaluation(row, may_edit=may_edit, everything=bool(request.GET.get("all")))
        return render(request, "modelhub/judged.html", {**frame(request, row.version.task), **context})
    lines, confused = evaluations.need_lines(row), evaluations.confused(row)
    context = {
        **frame(request, row.version.task),
        "evaluation": row, "version": row.version, "beside": row.beside, "old": row.comparison.get("figures", {}),
        "decides": deciding.of(row), "least": gates.least(row),
        "main": row.comparison.get("differences", {}).get("macro_f1"),
        "measures": [(MEASURES[each.figure], each) for each in evaluations.measures(row)],
        "lines": lines,
        "most": max((abs(line.difference["difference"]) for line in lines if line.difference), default=0),
        "reliability": reliability(row),
        "decisions": sum(each["n"] for each in row.figures.get("reliability", [])),
        "curve": curve(row.data),
        "confused": confused, "peak": max((max(pair.new, pair.old) for pair in confused), default=1),
        "changed": row.comparison.get("changed"),
        "examples": evaluations.changed(row, 300 if request.GET.get("all") else FEW) if may_edit and row.data_id else [],
        "readable": may_edit and row.data_id is not None, "more": not request.GET.get("all"),
    }  # fmt: skip
    return render(request, "modelhub/evaluation.html", context)


@login_required
@require_POST
def compare(request: HttpRequest, key: str) -> HttpResponse:
    """Measure a version beside the one that serves, on a dataset's held-out rows or on the shipped set."""
    by = editor(request)
    version = get_object_or_404(ModelVersion, key=key, task=ModelVersion.Task.READ)
    wanted = request.POST.get("dataset", "")
    dataset = Dataset.objects.for_user(by).filter(pk=int(wanted)).first() if _number(wanted) else None
    if wanted and dataset is None:
        messages.warning(request, _("That dataset is no longer there. Nothing was started."))
        return redirect("hub-version", key)
    job = comparisons.request(version, dataset, by=by)
    messages.success(request, _("It is measured by the next free worker. The figures appear here."))
    return redirect("job", job.pk)


@login_required
@require_POST
def draw_curve(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw the learning curve of a dataset."""
    by = editor(request)
    dataset = get_object_or_404(Dataset.objects.for_user(by), pk=pk)
    try:
        job = learning_curves.request(dataset, by=by)
    except ValueError as error:
        messages.warning(request, str(error))
        return redirect(dataset)
    return redirect("job", job.pk)


def editor(request: HttpRequest) -> User:
    """Whoever may edit the hub; raises PermissionDenied before anything is read or written."""
    if not isinstance(request.user, User) or not may_edit_hub(request):
        raise PermissionDenied(_("Only an admin measures and trains models. Nothing was started."))
    return request.user


def may_edit_hub(request: HttpRequest) -> bool:
    """Whether the person may edit the hub."""
    return isinstance(request.user, User) and may(request.user, "hub", "edit")


def frame(request: HttpRequest, task: str) -> dict[str, Any]:
    """What the tabs of the hub need."""
    return {"task": task, "tasks": ModelVersion.Task.choices, "may_edit_hub": may_edit_hub(request)}


def held_out_sets() -> list[Dataset]:
    """Datasets that hold rows out, newest first."""
    return list(Dataset.objects.filter(rows__split=DatasetRow.Split.TEST).distinct()[:20])


def reliability(row: Evaluation) -> charts.Chart | None:
    """The reliability plot of an evaluation, both versions in it; None where no probabilities are known."""
    rows = [(row.version.name, row.figures.get("reliability") or [], row.figures.get("ece", 0.0))]
    old = row.comparison.get("figures", {})
    if row.beside and old.get("reliability"):
        rows.append((row.beside.name, old["reliability"], old["ece"]))
    if not rows[0][1]:
        return None
    label = _("Reliability: how often it is right for how sure it is")
    return charts.reliability(rows, (label, _("how sure, %"), _("right, %")))


def curve(dataset: Dataset | None) -> dict[str, Any] | None:
    """The learning curve of a dataset with its rows, and whether it is being drawn; None without a dataset."""
    if dataset is None:
        return None
    points = dataset.curve
    drawn = None
    if len(points) > 1:
        series = charts.Series(
            dataset.name, [(p["rows"], p["macro_f1"], f"{p['rows']} → {p['macro_f1']:.3f}") for p in points]
        )
        titles = (_("Learning curve"), _("labelled texts of the dataset"), _("macro-F1"))
        drawn = charts.lines([series], titles, [(p["rows"], str(p["rows"])) for p in points], legend=False)
    return {"dataset": dataset, "chart": drawn, "points": points, "job": learning_curves.running(dataset)}


MEASURES = {
    "macro_f1": gettext_noop("Macro-F1"),
    "micro_f1": gettext_noop("Micro-F1"),
    "accuracy": gettext_noop("All needs of a message right"),
    "precision": gettext_noop("Precision"),
    "recall": gettext_noop("Recall"),
    "span_f1": gettext_noop("Quotes, token overlap F1"),
}


def _number(text: str) -> bool:
    return text.isdecimal() and len(text) < 19
