"""The buttons on a version's page that train a shipped reader or let a drafting version write the measured drafts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from modelhub.models import ModelVersion
from modelhub.services import draft_evaluation, shipped_training
from modelhub.views import judging
from modelhub.views.evaluations import editor


@login_required
@require_POST
def train_shipped(request: HttpRequest, key: str) -> HttpResponse:
    """Train a reader that ships untrained."""
    by = editor(request)
    version = get_object_or_404(ModelVersion, key=key)
    try:
        job = shipped_training.request(version, by=by)
    except ValueError as error:
        messages.warning(request, str(error))
        return redirect("hub-version", key)
    messages.success(request, _("It is trained by the next free worker."))
    return redirect("job", job.pk)


@login_required
@require_POST
def write_drafts(request: HttpRequest, key: str) -> HttpResponse:
    """Let a drafting version write the fixed requests."""
    by = editor(request)
    version = get_object_or_404(ModelVersion, key=key)
    try:
        job = draft_evaluation.request(version, by=by)
    except ValueError as error:
        messages.warning(request, str(error))
        return redirect("hub-version", key)
    messages.success(request, _("It is measured by the next free worker. The figures appear here."))
    return redirect("job", job.pk)


def of_version(version: ModelVersion, *, may_edit: bool) -> dict[str, Any]:
    """What the version's page shows of its drafts or verdicts, and of work that is going on."""
    if version.task == ModelVersion.Task.VERIFY:
        return judging.of_version(version, may_edit=may_edit)
    if version.task != ModelVersion.Task.DRAFT:
        return {"training": shipped_training.running(version)}
    return {"drafts": draft_evaluation.latest(version), "writing": draft_evaluation.running(version)}
