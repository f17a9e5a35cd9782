"""Where campaigns cite a claim: a part of the claim's page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from crm.models import Claim
from marketing.services import claim_usage
from marketing.views.campaign_page import check_reader


@login_required
def claim_campaigns(request: HttpRequest, pk: int) -> HttpResponse:
    """The campaigns whose copy cites the claim, with the mails that were sent with it."""
    check_reader(request.user)
    claim = get_object_or_404(Claim.objects.for_user(request.user), pk=pk)
    if not request.htmx:
        return redirect(claim)
    context = {"claim": claim, "uses": claim_usage.of(claim, user=request.user)}
    return render(request, "marketing/_claim_campaigns.html", context)
