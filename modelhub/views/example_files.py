"""Load a file of labelled texts, watch it, and read the report row by row."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from core.models import Job
from core.services import jobs
from modelhub.load_form import LoadForm
from modelhub.services import loading_files
from modelhub.views import evaluations
from modelhub.views.examples import editor

DELIMITERS = {"\t": "tab"}


@login_required
@require_http_methods(["GET", "POST"])
def load(request: HttpRequest) -> HttpResponse:
    """The form; a file that can be stored is queued, and its report opens."""
    by = editor(request)
    form = LoadForm(request.POST, request.FILES) if request.method == "POST" else LoadForm()
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            job = loading_files.store(upload, name=upload.name, segment=form.cleaned_data["segment"], by=by)
        except loading_files.Refused as error:
            form.add_error("file", error)
        else:
            return redirect("hub-load-report", job.pk)
    earlier = Job.objects.for_user(by).filter(kind="hub.load-examples")[:10]
    context = {**evaluations.frame(request, ""), "tab": "examples", "form": form, "earlier": earlier}
    return render(request, "modelhub/load.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the loading is, then what became of the rows; asked for by htmx, only that."""
    by = editor(request)
    job = get_object_or_404(Job.objects.for_user(by), pk=pk, kind="hub.load-examples")
    found = job.result
    context = {
        **evaluations.frame(request, ""), "tab": "examples", "job": job, "seconds_left": jobs.seconds_left(job),
        "rows": [(number, loading_files.why(code, told)) for number, code, told in found.get("rows", [])],
        "delimiter": DELIMITERS.get(found.get("delimiter", ""), found.get("delimiter", "")),
    }  # fmt: skip
    template = "modelhub/_load.html" if request.headers.get("HX-Request") else "modelhub/load_report.html"
    return render(request, template, context)
