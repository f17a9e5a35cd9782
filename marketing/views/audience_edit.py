"""The builder of an audience, and what else changes one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from core.services.edits import Stale
from marketing.forms import audience_draft
from marketing.forms.audiences import AudienceForm
from marketing.models import Audience
from marketing.services import audience_export, audience_tree, audiences
from marketing.services.audience_fields import FIELDS
from marketing.services.audience_names import Names
from marketing.views.audiences import audience_or_404, result_of
from marketing.views.campaign_page import check_editor, seen_version


@login_required
def audience_new(request: HttpRequest) -> HttpResponse:
    """Build an audience. Every button but Save only redraws the page; nothing is kept before."""
    check_editor(request.user)
    return _build(request, None)


@login_required
def audience_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an audience; who saved second is told."""
    check_editor(request.user)
    return _build(request, audience_or_404(request, pk))


def _build(request: HttpRequest, audience: Audience | None) -> HttpResponse:
    names, status, whole = Names(request.user), 200, ""
    if request.method != "POST":
        tree = audience.conditions if audience else {"all": [{**audience_draft.FIRST, "value": []}]}
        form = AudienceForm(instance=audience)
    else:
        tree = audience_draft.read(request.POST)
        do = request.POST.get("do", "refresh")
        saves = do == "save"
        form = AudienceForm(request.POST, instance=_copy(audience)) if saves else _kept(request, audience)
        if saves:
            saved, status, whole = _save(request, audience, form, tree, names)
            if saved is not None:
                return HttpResponseClientRedirect(saved.get_absolute_url()) if request.htmx else redirect(saved)
        else:
            tree = audience_draft.change(tree, do)
    result = result_of(request, tree, names)
    context = {
        "audience": audience, "form": form, "result": result, "root": audience_draft.lay_out(tree, names, result["bad"]),
        "whole": whole or result.get("whole", ""), "refused": status != 200, "fields": _fields(),
    }  # fmt: skip
    template = "marketing/_audience_builder.html" if request.htmx else "marketing/audience_form.html"
    return render(request, template, context, status=status)


def _copy(audience: Audience | None) -> Audience | None:
    """A row the form may write into."""
    return (
        Audience(pk=audience.pk, name=audience.name, description=audience.description, version=audience.version)
        if audience
        else None
    )


def _kept(request: HttpRequest, audience: Audience | None) -> AudienceForm:
    """The form with what is typed in it so far, not judged yet."""
    form = AudienceForm(instance=_copy(audience))
    form.initial.update({name: request.POST.get(name, "") for name in ("name", "description")})
    if request.POST.get("version", "").isdecimal():
        form.initial["version"] = request.POST["version"]
    return form


def _save(
    request: HttpRequest, audience: Audience | None, form: AudienceForm, tree: Any, names: Names
) -> tuple[Audience | None, int, str]:
    """Write it, or say why not: (the row or None, the status, what is wrong with the whole)."""
    if not form.is_valid():
        return None, 422, ""
    if bad := audience_tree.problems(tree, names):
        return None, 422, bad.get((), _("Not saved yet: complete the marked conditions, or remove them."))
    values = {"name": form.cleaned_data["name"], "description": form.cleaned_data["description"], "conditions": tree}
    try:
        if audience is None:
            row = audiences.create(by=request.user, **values)
        else:
            expected = form.cleaned_data["version"] or 0  # a form that does not say what it saw is stale
            row = audiences.edit(audience, by=request.user, expected=expected, **values)
    except ValidationError as error:
        form.add_error("name" if "name" in getattr(error, "error_dict", {}) else None, error.messages)
        return None, 422, ""
    except Stale as error:
        form.add_error(None, str(error))
        return None, 409, ""
    messages.success(request, _("Saved “%(name)s”.") % {"name": row})
    return row, 200, ""


def _fields() -> dict[str, list[Any]]:
    """The fields a condition may name, by group."""
    groups: dict[str, list[Any]] = {}
    for one in FIELDS.values():
        groups.setdefault(str(one.group), []).append(one)
    return groups


@login_required
@require_POST
def audience_duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a copy and open it in the builder."""
    check_editor(request.user)
    copy = audiences.duplicate(audience_or_404(request, pk), by=request.user)
    messages.success(request, _("Made “%(name)s”. Change what shall be different.") % {"name": copy})
    return redirect("audience-edit", copy.pk)


@login_required
@require_POST
def audience_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove an audience no campaign uses."""
    check_editor(request.user)
    audience = audience_or_404(request, pk)
    try:
        audiences.delete(audience, by=request.user, expected=seen_version(request))
    except (ValidationError, Stale) as error:
        messages.warning(request, " ".join(getattr(error, "messages", [str(error)])))
        return redirect(audience)
    messages.success(request, _("Removed “%(name)s”.") % {"name": audience})
    return redirect("audiences")


@login_required
@require_POST
def audience_file(request: HttpRequest, pk: int) -> HttpResponse | StreamingHttpResponse:
    """Hand out the members as CSV; who took it is written down."""
    check_editor(request.user)
    audience = audience_or_404(request, pk)
    try:
        lines = audience_export.rows(audience, by=request.user)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
        return redirect(audience)
    name = slugify(audience.name) or f"audience-{audience.pk}"
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )
