"""Labelled examples: the list, one example with its quotes lit up, and the forms that relabel it or take it out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.models import Need, Segment, User
from core.services.edits import Stale
from modelhub import label_form
from modelhub.label_form import Known
from modelhub.models import Example, Offer
from modelhub.services import examples
from modelhub.views import evaluations

PAGE = 50


@login_required
@require_GET
def example_list(request: HttpRequest) -> HttpResponse:
    """Examples by origin, language, need, segment and words; the filters live in the URL."""
    everything = Example.objects.for_user(request.user)
    may_edit = evaluations.may_edit_hub(request)
    filters = _filters(request, may_edit)
    rows: QuerySet[Example] = examples.narrow(everything.select_related("segment"), filters)
    before = request.GET.get("before", "")
    found = list(_below(rows, int(before) if _number(before) else None)[: PAGE + 1])
    names = {need.key: need.name for need in Need.objects.all()}
    context = {
        **evaluations.frame(request, ""),
        "tab": "examples",
        "rows": [(row, _marks(row, names)) for row in found[:PAGE]],
        "n": rows.count(), "in_all": everything.count(), "filters": filters,
        "next": found[PAGE - 1].pk if len(found) > PAGE else None, "later": bool(before),
        "origins": Example.Origin.choices, "needs": names, "segments": Segment.objects.all(),
        "languages": everything.exclude(language="").values_list("language", flat=True).order_by("language").distinct(),
        "waiting": Offer.objects.for_user(request.user).count() if may_edit else 0,
        "query": _query(request),
    }  # fmt: skip
    return render(request, "modelhub/examples.html", context)


def _below(rows: QuerySet[Example], before: int | None) -> QuerySet[Example]:
    """Examples as the list shows them, those changed last first, below the one of this id; all of them if it is gone."""
    last = Example.objects.filter(pk=before).first() if before is not None else None
    if last is not None:
        rows = rows.filter(Q(updated_at__lt=last.updated_at) | Q(updated_at=last.updated_at, pk__lt=last.pk))
    return rows.order_by("-updated_at", "-pk")


@login_required
@require_GET
def example_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One example; its text, and the form to change its labels, for who may edit the hub."""
    example = get_object_or_404(Example.objects.for_user(request.user).select_related("segment"), pk=pk)
    return _page(request, example)


@login_required
@require_POST
def example_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write other labels; what a person typed stays on the page if it cannot be saved."""
    example, by = _editable(request, pk)
    try:
        examples.relabel(example, label_form.said(example.text, request.POST), by=by, seen=request.POST.get("seen", ""))
    except (Stale, ValidationError) as error:
        return _page(request, example, error)
    messages.success(request, _("The labels are changed. Datasets that are frozen already keep the old ones."))
    return redirect(example)


@login_required
@require_POST
def example_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an example out."""
    example, by = _editable(request, pk)
    try:
        examples.remove(example, by=by, seen=request.POST.get("seen", ""))
    except Stale as error:
        messages.error(request, str(error))
        return redirect(example)
    messages.success(request, _("The example is removed. Datasets that are frozen already keep their copy."))
    return redirect("hub-examples")


def editor(request: HttpRequest) -> User:
    """Whoever may edit the hub; raises PermissionDenied before anything is read or written."""
    if not isinstance(request.user, User) or not evaluations.may_edit_hub(request):
        raise PermissionDenied(_("Only an admin labels examples and loads files. Nothing was changed."))
    return request.user


def _editable(request: HttpRequest, pk: int) -> tuple[Example, User]:
    by = editor(request)
    return get_object_or_404(Example.objects.for_user(by, "edit"), pk=pk), by


def _page(request: HttpRequest, example: Example, error: Exception | None = None) -> HttpResponse:
    may_edit = evaluations.may_edit_hub(request)
    posted = request.POST if error else None
    known = {need: Known(bool(holds), "yes" if holds else "no") for need, holds in sorted(example.labels.items())}
    form = label_form.context(example.text, known, example.spans, posted) if may_edit else {}
    names = {need.key: need.name for need in Need.objects.all()}
    context = {
        **evaluations.frame(request, ""), **form,
        "tab": "examples", "example": example, "marks": _marks(example, names), "error": _told(error),
        "seen": request.POST.get("seen", "") if error else examples.stamp(example),
        "unjudged": request.POST.getlist("unjudged"),
    }  # fmt: skip
    status = 200 if error is None else 409 if isinstance(error, Stale) else 422
    return render(request, "modelhub/example.html", context, status=status)


def _told(error: Exception | None) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error or "")


def _marks(example: Example, names: dict[str, str]) -> list[dict[str, Any]]:
    """Labels as they are shown: those that hold first."""
    rows = sorted(example.labels.items(), key=lambda pair: (not pair[1], pair[0]))
    return [{"name": names.get(need, need), "holds": holds, "gone": need not in names} for need, holds in rows]


def _filters(request: HttpRequest, may_edit: bool) -> examples.Filters:
    given = {name: request.GET.get(name, "").replace("\x00", "").strip() for name in FILTERS}
    segment = given["segment"]
    return examples.Filters(
        given["origin"] if given["origin"] in Example.Origin.values else "", given["language"][:12], given["need"][:60],
        int(segment) if _number(segment) else None, given["q"] if may_edit else "",
    )  # fmt: skip


def _query(request: HttpRequest) -> str:
    kept = request.GET.copy()
    kept.pop("before", None)
    return kept.urlencode()


FILTERS = ("origin", "language", "need", "segment", "q")


def _number(text: str) -> bool:
    return text.isdecimal() and len(text) < 19
