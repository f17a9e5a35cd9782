"""The plan of a campaign: figures, costs, tasks, and its end."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.services.edits import Stale
from crm.views.access import local_path, say_problem
from marketing.forms.campaigns import CostForm, TaskForm
from marketing.models import Campaign, CampaignTask, CostLine
from marketing.services import campaign_figures, campaigns, plans
from marketing.views.campaign_page import campaign_or_404, check_editor, editable, of_campaign, seen_version


@login_required
def campaign_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan of a campaign."""
    return _plan(request, campaign_or_404(request, pk))


@login_required
@require_POST
def cost_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Note what was paid."""
    campaign = editable(request, pk)
    form = CostForm(request.POST)
    if not form.is_valid():
        return _plan(request, campaign, status=422, cost_form=form)
    try:
        plans.add_cost(campaign, by=request.user, **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
        return _plan(request, campaign, status=422, cost_form=form)
    messages.success(request, _("Noted: %(what)s") % {"what": form.cleaned_data["what"]})
    return redirect(campaign)


@login_required
@require_POST
def cost_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a cost line away."""
    check_editor(request.user)
    line = get_object_or_404(
        CostLine.objects.filter(campaign__in=Campaign.objects.for_user(request.user)).select_related("campaign"), pk=pk
    )
    try:
        plans.remove_cost(line, by=request.user)
        messages.success(request, _("Removed: %(what)s") % {"what": line.what})
    except Stale as error:
        say_problem(request, error)
    return redirect(line.campaign)


@login_required
@require_POST
def task_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add something to do."""
    campaign = editable(request, pk)
    form = TaskForm(request.POST)
    if not form.is_valid():
        return _plan(request, campaign, status=422, task_form=form)
    try:
        plans.add_task(campaign, by=request.user, **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
        return _plan(request, campaign, status=422, task_form=form)
    messages.success(request, _("Added the task “%(task)s”.") % {"task": form.cleaned_data["title"]})
    return redirect(campaign)


@login_required
@require_POST
def task_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Tick a task, take the tick away, or remove the task."""
    check_editor(request.user)
    task = get_object_or_404(
        CampaignTask.objects.filter(campaign__in=Campaign.objects.for_user(request.user)).select_related("campaign"),
        pk=pk,
    )
    try:
        if verb == "remove":
            plans.remove_task(task, by=request.user)
            messages.success(request, _("Removed: %(what)s") % {"what": task.title})
        else:
            plans.tick(task, by=request.user, done=verb == "done")
            messages.success(
                request, (_("Done: %(what)s") if verb == "done" else _("Open again: %(what)s")) % {"what": task.title}
            )
    except Stale as error:
        say_problem(request, error)
    return redirect(local_path(request, task.campaign.get_absolute_url()))


@login_required
@require_POST
def campaign_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Finish, cancel or take up a campaign again."""
    campaign = editable(request, pk)
    try:
        campaigns.VERBS[verb](campaign, by=request.user, expected=seen_version(request))
        messages.success(request, f"{campaign}: {campaign.get_state_display()}")
    except (Stale, ValidationError) as error:
        say_problem(request, error)
    return redirect(campaign)


def _plan(request: HttpRequest, campaign: Campaign, *, status: int = 200, **forms: Any) -> HttpResponse:
    """Draw the plan; a form that was refused comes back as it was typed."""
    context = of_campaign(
        request, campaign, figures=campaign_figures.of([campaign])[campaign.pk], costs=campaign.costs.all(),
        tasks=campaign.tasks.select_related("assignee"), history=plans.history(campaign), today=timezone.localdate(),
        sent_any=campaign.deliveries.exists(),
        **{"cost_form": CostForm(), "task_form": TaskForm(), **forms},
    )  # fmt: skip
    return render(request, "marketing/campaign.html", context, status=status)
