"""The admin's history of assignments, of one place and of all, and the button that rolls the last change back."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from core.models import Segment
from core.services.edits import Stale
from modelhub.models import Assignment, ModelVersion
from modelhub.services import assignments, history
from modelhub.views import assigning

PAGE = 50


def overall(request: HttpRequest, admin: ModelAdmin) -> HttpResponse:
    """Every change, newest first; `?before=ID` goes on."""
    assigning.person(request)
    rows = history.everything()
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: PAGE + 1])
    context = {"changes": found[:PAGE], "next": found[PAGE - 1].pk if len(found) > PAGE else None, "overall": True}
    context["standing"] = history.standing()
    return assigning.page(
        request, admin, "admin/modelhub/history.html", _("History: who let which version serve"), context
    )


def of_place(request: HttpRequest, admin: ModelAdmin, task: str, segment: int | None) -> HttpResponse:
    """The changes of one place; the last one can be rolled back."""
    assigning.person(request)
    name = assigning.task_or_404(task)
    where = get_object_or_404(Segment, pk=segment) if segment is not None else None
    current = Assignment.objects.filter(task=name, segment=where).first()
    changes = list(history.of(name, where)[:PAGE])
    context = {
        "changes": changes,
        "last": changes[0] if changes else None,
        "standing": {changes[0].pk} if changes else set(),
        "can_roll_back": bool(changes) and (changes[0].before is not None or where is not None),
        "seen": assignments.stamp(current),
        "place": assigning.place_url(name, where.pk if where else None),
        "rollback": assigning.place_url(name, where.pk if where else None, "rollback"),
    }
    task_name = ModelVersion.Task(name).label
    title = _("History: %(task)s for %(place)s") % {"task": task_name, "place": where or _("every other segment")}
    return assigning.page(request, admin, "admin/modelhub/history.html", title, context)


def roll_back(request: HttpRequest, admin: ModelAdmin, task: str, segment: int | None) -> HttpResponse:
    """Go back to the version before, in one click; what was changed since the page was opened is told."""
    by = assigning.person(request)
    name = assigning.task_or_404(task)
    where = get_object_or_404(Segment, pk=segment) if segment is not None else None
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    last = request.POST.get("last", "")
    number = int(last) if last.isdecimal() and len(last) < 19 else 0
    try:
        change = assignments.rollback(name, where, by=by, seen=request.POST.get("seen", ""), last=number)
    except Stale as error:
        messages.error(request, str(error))
    except ValueError:
        messages.error(request, _("There is nothing to go back to here. Nothing was changed."))
    except ValidationError as error:
        messages.error(request, _("It was not rolled back. %(why)s") % {"why": error.messages[0]})
    else:
        values = {"name": change.version.name if change.version else "", "segment": where}
        told = (
            _("Rolled back: %(name)s serves again.")
            if change.version
            else _("Rolled back: %(segment)s inherits again.")
        )
        messages.success(request, told % values)
    return HttpResponseRedirect(assigning.place_url(name, where.pk if where else None, "history"))
