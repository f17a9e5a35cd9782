"""One click on a need: confirm, change, decline, add; answered with the fragments that changed, or the page."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core.models import User
from core.services.edits import Stale
from crm.forms.requirements import AddForm, EditForm
from crm.models import Lead, Message, Requirement
from crm.services import requirements
from crm.views import lead_page
from crm.views import lead_sections as sections

VERBS: dict[str, Callable[..., Requirement]] = {"confirm": requirements.confirm, "reject": requirements.reject}


@login_required
@require_POST
def requirement_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Confirm or decline."""
    row, lead = _editable(request, pk)
    try:
        VERBS[verb](row, by=request.user, expected=_version(request))
    except Stale as error:
        return _refuse(request, lead, str(error), status=409, stale=row.pk)
    return _answer(request, lead)


@login_required
@require_GET
def requirement_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The form with need, priority and state: a fragment under the need, or a page of its own."""
    row, lead = _editable(request, pk)
    return _edit_form(request, row, lead, _form(row))


@login_required
@require_POST
def requirement_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Write what the form says: another need, or priority and state of this one."""
    row, lead = _editable(request, pk)
    form = EditForm(request.POST, auto_id=f"need-{row.pk}-%s")
    if not form.is_valid():
        return _edit_form(request, row, lead, form, status=422)
    try:
        _write(row, form, by=request.user)
    except Stale as error:
        return _refuse(request, lead, str(error), status=409, stale=row.pk)
    except ValidationError as error:
        form.add_error(None, error)
        return _edit_form(request, row, lead, form, status=422)
    return _answer(request, lead)


@transaction.atomic
def _write(row: Requirement, form: EditForm, *, by: User) -> None:
    values = form.cleaned_data
    expected = values["version"]
    row = requirements.set_priority(row, values["priority"], by=by, expected=expected)
    if values["need"].pk != row.need_id:
        row = requirements.change(row, values["need"], by=by, expected=row.version)
    if values["status"] != row.status:
        requirements.set_status(row, values["status"], by=by, expected=row.version)


@login_required
@require_POST
def confirm_all(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm every proposal the person saw."""
    lead = lead_page.editable(request, pk)
    pairs = [pair.partition(":") for pair in request.POST.getlist("seen")]
    numbers = [(sections.whole(pk), sections.whole(version)) for pk, _colon, version in pairs]
    seen = {pk: version for pk, version in numbers if pk is not None and version is not None}
    done, stale = requirements.confirm_all(lead, by=request.user, seen=seen)
    text = ngettext("Confirmed %(n)d need", "Confirmed %(n)d needs", done) % {"n": done}
    if stale:
        changed = ngettext(
            "%(n)d was changed by somebody meanwhile and stayed as it is.",
            "%(n)d were changed by somebody meanwhile and stayed as they are.",
            stale,
        )
        return _refuse(request, lead, f"{text}. {changed % {'n': stale}}", status=409)
    toasts.success(request, text)
    return _answer(request, lead)


@login_required
@require_POST
def requirement_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a need by hand, on a lead."""
    lead = lead_page.editable(request, pk)
    return _add(request, lead, None)


@login_required
@require_POST
def message_need(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a need the reader missed in a message, with the words that carry it."""
    message = sections.message_or_404(request, pk)
    return _add(request, lead_page.editable(request, message.lead_id), message)


def _add(request: HttpRequest, lead: Lead, message: Message | None) -> HttpResponse:
    form = AddForm(request.POST)
    if not form.is_valid():
        return _refuse(request, lead, _("Choose a need first. Nothing was added."), status=422)
    values = form.cleaned_data
    start, end = values["start"], values["end"]
    try:
        if message is not None and values["quote"].strip():
            picked = message.text[start:end] if start is not None and end is not None else ""
            if picked.split() != values["quote"].split():  # the words were changed by hand after they were selected
                start, end = requirements.locate(message, values["quote"])
        elif message is not None:
            start = end = None
        requirements.add(lead, values["need"], by=request.user, message=message, start=start, end=end)
    except ValidationError as error:
        return _refuse(request, lead, lead_page.said(error), status=422)
    toasts.success(request, _("Added “%(need)s”") % {"need": values["need"].name})
    return _answer(request, lead)


def _editable(request: HttpRequest, pk: int) -> tuple[Requirement, Lead]:
    row: Requirement = get_object_or_404(
        Requirement.objects.for_user(request.user).select_related("need", "lead"), pk=pk
    )
    return row, lead_page.editable(request, row.lead_id)


def _form(row: Requirement) -> EditForm:
    status = row.status if row.status in dict(EditForm.base_fields["status"].choices) else Requirement.Status.CONFIRMED  # type: ignore[attr-defined]
    values = {"need": row.need_id, "priority": row.priority, "status": status, "version": row.version}
    return EditForm(initial=values, auto_id=f"need-{row.pk}-%s")


def _edit_form(
    request: HttpRequest, row: Requirement, lead: Lead, form: EditForm, *, status: int = 200
) -> HttpResponse:
    template = "crm/_requirement_edit.html" if request.htmx else "crm/requirement_edit.html"  # type: ignore[attr-defined]
    response = render(request, template, {"requirement": row, "lead": lead, "form": form}, status=status)
    if status != 200:  # the refused form goes back under its need; the other needs stay
        response["HX-Retarget"], response["HX-Reswap"] = f"#need-{row.pk}-form", "innerHTML"
    return response


def _version(request: HttpRequest) -> int:
    return sections.whole(request.POST.get("version", "")) or 0


def _answer(request: HttpRequest, lead: Lead) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return sections.fragments(request, lead)
    return redirect(f"{lead.get_absolute_url()}#needs")


def _refuse(request: HttpRequest, lead: Lead, problem: str, *, status: int, stale: int | None = None) -> HttpResponse:
    extra = {"needs_problem": problem, "stale": stale}
    if request.htmx:  # type: ignore[attr-defined]
        return sections.fragments(request, lead, status=status, **extra)
    return lead_page.page(request, lead, status=status, **extra)
