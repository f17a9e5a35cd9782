"""Label unsure texts one after the other, by keyboard or with a plain form."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.services.edits import Stale
from modelhub import label_form
from modelhub.label_form import Known
from modelhub.models import Offer
from modelhub.services import labelling
from modelhub.views import evaluations
from modelhub.views.examples import editor


@login_required
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """The most doubtful text, or an empty page that says where texts come from."""
    by = editor(request)
    return _page(request, labelling.queue(by).first())


@login_required
@require_POST
def label(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the labels of a text, or skip it, and go on with the next."""
    by = editor(request)
    offer = labelling.queue(by).filter(pk=pk).first()
    if offer is None:
        messages.warning(request, _("Somebody labelled this text meanwhile, or it was erased. Here is the next."))
        return redirect("hub-label")
    try:
        if "skip" in request.POST:
            labelling.skip(offer)
        else:
            labelling.label(offer, label_form.said(offer.text, request.POST), by=by)
    except Stale as error:
        messages.warning(request, str(error))
    except ValidationError as error:
        return _page(request, offer, " ".join(error.messages))
    return redirect("hub-label")


@login_required
@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a text out of the queue without labels: it is not worth any, or none of our business."""
    by = editor(request)
    labelling.drop(get_object_or_404(labelling.queue(by), pk=pk), by=by)
    return redirect("hub-label")


def _page(request: HttpRequest, offer: Offer | None, error: str = "") -> HttpResponse:
    by = editor(request)
    rows = labelling.queue(by)
    context = {
        **evaluations.frame(request, ""), "tab": "label", "offer": offer, "waiting": rows.count(), "error": error,
        "skipped": rows.filter(skipped_at__isnull=False).count(), "today": labelling.labelled_today(by),
    }  # fmt: skip
    if offer is not None:
        found = labelling.proposals(offer)
        known = {p.need: Known(p.found, "found" if p.found else "near", p.probability) for p in found}
        spans = {p.need: [list(span) for span in p.spans] for p in found if p.found}
        context |= label_form.context(offer.text, known, spans, request.POST if error else None)
    return render(request, "modelhub/label.html", context, status=422 if error else 200)
