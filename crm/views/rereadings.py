"""Messages read again after another version was assigned: what it would reach, how far it is, what changed on which lead."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.models import Need, User
from core.scoping import may
from crm.models import Rereading, RereadLead
from crm.services import rereading as service

PAGE = 50


@login_required
@require_GET
def rereading_list(request: HttpRequest) -> HttpResponse:
    """Changes of readers, newest first, and whether their messages were read again."""
    rows = Rereading.objects.for_user(request.user).select_related("segment", "by")
    return render(request, "crm/rereadings.html", {"rows": rows[:PAGE], "may_edit": _may_edit(request)})


@login_required
@require_GET
def rereading(request: HttpRequest, change: int) -> HttpResponse:
    """One change: the totals for who may edit the hub, the leads for who may read them; htmx gets the part that moves."""
    row = get_object_or_404(Rereading.objects.for_user(request.user).select_related("segment", "by"), change=change)
    lines = RereadLead.objects.for_user(request.user).filter(rereading=row).exclude(came=[], went=[])
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        lines = lines.filter(pk__lt=int(before))
    found = list(lines.select_related("lead__company", "lead__stage").order_by("-pk")[: PAGE + 1])
    names = {need.key: need.name for need in Need.objects.all()}
    may_edit = _may_edit(request)
    context: dict[str, Any] = {
        "row": row, "may_edit": may_edit, "job": service.running(row) if may_edit else None,
        "waiting": service.pending(row).count() if may_edit and row.state != Rereading.State.DONE else 0,
        "changes": service.summary(row) if may_edit else [],
        "lines": [(line, _named(line.came, names), _named(line.went, names)) for line in found[:PAGE]],
        "next": found[PAGE - 1].pk if len(found) > PAGE else None,
    }  # fmt: skip
    return render(
        request, "crm/_rereading.html" if request.headers.get("HX-Request") else "crm/rereading.html", context
    )


@login_required
@require_POST
def start(request: HttpRequest, change: int) -> HttpResponse:
    """Read them again; pressed twice it happens once."""
    row = get_object_or_404(Rereading.objects.for_user(request.user), change=change)
    if not isinstance(request.user, User) or not _may_edit(request):
        raise PermissionDenied(_("Only an admin has messages read again in bulk. Nothing was started."))
    if service.start(row, by=request.user) is None:
        messages.info(request, _("It runs already, or is done. Nothing was started a second time."))
    return redirect("rereading", change)


def _may_edit(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and may(request.user, "hub", "edit")


def _named(keys: list[str], names: dict[str, str]) -> list[str]:
    return [names.get(key, key) for key in keys]
