"""The sentences of a copy: asked for while the verifier is at them, and changed one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.services.edits import Stale
from crm.models import Claim
from marketing.models import CopySentence
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
    claim = Claim.objects.for_user(request.user).filter(pk=sections.number(request.POST.get("claim"))).first()
    text = request.POST.get("text", "")

    def work() -> None:
        copy_sentences.add(copy, by=request.user, expected=seen_version(request), text=text, claim=claim)

    return _do(request, pk, work, {"adding": True, "typed": text})


@login_required
@require_POST
def verb(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Edit, rewrite from a claim, remove, move, split the paragraph, check again."""
    row = sections.sentence_or_404(request, pk, edit=True)
    extra = {"editing": row.pk, "typed": request.POST.get("text", "")} if verb == "edit" else {}
    return _do(request, row.copy_id, lambda: _VERBS[verb](request, row), extra)


def _do(request: HttpRequest, pk: int, work: Callable[[], Any], extra: dict[str, Any]) -> HttpResponse:
    """Do it, and draw the editor; what was refused stays where it was typed."""
    status = 200
    try:
        work()
        extra = {}
    except Stale as error:
        status, extra = 409, {**extra, "problem": str(error)}
    except ValidationError as error:
        status, extra = 422, {**extra, "problem": " ".join(error.messages)}
    return sections.answer(request, sections.copy_or_404(request, pk), status=status, **extra)


def _edit(request: HttpRequest, row: CopySentence) -> None:
    copy_sentences.edit(row, request.POST.get("text", ""), by=request.user, expected=seen_version(request))


def _rewrite(request: HttpRequest, row: CopySentence) -> None:
    claim = Claim.objects.for_user(request.user).filter(pk=sections.number(request.POST.get("claim"))).first()
    if claim is None:
        raise ValidationError(_("That claim is gone. Choose another one."))
    copy_sentences.rewrite(row, claim, by=request.user, expected=seen_version(request))


def _remove(request: HttpRequest, row: CopySentence) -> None:
    copy_sentences.remove(row, by=request.user, expected=seen_version(request))


def _move(request: HttpRequest, row: CopySentence) -> None:
    copy_sentences.move(
        row, sections.number(request.POST.get("to")) or 1, by=request.user, expected=seen_version(request)
    )


def _split(request: HttpRequest, row: CopySentence) -> None:
    copy_sentences.split(row, by=request.user, expected=seen_version(request))


def _recheck(request: HttpRequest, row: CopySentence) -> None:
    copy_sentences.recheck(row, by=request.user)


_VERBS: dict[str, Any] = {
    "edit": _edit, "rewrite": _rewrite, "remove": _remove, "move": _move, "split": _split, "recheck": _recheck,
}  # fmt: skip
