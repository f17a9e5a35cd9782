"""My day: the queue, and what one does with an entry where it stands."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core.scoping import may
from core.services.edits import Stale
from crm.forms.tasks import LaterForm
from crm.models import Lead
from crm.services import dates, day, day_around, requirements
from crm.services.day import DayEntry
from crm.views.access import editable, say_problem

SHOWN = 12  # entries of a section before “show all”


@login_required
def day_page(request: HttpRequest) -> HttpResponse:
    """What waits for the reader, most pressing first."""
    entries = day.queue(request.user)
    elsewhere = day_around.things_elsewhere(request.user)
    done = day.done_today(request.user)
    context = {
        "sections": _sections(entries, request.GET.get("all", "")), "count": len(entries) + len(elsewhere), "here": len(entries), "done": done,
        "now": timezone.localtime(), "agenda": day_around.agenda(entries),
        "quarter": day_around.quarter(request.user), "news": day_around.news(request.user),
        "may_sell": may(request.user, "sales", "edit"), "first": entries[0] if entries else None,
        "elsewhere": elsewhere, "today": timezone.localdate(),
    }  # fmt: skip
    return render(request, "crm/day.html", context)


def _sections(entries: list[DayEntry], opened: str) -> list[dict[str, Any]]:
    """The entries by how much they press; of a section that was not opened the first SHOWN, and how many there are."""
    now = [entry for entry in entries if entry.weight >= day.NOW]
    today = [entry for entry in entries if day.TODAY <= entry.weight < day.NOW]
    spare = [entry for entry in entries if entry.weight < day.TODAY]
    named = (("now", _("Now"), now), ("today", _("Today"), today), ("spare", _("If there is time"), spare))
    made, before = [], 0
    for key, title, rows in named:
        shown = rows if opened in (key, "1") else rows[:SHOWN]
        if rows:
            made.append({
                "id": key, "title": title, "entries": shown, "from": before, "in_all": len(rows), "more": len(shown) < len(rows),
            })  # fmt: skip
        before += len(rows)
    return made


@login_required
@require_POST
def day_later(request: HttpRequest) -> HttpResponse:
    """Put an entry off."""
    entry = _entry(request)
    form = LaterForm(request.POST)
    until = dates.morning_in(form.cleaned_data["days"] if form.is_valid() else 1)
    day.put_off(request.user, entry.key, until)
    messages.success(request, _("Put off: %(what)s") % {"what": entry.title})
    return redirect("day")


@login_required
@require_POST
def day_done(request: HttpRequest) -> HttpResponse:
    """Tick an entry: a message answered elsewhere, a quiet lead that was called."""
    entry = _entry(request)
    day.tick(request.user, entry)
    messages.success(request, _("Done: %(what)s") % {"what": entry.title})
    return redirect("day")


@login_required
@require_POST
def day_take(request: HttpRequest) -> HttpResponse:
    """Take a lead nobody owns."""
    pk = request.POST.get("lead", "")
    lead = editable(Lead.objects.with_related(), request.user, int(pk) if pk.isdecimal() and len(pk) < 16 else 0)
    try:
        day.take(lead, by=request.user)
        messages.success(request, _("“%(lead)s” is yours now.") % {"lead": lead})
    except Stale as error:
        say_problem(request, error)
    return redirect("day")


@login_required
@require_POST
def day_confirm(request: HttpRequest) -> HttpResponse:
    """Confirm all the requirements the person saw (`seen`: id:version); what changed meanwhile is left alone."""
    entry = _entry(request)
    pairs = [pair.partition(":") for pair in request.POST.getlist("seen")]
    seen = {int(pk): int(version) for pk, _colon, version in pairs if pk.isdecimal() and version.isdecimal()}
    try:
        done, stale = requirements.confirm_all(entry.lead, by=request.user, seen=seen)
    except ValidationError as error:
        say_problem(request, error)
        return redirect("day")
    if done:
        text = ngettext("Confirmed %(n)d requirement of %(who)s.", "Confirmed %(n)d requirements of %(who)s.", done)
        messages.success(request, text % {"n": done, "who": day.name_of(entry.lead)})
    if stale:
        text = ngettext(
            "%(n)d had changed meanwhile and was left as it is.", "%(n)d had changed meanwhile and were left as they are.", stale
        )  # fmt: skip
        messages.warning(request, text % {"n": stale})
    return redirect("day")


def _entry(request: HttpRequest) -> DayEntry:
    """Return the entry a form names if it waits for this person and the lead may be changed by them."""
    entry = day.find(request.user, request.POST.get("key", "")[:60])
    if entry is None:
        raise Http404
    return entry
