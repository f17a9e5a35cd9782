"""Tasks: added on a lead, ticked, put off."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.services.edits import Stale
from crm.forms.tasks import LaterForm, TaskForm
from crm.models import Lead, Task
from crm.services import activities, dates
from crm.views.access import editable, local_path, say_problem


@login_required
@require_http_methods(["GET", "POST"])
def task_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a thing to do for a lead."""
    lead = editable(Lead.objects.with_related(), request.user, pk)
    form = TaskForm(request.POST or None, initial={"due_at": dates.morning_in(1)})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        activities.add_task(lead, data["title"], data["due_at"], by=request.user)
        messages.success(request, _("Added the task “%(task)s”.") % {"task": data["title"]})
        return redirect(local_path(request, lead.get_absolute_url()))
    return render(request, "crm/task_form.html", {"form": form, "lead": lead}, status=422 if form.errors else 200)


@login_required
@require_POST
def task_done(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick a task."""
    task = editable(Task.objects.select_related("lead"), request.user, pk)
    try:
        activities.finish_task(task, by=request.user)
        messages.success(request, _("Done: %(what)s") % {"what": task.title})
    except (Stale, ValidationError) as error:
        say_problem(request, error)
    return redirect(local_path(request, task.lead.get_absolute_url()))


@login_required
@require_POST
def task_later(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a task off by some days."""
    task = editable(Task.objects.select_related("lead"), request.user, pk)
    form = LaterForm(request.POST)
    try:
        until = dates.morning_in(form.cleaned_data["days"] if form.is_valid() else 1)
        activities.postpone_task(task, until, by=request.user)
        messages.success(request, _("Put off: %(what)s") % {"what": task.title})
    except (Stale, ValidationError) as error:
        say_problem(request, error)
    return redirect(local_path(request, task.lead.get_absolute_url()))
