"""Forms of a lead: a new one, the whole form, moves on the board, and the next step."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.services.edits import Stale
from crm.forms.leads import LeadForm, NewLeadForm
from crm.forms.tasks import LaterForm
from crm.models import Lead, Stage
from crm.services import companies, contacts, dates, leads
from crm.views import board
from crm.views.access import check_may_add, editable, local_path, readable, say_problem


@login_required
def lead_new(request: HttpRequest) -> HttpResponse:
    """Add a lead, with its company and contact where they are new."""
    check_may_add(request.user)
    form = NewLeadForm(request.POST or None, user=request.user, initial=request.GET.dict())
    if request.method == "POST" and form.is_valid():
        try:
            lead = _made(request, form.cleaned_data)
        except ValidationError as error:
            _to_form(form, error)
        else:
            messages.success(request, _("Added “%(lead)s”.") % {"lead": lead})
            return redirect(lead)
    return render(request, "crm/lead_form.html", {"form": form}, status=422 if form.errors else 200)


@login_required
def lead_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole form; who saved second is told."""
    lead = editable(Lead.objects.with_related(), request.user, pk)
    form = LeadForm(request.POST or None, user=request.user, lead=lead)
    status = _edited(request, lead, form) if request.method == "POST" else 200
    if request.method == "POST" and status == 200:
        return redirect(lead)
    return render(request, "crm/lead_form.html", {"form": form, "lead": lead}, status=status)


@login_required
@require_POST
def lead_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a lead to a stage, from the board (`?board=1`) or a plain form."""
    lead = editable(Lead.objects.with_related(), request.user, pk)
    stage = get_object_or_404(Stage.objects.select_related("pipeline"), pk=_number(request.POST.get("stage")))
    on_board = "board" in request.GET
    refused, status = "", 200
    try:
        leads.move(
            lead, stage, by=request.user, expected=_number(request.POST.get("version")),
            lost_reason=request.POST.get("lost_reason", ""), note=request.POST.get("note", "")[:2000],
        )  # fmt: skip
    except Stale as error:
        refused, status = str(error), 409
    except ValidationError as error:
        refused, status = " ".join(error.messages), 422
    if refused:
        lead = readable(Lead.objects.with_related(), request.user, pk)
    if on_board:
        return board.changed_parts(request, lead, refused=refused, status=status)
    return _after_move(request, lead, refused)


@login_required
@require_POST
def step_done(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick the next step."""
    lead = editable(Lead.objects.with_related(), request.user, pk)
    what = lead.next_step or _("The next step")
    try:
        leads.finish_step(lead, by=request.user, expected=_number(request.POST.get("version")))
        messages.success(request, _("Done: %(what)s") % {"what": what})
    except Stale as error:
        say_problem(request, error)
    return redirect(local_path(request, lead.get_absolute_url()))


@login_required
@require_POST
def step_later(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the next step off by some days."""
    lead = editable(Lead.objects.with_related(), request.user, pk)
    form = LaterForm(request.POST)
    days = form.cleaned_data["days"] if form.is_valid() else 1
    version = _number(request.POST.get("version"))
    try:
        leads.set_next_step(
            lead, lead.next_step or _("Next step"), dates.morning_in(days), by=request.user, expected=version
        )
        messages.success(request, _("Put off: %(what)s") % {"what": lead.next_step})
    except Stale as error:
        say_problem(request, error)
    return redirect(local_path(request, lead.get_absolute_url()))


def _made(request: HttpRequest, data: dict[str, Any]) -> Lead:
    user = request.user
    with transaction.atomic():
        company = companies.named(data["company_name"], by=user) if data["company_name"] else None
        contact = None
        if data["contact_name"]:
            contact = contacts.create(by=user, name=data["contact_name"], email=data["contact_email"], company=company)
        kept = ("title", "owner", "pipeline", "value", "currency", "source", "next_step", "next_step_at")
        return leads.create(by=user, company=company, contact=contact, **{name: data[name] for name in kept})


def _edited(request: HttpRequest, lead: Lead, form: LeadForm) -> int:
    """Write what the form says; return 200, or 422 and 409 with the reason in the form."""
    if not form.is_valid():
        return 422
    values = dict(form.cleaned_data)
    expected = values.pop("version", None) or lead.version
    try:
        if "company_name" in values:
            name = values.pop("company_name")
            values["company"] = companies.named(name, by=request.user) if name else None
        leads.edit(lead, by=request.user, expected=expected, **values)
    except Stale as error:
        form.add_error(None, str(error))
        return 409
    except ValidationError as error:
        _to_form(form, error)
        return 422
    messages.success(request, _("Saved “%(lead)s”.") % {"lead": lead})
    return 200


def _to_form(form: Any, error: ValidationError) -> None:
    if hasattr(error, "error_dict"):
        for name, problems in error.message_dict.items():
            form.add_error(name if name in form.fields else None, problems)
    else:
        form.add_error(None, error.messages)


def _after_move(request: HttpRequest, lead: Lead, refused: str) -> HttpResponse:
    if refused:
        messages.warning(request, refused)
    else:
        messages.success(request, _("Moved “%(lead)s” to %(stage)s.") % {"lead": lead, "stage": lead.stage.name})
    return redirect(local_path(request, lead.get_absolute_url()))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 16 else None
