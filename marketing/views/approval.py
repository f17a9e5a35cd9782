"""The list before sending, and the second person's word."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.services.edits import Stale
from marketing.models import Campaign
from marketing.services import approval, preflight
from marketing.views import copy_sections as sections
from marketing.views.campaign_page import campaign_or_404, editable, of_campaign, seen_version


@login_required
@require_GET
def preflight_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What is right, what is doubtful, what must be mended: a page of its own, or the fragment beside the copy."""
    campaign = campaign_or_404(request, pk)
    lines = preflight.look(campaign, user=request.user)
    context = of_campaign(
        request, campaign, checks=lines, bad=preflight.must_mend(lines),
        warned=sum(line.state == "warn" for line in lines), void=sections.approvals(campaign, request.user)["void"],
    )  # fmt: skip
    name = "marketing/_preflight.html" if request.htmx else "marketing/preflight.html"  # type: ignore[attr-defined]
    return render(request, name, context)


@login_required
@require_POST
def verb(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Ask for approval, approve, send back."""
    campaign = editable(request, pk)
    try:
        said = _VERBS[verb](request, campaign, seen_version(request))
    except Stale as error:
        return _refused(request, pk, 409, str(error))
    except ValidationError as error:
        return _refused(request, pk, 422, " ".join(error.messages))
    toasts.success(request, said)
    return redirect("campaign-copy", pk)


def _refused(request: HttpRequest, pk: int, status: int, problem: str) -> HttpResponse:
    campaign = campaign_or_404(request, pk)
    copy = sections.ROWS.for_user(request.user).filter(campaign=campaign).order_by("language", "id").first()
    context = sections.context(request, campaign, copy, problem=problem, reason=request.POST.get("reason", ""))
    return render(request, "marketing/copy.html", context, status=status)


def _ask(request: HttpRequest, campaign: Campaign, expected: int) -> str:
    approval.ask(campaign, by=request.user, expected=expected)
    return _("Asked. Somebody else of marketing reads it and approves.")


def _approve(request: HttpRequest, campaign: Campaign, expected: int) -> str:
    approval.approve(campaign, by=request.user, seen=request.POST.get("seen", ""), expected=expected)
    return _("Approved. It can be sent now, as long as nothing in it changes.")


def _send_back(request: HttpRequest, campaign: Campaign, expected: int) -> str:
    approval.send_back(campaign, by=request.user, reason=request.POST.get("reason", ""), expected=expected)
    return _("It is in planning again.")


_VERBS: dict[str, Any] = {"ask": _ask, "approve": _approve, "send-back": _send_back}
