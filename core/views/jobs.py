"""The jobs a person asked for: what waits, what runs and how far it is, what failed and why."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.models import Job
from core.services import job_results, job_subjects
from core.services import jobs as service

PAGE = 50


@login_required
@require_GET
def job_list(request: HttpRequest) -> HttpResponse:
    """List jobs, newest first; `?show=open|failed` filters, `?before=ID` goes on."""
    show = request.GET.get("show", "")
    rows = Job.objects.for_user(request.user).select_related("by")
    if show == "open":
        rows = rows.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])
    elif show == "failed":
        rows = rows.filter(state=Job.State.FAILED)
    if (before := request.GET.get("before", "")).isdecimal():
        rows = rows.filter(pk__lt=int(before[:18]))
    page = list(rows[: PAGE + 1])
    further = page[PAGE - 1].pk if len(page) > PAGE else None
    about = job_subjects.of(page[:PAGE], request.user)
    shown = [(job, about.get(job.pk, "")) for job in page[:PAGE]]
    return render(request, "core/jobs.html", {"jobs": shown, "show": show, "further": further})


@login_required
@require_GET
def job_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one job; asked for by htmx, only its progress."""
    job = get_object_or_404(Job.objects.for_user(request.user).select_related("by"), pk=pk)
    may_cancel = Job.objects.for_user(request.user, "edit").filter(pk=pk).exists()
    template = "core/_job.html" if request.headers.get("HX-Request") else "core/job.html"
    about = job_subjects.of([job], request.user).get(pk, "")
    context = {
        "job": job, "about": about, "may_cancel": may_cancel, "seconds_left": service.seconds_left(job),
        "made": job_results.of(job),
    }  # fmt: skip
    return render(request, template, context)


@login_required
@require_POST
def job_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel a job that has not ended."""
    job = get_object_or_404(Job.objects.for_user(request.user, "edit"), pk=pk)
    if service.cancel(job, by=request.user):
        messages.success(request, _("Cancelled. What was done so far stays."))
    else:
        messages.warning(request, _("This job had already ended; nothing was changed."))
    return redirect("job", pk=pk)
