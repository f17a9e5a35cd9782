"""The sentences of a copy: asked for while the verifier is at them, and changed one by one."""

from __future__ import annotations

from functools import partial

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from crm.views import sentence_editor as editor
from marketing.services import copy_sentences
from marketing.views import copy_sections as sections
from marketing.views.campaign_page import seen_version


@login_required
@require_GET
def sentence(request: HttpRequest, pk: int) -> HttpResponse:
    """One sentence, polled while it waits: nothing new is 204, else its line, and the banner out of band."""
    row = sections.sentence_or_404(request, pk)
    if not row.verdict and request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204)
    copy = sections.copy_or_404(request, row.copy_id)
    context = sections.context(request, copy.campaign, copy)
    line = next(line for line in context["lines"] if line.standing.sentence.pk == row.pk)
    response = render(request, "marketing/_copy_checked.html", context | {"line": line, "oob": True})
    response["HX-Trigger"] = "copy-checked"
    return response


@login_required
@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a sentence, from a claim or in own words."""
    copy = sections.copy_or_404(request, pk, edit=True)
    text, claim, seen = request.POST.get("text", ""), editor.chosen(request), seen_version(request)
    status, extra = editor.tried(
        lambda: copy_sentences.add(copy, by=request.user, expected=seen, text=text, claim=claim),
        {"adding": True, "typed": text},
    )
    return sections.answer(request, sections.copy_or_404(request, pk), status=status, **extra)


@login_required
@require_POST
def verb(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Edit, rewrite from a claim, remove, move, split the paragraph, check again."""
    row = sections.sentence_or_404(request, pk, edit=True)
    typed = {"editing": row.pk, "typed": request.POST.get("text", "")} if verb == "edit" else {}
    status, extra = editor.tried(partial(editor.change, copy_sentences, verb, request, row), typed)
    return sections.answer(request, sections.copy_or_404(request, row.copy_id), status=status, **extra)
