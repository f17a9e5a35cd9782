"""The lead page: header with stages and facts, timeline, needs, claims and pitches."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.services.edits import Stale
from crm.forms import lead_fields
from crm.models import Lead, Message
from crm.money import Money
from crm.services import lead_steps, leads
from crm.views import lead_sections as sections


@login_required
@require_GET
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one lead."""
    return page(request, sections.lead_or_404(request, pk))


def page(request: HttpRequest, row: Lead, *, status: int = 200, **extra: Any) -> HttpResponse:
    """Draw the whole page; `extra` holds what was refused, so that it stays where it happened."""
    context = sections.needs_context(request, row)
    context |= sections.timeline_context(request, row, context["marks"])
    context |= sections.composer_context(request, row) | _head(request, row)
    context["pitches"] = row.pitches.select_related("author", "contact")
    return render(request, "crm/lead.html", context | extra, status=status)


@login_required
@require_GET
def needs(request: HttpRequest, pk: int) -> HttpResponse:
    """Polled while messages wait to be read: nothing new is 204, else the fragments that changed."""
    row = sections.lead_or_404(request, pk)
    seen = [pk for part in request.GET.get("seen", "").split(",") if (pk := sections.whole(part)) is not None]
    pending = set(Message.objects.filter(lead=row).pending().values_list("pk", flat=True))
    if seen and set(seen) == pending and not _changed(seen, request):
        return HttpResponse(status=204)
    return sections.fragments(request, row)


def _changed(seen: list[int], request: HttpRequest) -> bool:
    """Whether a file among the waiting got its text meanwhile (it waits on, but has something to show)."""
    states = ",".join(Message.objects.filter(pk__in=seen).order_by("pk").values_list("state", flat=True))
    return states != request.GET.get("states", states)


@login_required
@require_POST
def field(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Change one fact in place; a refused one stays open with its reason."""
    row = editable(request, pk)
    form = lead_fields.form(name, row, request.user, request.POST)
    if not form.is_valid():
        return page(request, row, status=422, open_field=name, field_form=form)
    try:
        leads.edit(row, by=request.user, expected=form.cleaned_data["version"] or row.version, **form.values())
    except ValidationError as error:
        form.add_error(None, error.messages)
        return page(request, row, status=422, open_field=name, field_form=form)
    except Stale as error:
        row = sections.lead_or_404(request, pk)
        form = lead_fields.form(name, row, request.user)
        return page(request, row, status=409, open_field=name, field_form=form, field_problem=str(error))
    toasts.success(request, _("Saved"))
    return redirect(row)


def editable(request: HttpRequest, pk: int) -> Lead:
    """Return the lead if the person may change it: 404 for strangers, 403 in plain words for those who only read."""
    row = sections.lead_or_404(request, pk)
    if not sections.may_edit(request, row):
        raise PermissionDenied(_("This lead belongs to somebody else. You may read it, not change it."))
    return row


def said(error: Exception) -> str:
    """What a service said, in one line."""
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)


def _head(request: HttpRequest, row: Lead) -> dict[str, Any]:
    mine = Lead.objects.for_user(request.user).open().order_by("-updated_at", "-id")
    newer = mine.filter(updated_at__gt=row.updated_at)
    return {
        "fields": lead_fields.forms_for(row, request.user),
        "rivals": ", ".join(rival.name for rival in row.competitors.all()),
        "steps": lead_steps.of(row),
        "closed": lead_steps.closed_stages(row),
        "lost_reasons": Lead.LostReason.choices,
        "worth": Money(row.value * row.stage.probability / 100, row.currency),
        "position": newer.count() + 1,
        "open_leads": mine.count(),
        "previous": newer.order_by("updated_at", "id").first(),
        "following": mine.filter(updated_at__lt=row.updated_at).first(),
    }
