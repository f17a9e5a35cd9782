"""The sentences of a pitch: asked for while the verifier is at them, and changed one by one."""

from __future__ import annotations

from functools import partial

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.models import PitchSentence
from crm.services import sentences
from crm.views import pitch_sections as sections
from crm.views import sentence_editor as editor
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
    text, claim, seen = request.POST.get("text", ""), editor.chosen(request), editor.number(request.POST.get("version"))
    status, extra = editor.tried(
        lambda: sentences.add(pitch, by=request.user, expected=seen, text=text, claim=claim),
        {"adding": True, "typed": text},
    )
    return sections.answer(request, readable(ROWS, request.user, pk), status=status, **extra)


@login_required
@require_POST
def verb(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Edit, rewrite from a claim, remove, move, split the paragraph, check again, ask for a claim."""
    row = editable(SENTENCES, request.user, pk)
    typed = {"editing": row.pk, "typed": request.POST.get("text", "")} if verb == "edit" else {}
    work = partial(_ask, request, row) if verb == "ask" else partial(editor.change, sentences, verb, request, row)
    status, extra = editor.tried(work, typed)
    return sections.answer(request, readable(ROWS, request.user, row.pitch_id), status=status, **extra)


def _ask(request: HttpRequest, row: PitchSentence) -> None:
    task = sentences.ask_for_claim(row, by=request.user)
    toasts.success(request, _("%(name)s has the task, due in two days.") % {"name": task.assignee})
