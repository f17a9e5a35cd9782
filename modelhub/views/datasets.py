"""Datasets: what is frozen, what is in it, what was found in it, and what was made from it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.models import Job, Need
from modelhub.models import Dataset, Example, TrainingRun
from modelhub.services import datasets, freezing
from modelhub.training_forms import FreezeForm
from modelhub.views.evaluations import curve, editor, frame

PAGE = 100


@login_required
@require_GET
def dataset_list(request: HttpRequest) -> HttpResponse:
    """All datasets, newest first."""
    runs = Prefetch("runs", TrainingRun.objects.only("pk", "dataset"))  # without their curves and logs
    rows = Dataset.objects.for_user(request.user).select_related("segment", "by").prefetch_related(runs)
    context = {
        **frame(request, ""), "tab": "datasets", "examples": Example.objects.count(),
        "rows": [(row, _rows(row, "train"), _rows(row, "test"), len(row.runs.all())) for row in rows[:PAGE]],
    }  # fmt: skip
    return render(request, "modelhub/datasets.html", context)


@login_required
@require_GET
def dataset_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One dataset; figures only, its texts stay behind the sources' own access checks."""
    row = get_object_or_404(Dataset.objects.for_user(request.user).select_related("segment", "by"), pk=pk)
    languages = sorted({code for split in ("train", "test") for code in row.counts.get("rows", {}).get(split, {})})
    context = {
        **frame(request, ""), "tab": "datasets", "dataset": row, "languages": languages,
        "train": _rows(row, "train"), "test": _rows(row, "test"), "lines": _lines(row, languages),
        "rows": [(code, _of(row, "train", code), _of(row, "test", code)) for code in languages],
        "outdated": datasets.outdated(row), "gone": bool(row.place and row.segment is None),
        "findings": _findings(row), "conflicts": row.findings.get("conflicts", []),
        "runs": row.runs.select_related("base", "result").defer("curve", "log"), "curve": curve(row),
    }  # fmt: skip
    return render(request, "modelhub/dataset.html", context)


@login_required
def dataset_new(request: HttpRequest) -> HttpResponse:
    """Freeze examples into a dataset."""
    by = editor(request)
    form = FreezeForm(request.POST or None, initial={"segment": request.GET.get("segment", "")})
    if request.method == "POST" and form.is_valid():
        try:
            made = freezing.freeze(**form.cleaned_data, by=by)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _frozen(request, made)
    context = {**frame(request, ""), "tab": "datasets", "form": form, "examples": Example.objects.count()}
    return render(request, "modelhub/dataset_form.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def dataset_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Freeze today's examples as this dataset was frozen; it stays as it is."""
    row = get_object_or_404(Dataset.objects.for_user(request.user).select_related("segment"), pk=pk)
    by = editor(request)
    try:
        made = freezing.again(row, by=by)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect(row)
    if made == row:
        messages.info(request, _("Nothing has changed since; it would be this dataset once more."))
        return redirect(row)
    return _frozen(request, made)


def _frozen(request: HttpRequest, made: Dataset | Job) -> HttpResponse:
    """To the dataset that was made, or to the job that makes it."""
    if isinstance(made, Job):
        told = _("A worker freezes them; with this many that takes minutes. You may leave this page and find it again.")
        messages.success(request, told)
        return redirect("job", made.pk)
    messages.success(request, _("Frozen. What is in it will not change any more."))
    return redirect(made)


def _rows(row: Dataset, split: str) -> int:
    return sum(row.counts.get("rows", {}).get(split, {}).values())


def _of(row: Dataset, split: str, code: str) -> int:
    return row.counts.get("rows", {}).get(split, {}).get(code, 0)


def _lines(row: Dataset, languages: list[str]) -> list[dict[str, Any]]:
    """A line for each need that occurs: counts per language and side, the rarest last; `few` where nothing can be measured."""
    names = {need.key: need.name for need in Need.objects.all()}
    counts = {split: row.counts.get(split, {}) for split in ("train", "test")}
    needs = {need for split in counts.values() for each in split.values() for need in each}
    lines = []
    for need in needs:
        cells = [(counts["train"].get(c, {}).get(need, 0), counts["test"].get(c, {}).get(need, 0)) for c in languages]
        train, test = (sum(column) for column in zip(*cells, strict=True))
        lines.append(
            {"name": names.get(need, need), "cells": cells, "train": train, "test": test, "few": test < 3 or train < 5}
        )
    return sorted(lines, key=lambda line: (-line["train"] - line["test"], line["name"]))


def _findings(row: Dataset) -> list[tuple[str, int, str]]:
    """What was found when it was frozen: a name, how many, and what was done."""
    found = row.findings
    told = [
        (_("Copies"), len(found.get("duplicates", [])), _("the newest of the same text was kept")),
        (_("Contradictions"), len(found.get("conflicts", [])), _("what people disagree on teaches neither way")),
        (_("Near-copies"), found.get("alike", 0), _("pairs of texts, each kept on one side")),
        (
            _("In the shipped evaluation"),
            len(found.get("evaluation", [])),
            _("left out, or they would flatter the figures"),
        ),
        (_("Like the shipped corpus"), len(found.get("corpus", [])), _("kept for training, never held out")),
        (_("Without words"), found.get("empty", 0), _("left out")),
        (_("Labels of needs that are gone"), sum(found.get("labels", {}).values()), ", ".join(found.get("labels", {}))),
    ]
    return [line for line in told if line[1]]
