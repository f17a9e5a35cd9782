"""The copies of a campaign: begun, read, drafted again, given subject lines, taken out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.services.edits import Stale
from marketing.forms.copies import CopyForm
from marketing.models import CampaignCopy
from marketing.services import copywriting
from marketing.views import copy_sections as sections
from marketing.views.campaign_page import campaign_or_404, editable, of_campaign, seen_version


@login_required
@require_GET
def copy_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The editor of one copy, the others as tabs. While the worker is at it the page asks again; nothing new is 204."""
    campaign = campaign_or_404(request, pk)
    rows = sections.ROWS.for_user(request.user).filter(campaign=campaign)
    asked = sections.number(request.GET.get("copy"))
    copy = rows.filter(pk=asked).first() if asked else rows.order_by("language", "id").first()
    if asked and copy is None:
        raise Http404
    if not request.htmx:  # type: ignore[attr-defined]
        return render(request, "marketing/copy.html", sections.context(request, campaign, copy))
    context = sections.context(request, campaign, copy)
    if request.GET.get("seen") == CampaignCopy.State.DRAFTING and context.get("waiting"):
        return HttpResponse(status=204)
    return render(request, "marketing/_copy.html", context)


@login_required
def copy_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose language, segment and tone, and ask for a draft or begin empty."""
    campaign = editable(request, pk)
    form = CopyForm(request.POST or None, campaign=campaign)
    if request.method == "POST" and form.is_valid():
        try:
            copy = copywriting.start(campaign, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            return redirect(sections.page_of(campaign, copy))
    context = of_campaign(request, campaign, form=form, tabs=sections.tabs(campaign))
    return render(request, "marketing/copy_new.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def verb(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Draft again, set the subject lines, take the copy out."""
    copy = sections.copy_or_404(request, pk, edit=True)
    expected = seen_version(request)
    try:
        said = _VERBS[verb](request, copy, expected)
    except Stale as error:
        return _refused(request, pk, 409, str(error), verb)
    except ValidationError as error:
        return _refused(request, pk, 422, " ".join(error.messages), verb)
    if said:
        toasts.success(request, said)
    if verb == "remove":
        return redirect(sections.page_of(copy.campaign, None))
    return sections.answer(request, sections.copy_or_404(request, pk))


def _refused(request: HttpRequest, pk: int, status: int, problem: str, verb: str) -> HttpResponse:
    """Show the page with what was typed still in it."""
    extra: dict[str, Any] = {"problem": problem, "open_part": verb}
    if verb == "subjects":
        extra["subject_rows"] = request.POST.getlist("subject")
    return sections.answer(request, sections.copy_or_404(request, pk), status=status, **extra)


def _again(request: HttpRequest, copy: CampaignCopy, expected: int) -> str:
    copywriting.again(copy, by=request.user, expected=expected)
    return ""


def _subjects(request: HttpRequest, copy: CampaignCopy, expected: int) -> str:
    copywriting.set_subjects(copy, request.POST.getlist("subject"), by=request.user, expected=expected)
    return ""


def _remove(request: HttpRequest, copy: CampaignCopy, expected: int) -> str:
    copywriting.remove(copy, by=request.user, expected=expected)
    return _("The copy was taken out.")


_VERBS: dict[str, Any] = {"again": _again, "subjects": _subjects, "remove": _remove}
