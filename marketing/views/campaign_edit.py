"""A campaign is planned, changed and cloned."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from core.models import Need
from core.services.edits import Stale
from crm.views.sentence_editor import number
from marketing.forms.campaigns import CampaignForm, CloneForm
from marketing.models import Audience
from marketing.services import campaigns, cloning
from marketing.views.campaign_page import check_editor, editable


@login_required
def campaign_new(request: HttpRequest) -> HttpResponse:
    """Plan a campaign; an audience or a need may come along in the address."""
    check_editor(request.user)
    form = CampaignForm(request.POST or None, user=request.user, initial=_given(request))
    if request.method == "POST" and form.is_valid():
        try:
            campaign = campaigns.create(by=request.user, **form.values())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Planned “%(name)s”. Next: its audience and its mail.") % {"name": campaign})
            return redirect(campaign)
    return render(request, "marketing/campaign_form.html", {"form": form}, status=422 if form.errors else 200)


@login_required
def campaign_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a campaign; who saved second is told and keeps what they typed."""
    campaign = editable(request, pk)
    form = CampaignForm(request.POST or None, instance=campaign, user=request.user)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                expected = form.cleaned_data["version"] or 0
                campaigns.edit(campaign, by=request.user, expected=expected, **form.values())
                messages.success(request, _("Saved “%(name)s”.") % {"name": campaign})
                return redirect(campaign)
            except Stale as error:
                form.add_error(None, str(error))
                status = 409
            except ValidationError as error:
                form.add_error(None, error)
    return render(request, "marketing/campaign_form.html", {"form": form, "campaign": campaign}, status=status)


@login_required
def campaign_clone(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a new campaign with this one's plan, copy and tasks."""
    campaign = editable(request, pk)
    given = {"name": _("%(name)s, again") % {"name": campaign.name[:100]}}
    form = CloneForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            new = cloning.clone(campaign, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(
                request, _("“%(name)s” has the plan, the copy and the tasks. Look at its dates.") % {"name": new}
            )
            return redirect(new)
    context = {"form": form, "campaign": campaign}
    return render(request, "marketing/campaign_clone.html", context, status=422 if form.errors else 200)


def _given(request: HttpRequest) -> dict[str, object]:
    """Read audience and need that a page links here with; the sender is whom the person wrote as last."""
    key = request.GET.get("audience", "")
    known = Audience.objects.for_user(request.user)
    audience = known.filter(pk=number(key)).first()
    need = request.GET.get("need", "").replace("\x00", "") or (_only_need(audience) if audience else "")
    return {
        "audience": audience, "need": Need.objects.filter(key=need).first(), **campaigns.last_sender(request.user),
    }  # fmt: skip


def _only_need(audience: Audience) -> str:
    """The key of the one need all of an audience have, or an empty word."""
    rows = [
        row for row in audience.conditions.get("all", []) if row.get("field") == "need" and row.get("op") != "is_not"
    ]
    values = rows[0].get("value") if len(rows) == 1 else []
    return values[0] if isinstance(values, list) and len(values) == 1 else ""
