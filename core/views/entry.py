"""The role buttons of the sign-in page, and the page More of the phone."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.services import entry


@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Sign in as the sample person of a role; 404 unless sample data is loaded in the embedded mode."""
    if entry.enter(request, request.POST.get("role", "")) is None:
        raise Http404
    return redirect("/")


@login_required
@require_GET
def more(request: HttpRequest) -> HttpResponse:
    """All places, for phones."""
    return render(request, "core/more.html")
