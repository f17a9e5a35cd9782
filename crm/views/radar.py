"""The requirements radar: what customers ask for, where, and what we cannot answer yet."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from core.models import Need, Segment
from crm.models import Claim, Requirement
from crm.services import radar as service


@login_required
def radar(request: HttpRequest) -> HttpResponse:
    """Needs × segments with counts, trends and gaps."""
    facet = request.GET.get("facet", "")
    facet = facet if facet in Need.Facet.values else ""
    found = service.radar(request.user, facet=facet)
    rising = sorted((row for row in found.rows if row.trend == "rising"), key=lambda row: row.before - row.lately)[:5]
    unmet = [row for row in found.rows if row.unmet][:5]
    cells = [
        (row, [row.by_segment.get(segment.pk, 0) for segment in found.segments], row.by_segment.get(None, 0))
        for row in found.rows
    ]
    context = {
        "radar": found,
        "cells": cells,
        "facet": facet,
        "facets": Need.Facet.choices,
        "rising": rising,
        "unmet": unmet,
    }
    return render(request, "crm/radar.html", context)


@login_required
def need(request: HttpRequest, key: str) -> HttpResponse:
    """One need: the customers' own words, lead by lead, and the claims that answer it."""
    wanted = get_object_or_404(Need, key=key)
    rows = Requirement.objects.for_user(request.user).standing().filter(need=wanted)
    segment = Segment.objects.filter(key=request.GET.get("segment", "")).first()
    if segment:
        rows = rows.filter(lead__segment=segment)
    rows = (
        rows.select_related("lead__company", "lead__stage", "lead__segment")
        .prefetch_related("quotes")
        .order_by("-lead__updated_at")
    )
    answers = Claim.objects.usable().filter(needs=wanted).select_related("product").distinct()
    context = {"need": wanted, "segment": segment, "rows": rows[:100], "found": rows.count(), "claims": answers}
    return render(request, "crm/need.html", context)
