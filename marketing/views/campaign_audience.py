"""The tab Audience of a campaign: whom it reaches, and who of them cannot be written to."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from core.services.edits import Stale
from crm.views.sentence_editor import number
from marketing.models import Audience, Campaign
from marketing.services import campaigns, reach
from marketing.services.audience_names import Names, tongue
from marketing.views.audiences import result_of
from marketing.views.campaign_page import campaign_or_404, editable, of_campaign, seen_version


@login_required
def campaign_audience(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the audience and its reach; a POST chooses another one, while the campaign is open."""
    if request.method == "POST":
        return _choose(request, editable(request, pk))
    campaign = campaign_or_404(request, pk)
    chosen = campaign.audience
    context: dict[str, Any] = {
        "audience": chosen, "choices": Audience.objects.for_user(request.user).only("pk", "name"),
        "result": result_of(request, chosen.conditions, Names(request.user)) if chosen else None,
    }  # fmt: skip
    return render(request, "marketing/campaign_audience.html", of_campaign(request, campaign, **context))


@login_required
def campaign_reach(request: HttpRequest, pk: int) -> HttpResponse:
    """Who can be written to, as a fragment, for it takes a while with many."""
    campaign = campaign_or_404(request, pk)
    try:
        found = reach.reach(campaign, user=request.user)
    except ValidationError:
        found = None
    languages = [(tongue(code), n) for code, n in found.languages] if found else []
    context = {"reach": found, "languages": languages}
    template = "marketing/_campaign_reach.html" if request.htmx else "marketing/campaign_reach.html"
    return render(request, template, of_campaign(request, campaign, **context))


def _choose(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    wanted = request.POST.get("audience", "")
    found = None
    if wanted:
        found = Audience.objects.for_user(request.user).filter(pk=number(wanted)).first()
        if found is None:
            messages.warning(request, _("This audience is not there any more. Nothing was changed."))
            return redirect("campaign-audience", campaign.pk)
    try:
        campaigns.edit(campaign, by=request.user, expected=seen_version(request), audience=found)
    except (ValidationError, Stale) as error:
        messages.warning(request, " ".join(getattr(error, "messages", [str(error)])))
    else:
        messages.success(
            request,
            _("The audience is “%(name)s” now.") % {"name": found} if found else _("No audience is chosen now."),
        )
    return redirect("campaign-audience", campaign.pk)
