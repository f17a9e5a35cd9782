"""Campaigns: the list, and the plan of one."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from marketing.models import Campaign
from marketing.views.campaign_page import campaign_or_404, check_reader, of_campaign


@login_required
def campaign_list(request: HttpRequest) -> HttpResponse:
    """Campaigns by the filters in the URL."""
    check_reader(request.user)
    rows = Campaign.objects.for_user(request.user).select_related("audience", "need", "owner")
    return render(request, "marketing/campaigns.html", {"rows": rows[:200]})


@login_required
def campaign_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan of a campaign."""
    campaign = campaign_or_404(request, pk)
    return render(request, "marketing/campaign.html", of_campaign(request, campaign))
