"""The tab Sending: where every mail of a campaign is, and the buttons that start and stop it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from core.services.edits import Stale
from crm import keyset
from crm.views.access import say_problem
from marketing.forms.sending import ScheduleForm
from marketing.models import Campaign, Delivery
from marketing.services import audiences, ledger, opened_mail, result_rows, sending
from marketing.views.campaign_page import (
    campaign_or_404,
    check_editor,
    check_reader,
    editable,
    of_campaign,
    seen_version,
)

PAGE = 50
NEWEST = keyset.Order("id", descending=True, parse=int)
PARTS = {
    "": gettext_lazy("All"), "sent": gettext_lazy("Sent"), "bounced": gettext_lazy("Came back"),
    "failed": gettext_lazy("Failed"), "skipped": gettext_lazy("Skipped"), "ambiguous": gettext_lazy("Unknown"), "waiting": gettext_lazy("Waiting"),
}  # fmt: skip
MOVING = (Campaign.State.SENDING, Campaign.State.SCHEDULED)
VERBS: dict[str, Callable[..., Campaign]] = {
    "start": sending.start, "unschedule": sending.unschedule, "pause": sending.pause, "resume": sending.resume,
    "cancel": sending.cancel, "reopen": sending.reopen,
}  # fmt: skip
SAID = {
    "start": gettext_lazy("It is being sent. You may leave this page."),
    "unschedule": gettext_lazy("It is not sent at that time. It stays approved."),
    "pause": gettext_lazy("Paused. What waits is sent when you resume."),
    "resume": gettext_lazy("It goes on."),
    "cancel": gettext_lazy("Stopped for good. What was sent stays sent, the rest is skipped."),
    "reopen": gettext_lazy("It is in planning again. Change the copy, then ask for approval."),
}


@login_required
@require_GET
def sending_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The ledger and its rows; the ledger polls while something moves."""
    campaign = campaign_or_404(request, pk)
    if request.htmx and request.headers.get("HX-Target") == "sending":
        answer = render(request, "marketing/_sending.html", _context(request, campaign))
        if campaign.state not in MOVING or campaign.state != request.GET.get("was"):
            answer["HX-Refresh"] = "true"  # head, buttons and rows are other ones now
        return answer
    return _page(request, campaign, ScheduleForm())


@login_required
@require_POST
def sending_act(request: HttpRequest, pk: int) -> HttpResponse:
    """Start, pause, resume and the like."""
    campaign, verb = editable(request, pk), request.POST.get("verb", "")
    if verb not in VERBS:
        raise Http404
    try:
        VERBS[verb](campaign, by=request.user, expected=seen_version(request))
        messages.success(request, SAID[verb])
    except (ValidationError, Stale) as error:
        say_problem(request, error)
    return redirect("campaign-sending", pk)


@login_required
@require_POST
def sending_schedule(request: HttpRequest, pk: int) -> HttpResponse:
    """Send later."""
    campaign, form = editable(request, pk), ScheduleForm(request.POST)
    if form.is_valid():
        try:
            sending.schedule(campaign, form.cleaned_data["send_at"], by=request.user, expected=seen_version(request))
            messages.success(request, _("It is sent at that time, as it was approved."))
            return redirect("campaign-sending", pk)
        except Stale as error:
            say_problem(request, error)
            return redirect("campaign-sending", pk)
        except ValidationError as error:
            form.add_error("send_at" if hasattr(error, "error_dict") else None, error.messages)
    return _page(request, campaign, form, status=422)


@login_required
@require_GET
def sending_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail of a delivery, opened, and as it goes over the wire."""
    check_reader(request.user)
    rows = Delivery.objects.for_user(request.user).select_related("campaign", "contact__company", "copy")
    delivery = get_object_or_404(rows, pk=pk)
    if delivery.copy is None or not result_rows.visible([delivery.contact_id], request.user):
        raise Http404
    try:
        context: dict[str, Any] = {"mail": opened_mail.read(delivery), "problem": ""}
    except ValidationError as error:
        context = {"problem": " ".join(error.messages)}
    return render(request, "marketing/campaign_mail.html", of_campaign(request, delivery.campaign, **context))


@login_required
@require_POST
def sending_settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Say of a mail nobody knows about: it was sent, or send it again."""
    check_editor(request.user)
    rows = Delivery.objects.for_user(request.user, "edit").select_related("campaign__audience")
    delivery, verdict = get_object_or_404(rows, pk=pk), request.POST.get("verdict", "")
    try:
        if verdict not in ("sent", "again"):
            raise ValidationError(_("Say whether it was sent, or send it again."))
        sending.settle(delivery, verdict, by=request.user)
        sent = verdict == "sent"
        messages.success(request, _("Kept as sent.") if sent else _("It is sent again, with the same Message-ID."))
    except (ValidationError, Stale) as error:
        say_problem(request, error)
    return redirect("campaign-sending", delivery.campaign_id)


def _page(request: HttpRequest, campaign: Campaign, form: ScheduleForm, status: int = 200) -> HttpResponse:
    part = request.GET.get("part", "")
    part = part if part in PARTS else ""
    context = _context(request, campaign)
    counts = {**context["ledger"].parts, "": context["ledger"].planned}
    page = keyset.page(ledger.rows(campaign, part), NEWEST, cursor=request.GET.get("cursor", ""), size=PAGE)
    context |= {
        "form": form, "part": part, "parts": [(name, label, counts[name]) for name, label in PARTS.items()],
        "page": page, "seen": result_rows.visible([row.contact_id for row in page.rows], request.user),
        "reach": _reach(request, campaign),
    }  # fmt: skip
    return render(request, "marketing/sending.html", context, status=status)


def _context(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    return of_campaign(
        request,
        campaign,
        ledger=ledger.of(campaign),
        moving=campaign.state in MOVING,
        resting=sending.resting(campaign),
    )


def _reach(request: HttpRequest, campaign: Campaign) -> str:
    """How many contacts the audience has now, in words, while it is not frozen."""
    if campaign.audience is None or campaign.planned_at or campaign.state not in ("approved", "scheduled"):
        return ""
    try:
        n = audiences.count(campaign.audience.conditions, user=request.user)
    except ValidationError as error:
        return " ".join(error.messages)
    return ngettext("%(n)s contact is in the audience now.", "%(n)s contacts are in the audience now.", n) % {"n": n}
