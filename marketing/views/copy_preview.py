"""A copy as one contact gets it: the HTML part in a sandbox, the text part beside it; and a test mail to oneself."""

from __future__ import annotations

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.models import Contact
from marketing.models import CampaignCopy
from marketing.services import audiences, copies, trial_mail
from marketing.views import copy_sections as sections
from marketing.views.campaign_page import of_campaign

FOUND = 20  # contacts


@login_required
@require_GET
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail as a chosen contact gets it, the first of the audience if nobody was chosen."""
    copy = sections.copy_or_404(request, pk)
    return render(request, "marketing/copy_preview.html", _context(request, copy))


@login_required
@require_POST
def send_test(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a test mail to one's own address."""
    copy = sections.copy_or_404(request, pk, edit=True)
    context = _context(request, copy)
    try:
        trial_mail.send(copy, by=request.user, contact=context["contact"], variant=context["variant"])
    except ValidationError as error:
        context["problem"] = " ".join(error.messages)
        return render(request, "marketing/copy_preview.html", context, status=422)
    toasts.success(request, _("A test mail is on its way to %(address)s.") % {"address": request.user.email})
    return render(request, "marketing/copy_preview.html", context)


def _context(request: HttpRequest, copy: CampaignCopy) -> dict[str, object]:
    asked = request.POST if request.method == "POST" else request.GET
    words = asked.get("q", "").strip()[:100]
    people = Contact.objects.for_user(request.user).select_related("company")
    contact = people.filter(pk=sections.number(asked.get("contact"))).first()
    contact = contact or _first(request, copy)
    variant = min(sections.number(asked.get("variant")), max(len(copy.subjects) - 1, 0))
    found = {
        "copy": copy, "contact": contact, "variant": variant, "q": words, "here": sections.page_of(copy.campaign, copy),
        "found": people.filter(name__icontains=words).order_by("name", "pk")[:FOUND] if words else [],
        "other": contact is not None and copies.language_of(contact) != copy.language, "subject": "", "body": "", "html": "",
    }  # fmt: skip
    try:
        found["subject"], found["body"], html = trial_mail.words(copy, contact, variant)
        found["html"] = _page(html, copy.language)
    except ValidationError as error:
        found["problem"] = " ".join(error.messages)
    return of_campaign(request, copy.campaign, **found)


def _first(request: HttpRequest, copy: CampaignCopy) -> Contact | None:
    """Somebody of the audience who reads the copy's language, else nobody: then a made-up person stands in."""
    if copy.campaign.audience is None:
        return None
    try:
        people = audiences.contacts(copy.campaign.audience.conditions, user=request.user).select_related("company")
    except ValidationError:
        return None
    near = people.order_by("pk")[:50]
    return next((contact for contact in near if copies.language_of(contact) == copy.language), None)


def _page(html: str, language: str) -> str:
    """The HTML part as a page of its own, for the sandboxed frame; nothing in it may run or be fetched."""
    style = "font:15px/1.6 system-ui,sans-serif;margin:16px;color:#15212a;background:#fff;overflow-wrap:anywhere"
    return f'<!doctype html><html lang="{language}"><meta charset="utf-8"><body style="{style}">{html}</body></html>'
