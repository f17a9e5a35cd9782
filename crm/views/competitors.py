"""Competitors and their battlecards."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.models import Segment
from crm.forms.claims import CompetitorNoteForm
from crm.models import Competitor, Lead
from crm.services import claims, competitors
from crm.views.claims import check_editor


@login_required
def competitor_list(request: HttpRequest) -> HttpResponse:
    """Who else our leads look at, and how often we win against them."""
    mine = Lead.objects.for_user(request.user)
    counts = dict(mine.filter(competitors__isnull=False).values_list("competitors").annotate(n=Count("pk")))
    rows = [
        (one, counts.get(one.pk, 0), competitors.win_rate(one, request.user))
        for one in Competitor.objects.annotate(notes=Count("claims"))
    ]
    return render(request, "crm/competitors.html", {"rows": rows})


@login_required
def competitor_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A battlecard, for all leads or one segment."""
    competitor = get_object_or_404(Competitor, pk=pk)
    segment = Segment.objects.filter(key=request.GET.get("segment", "")).first()
    leads = Lead.objects.for_user(request.user).filter(competitors=competitor).with_related()
    context = {
        "card": competitors.battlecard(competitor, request.user, segment), "competitor": competitor, "segment": segment,
        "segments": Segment.objects.all(), "leads": leads[:10], "n_leads": leads.count(), "form": CompetitorNoteForm(),
    }  # fmt: skip
    return render(request, "crm/competitor.html", context)


@login_required
@require_POST
def note_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Note something about a competitor: an internal claim about them."""
    competitor = get_object_or_404(Competitor, pk=pk)
    check_editor(request)
    form = CompetitorNoteForm(request.POST)
    if form.is_valid():
        field = "text_zh" if (get_language() or "").startswith("zh") else "text_en"
        data = form.cleaned_data
        claims.create(
            by=request.user, competitor=competitor, kind=data["kind"], needs=data["needs"], **{field: data["text"]}
        )
        messages.success(request, _("Noted, for internal use."))
    else:
        messages.error(request, _("Nothing was noted: write what they say or do."))
    return redirect(competitor)
