"""The sentences of a pitch: asked for while the verifier is at them, and changed one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.services.edits import Stale
from crm.models import Claim, Pitch, PitchSentence
from crm.services import sentences
from crm.views import pitch_sections as sections
from crm.views.access import editable, readable
from crm.views.pitches import ROWS

SENTENCES = PitchSentence.objects.select_related("pitch__lead__company", "pitch__lead__segment", "pitch__contact")


@login_required
@require_GET
def sentence(request: HttpRequest, pk: int) -> HttpResponse:
    """One sentence, polled while it waits: nothing new is 204, else its line, and head and banner out of band."""
    row = readable(SENTENCES, request.user, pk)
    if not row.verdict and request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204)
    context = sections.context(request, row.pitch)
    line = next(line for line in context["lines"] if line.standing.sentence.pk == row.pk)
    return render(request, "crm/_pitch_checked.html", context | {"line": line, "oob": True})


@login_required
@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a sentence, from a claim or in own words."""
    pitch = editable(ROWS, request.user, pk)
    claim = Claim.objects.for_user(request.user).filter(pk=sections.number(request.POST.get("claim"))).first()
    text = request.POST.get("text", "")
    extra = {"adding": True, "typed": text}

    def work() -> None:
        sentences.add(pitch, by=request.user, expected=_version(request), text=text, claim=claim)

    return _do(request, pitch, work, extra)


@login_required
@require_POST
def verb(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Edit, rewrite from a claim, remove, move, check again, ask for a claim."""
    row = editable(SENTENCES, request.user, pk)
    extra = {"editing": row.pk, "typed": request.POST.get("text", "")} if verb == "edit" else {}
    return _do(request, row.pitch, lambda: _VERBS[verb](request, row), extra)


def _do(request: HttpRequest, pitch: Pitch, work: Callable[[], Any], extra: dict[str, Any]) -> HttpResponse:
    """Do it, and draw the editor; what was refused stays where it was typed."""
    status = 200
    try:
        work()
        extra = {}
    except Stale as error:
        status, extra = 409, {**extra, "problem": str(error)}
    except ValidationError as error:
        status, extra = 422, {**extra, "problem": " ".join(error.messages)}
    return sections.answer(request, readable(ROWS, request.user, pitch.pk), status=status, **extra)


def _edit(request: HttpRequest, row: PitchSentence) -> None:
    sentences.edit(row, request.POST.get("text", ""), by=request.user, expected=_version(request))


def _rewrite(request: HttpRequest, row: PitchSentence) -> None:
    claim = Claim.objects.for_user(request.user).filter(pk=sections.number(request.POST.get("claim"))).first()
    if claim is None:
        raise ValidationError(_("That claim is gone. Choose another one."))
    sentences.rewrite(row, claim, by=request.user, expected=_version(request))


def _remove(request: HttpRequest, row: PitchSentence) -> None:
    sentences.remove(row, by=request.user, expected=_version(request))


def _move(request: HttpRequest, row: PitchSentence) -> None:
    sentences.move(row, sections.number(request.POST.get("to")) or 1, by=request.user, expected=_version(request))


def _recheck(request: HttpRequest, row: PitchSentence) -> None:
    sentences.recheck(row, by=request.user)


def _ask(request: HttpRequest, row: PitchSentence) -> None:
    task = sentences.ask_for_claim(row, by=request.user)
    toasts.success(request, _("%(name)s has the task, due in two days.") % {"name": task.assignee})


_VERBS: dict[str, Any] = {
    "edit": _edit, "rewrite": _rewrite, "remove": _remove, "move": _move, "recheck": _recheck, "ask": _ask,
}  # fmt: skip


def _version(request: HttpRequest) -> int:
    return sections.number(request.POST.get("version"))
