"""The outbox: what was sent, what waits, and what nobody can know until a person settles it."""

from __future__ import annotations

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm import keyset
from crm.models import PitchDelivery
from crm.services import outbox, sending
from crm.views.access import edit_ids, editable, local_path, readable, say_problem

NEWEST = keyset.Order("created_at", descending=True, parse=keyset.timestamp)
PAGE = 50


@login_required
@require_GET
def outbox_page(request: HttpRequest) -> HttpResponse:
    """Mails by state, newest first."""
    state = request.GET.get("state", "")
    rows = outbox.listing(request.user, state)
    page = keyset.page(rows, NEWEST, cursor=request.GET.get("cursor", ""), size=PAGE)
    counts = outbox.counts(request.user)
    context = {
        "page": page, "state": state if state in outbox.STATES else "", "counts": counts, "in_all": sum(counts.values()),
        "mine": edit_ids(PitchDelivery.objects.all(), request.user, page.rows),
    }  # fmt: skip
    return render(request, "crm/outbox.html", context)


@login_required
@require_GET
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    """The raw mail, as it goes over the wire."""
    delivery = readable(PitchDelivery.objects.all(), request.user, pk)
    answer = HttpResponse(outbox.raw(delivery), content_type="text/plain; charset=utf-8")
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@login_required
@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Say of a mail nobody knows about: it was sent, or send it again."""
    delivery = editable(PitchDelivery.objects.select_related("pitch__lead", "pitch__contact"), request.user, pk)
    verdict = request.POST.get("verdict", "")
    try:
        if verdict not in ("sent", "again"):
            raise ValidationError(_("Say whether it was sent, or send it again."))
        sending.settle(delivery, verdict, by=request.user)
    except ValidationError as error:
        say_problem(request, error)
    else:
        sent = verdict == "sent"
        toasts.success(request, _("Kept as sent.") if sent else _("It is sent again, with the same Message-ID."))
    return redirect(local_path(request, delivery.pitch.get_absolute_url()))
