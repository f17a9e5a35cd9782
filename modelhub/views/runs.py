"""Training runs: the list, one run as it goes, and the buttons that start, pause, resume and cancel it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.models import Job
from modelhub.models import Dataset, TrainingRun
from modelhub.services import datasets, run_data, runs
from modelhub.training_forms import RunForm
from modelhub.views import charts
from modelhub.views.evaluations import editor, frame

PAGE, LOG = 100, 12
SHOWN = 60  # points of a curve that are drawn


@login_required
@require_GET
def run_list(request: HttpRequest) -> HttpResponse:
    """All runs, newest first."""
    rows = TrainingRun.objects.for_user(request.user).defer("log")
    rows = rows.select_related("dataset", "base", "result", "by")[:PAGE]
    figures = [max((p["validation"] for p in row.curve if p["validation"] is not None), default=None) for row in rows]
    context = {**frame(request, ""), "tab": "runs", "rows": list(zip(rows, figures, strict=True))}
    return render(request, "modelhub/runs.html", context)


@login_required
@require_GET
def run_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One run; asked for by htmx, only what moves."""
    row = get_object_or_404(
        TrainingRun.objects.for_user(request.user).select_related("dataset", "base", "result", "by"), pk=pk
    )
    template = "modelhub/_run.html" if request.headers.get("HX-Request") else "modelhub/run.html"
    return render(request, template, {**frame(request, ""), "tab": "runs", **_run(row)})


@login_required
def run_new(request: HttpRequest) -> HttpResponse:
    """Start a run."""
    by = editor(request)
    form = RunForm(
        request.POST or None, initial={"dataset": request.GET.get("dataset", ""), "base": run_data.usual_base()}
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        run = runs.start(values["dataset"], values["recipe"], values["base"], form.settings(), by=by)
        messages.success(request, _("The next free worker takes it. You may leave this page and find it again."))
        return redirect(run)
    context = {**frame(request, ""), "tab": "runs", "form": form, "datasets": Dataset.objects.exists()}
    return render(request, "modelhub/run_form.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def run_pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Halt a run for now."""
    return _told(request, runs.pause(_editable(request, pk), by=request.user))


@login_required
@require_POST
def run_resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a paused or failed run go on."""
    return _told(request, runs.resume(_editable(request, pk), by=request.user))


@login_required
@require_POST
def run_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """End a run for good."""
    return _told(request, runs.cancel(_editable(request, pk), by=request.user))


def _editable(request: HttpRequest, pk: int) -> TrainingRun:
    by = editor(request)
    return get_object_or_404(TrainingRun.objects.for_user(by, "edit"), pk=pk)


def _told(request: HttpRequest, row: TrainingRun) -> HttpResponse:
    if not row.open and row.state != TrainingRun.State.CANCELLED:
        messages.warning(request, _("This run had already ended; nothing was changed."))
    if request.headers.get("HX-Request"):
        row = TrainingRun.objects.select_related("dataset", "base", "result", "by").get(pk=row.pk)
        return render(request, "modelhub/_run.html", {**frame(request, ""), "tab": "runs", **_run(row)})
    return redirect(row)


def _run(row: TrainingRun) -> dict[str, Any]:
    rates = [point["rate"] for point in row.curve if point["rate"] is not None]
    measured = [point for point in row.curve if point["validation"] is not None]
    job = Job.objects.filter(kind=runs.KIND, payload__run=row.pk).order_by("-pk").first()
    return {
        "run": row, "share": min(100, 100 * row.step // row.steps) if row.steps else 0,
        "seconds_left": runs.seconds_left(row), "rate": rates[-1] if rates else None,
        "epoch": next((point["epoch"] for point in reversed(row.curve) if point["epoch"] is not None), None),
        "best": max((point["validation"] for point in measured), default=None), "measured": measured,
        "loss_chart": _chart(row, "loss", _("Loss"), float("inf")),
        "validation_chart": _chart(row, "validation", _("Macro-F1 on held-out messages"), 1.0),
        "log": [(seconds, line) for seconds, line in row.log[-LOG:]][::-1], "more": max(0, len(row.log) - LOG),
        "outdated": row.state == TrainingRun.State.FAILED and datasets.outdated(row.dataset),
        "settings": _settings(row), "attempts": job.attempts if job and row.state == "running" else 0,
    }  # fmt: skip


def _chart(row: TrainingRun, what: str, title: str, highest: float) -> charts.Chart | None:
    """A curve over the steps; None with fewer than two points."""
    points = [
        (float(p["step"]), float(p[what]), f"{p['step']}: {p[what]:.3f}") for p in row.curve if p[what] is not None
    ]
    if len(points) < 2:
        return None
    thin = points[:: len(points) // SHOWN + 1]
    points = thin if thin[-1] == points[-1] else [*thin, points[-1]]
    first, last = points[0][0], points[-1][0]
    ticks = [(value, f"{value:.0f}") for value in (first, (first + last) / 2, last)]
    chart = charts.lines(
        [charts.Series(title, points)], (title, _("step"), title), ticks, highest=highest, legend=False
    )
    if what == "loss":
        chart.lines[0]["dots"] = []
    return chart


def _settings(row: TrainingRun) -> list[tuple[str, str]]:
    """The complete configuration, one pair a setting, nested ones with a dot."""
    found = []
    for name, value in sorted(row.config.items()):
        inside = value.items() if isinstance(value, dict) else [("", value)]
        found += [(f"{name}.{key}" if key else name, _plain(each)) for key, each in sorted(inside)]
    return found


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) or "–" if isinstance(value, list) else str(value)
