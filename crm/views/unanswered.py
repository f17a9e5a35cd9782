"""Unanswered needs: what customers ask for and no claim of ours answers for long."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crm.models.claims import ENDING
from crm.services import unanswered as service


@login_required
def unanswered(request: HttpRequest) -> HttpResponse:
    """The needs voiced most that no approved claim answers, or only claims that end soon."""
    rows = service.unanswered(request.user)
    context = {"rows": rows, "days": ENDING.days, "bare": sum(not row.ending for row in rows)}
    return render(request, "crm/unanswered.html", context)
