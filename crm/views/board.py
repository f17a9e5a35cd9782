"""The board: columns of cards, further cards of a column, and what a move changes on it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string

from crm import chips
from crm.filters import LeadFilter
from crm.models import Lead, Pipeline, Stage
from crm.services import board, lead_totals
from crm.views.access import edit_ids
from crm.views.leads import tabs

FIELDS = ("owner", "step", "rot", "need", "segment", "q")


@login_required
def board_page(request: HttpRequest) -> HttpResponse:
    """A pipeline's open leads by stage; the filters live in the URL."""
    pipelines = list(Pipeline.objects.prefetch_related("stages"))
    if not pipelines:
        return render(request, "crm/board.html", {"tabs": tabs(request.user)})
    pipeline = _chosen(request.GET, pipelines)
    filters, leads = _filtered(request)
    columns = board.columns(leads, pipeline)
    cards = [lead for column in columns for lead in column.cards.rows]
    query = request.GET.copy()
    context = {
        "pipeline": pipeline,
        "pipelines": [{"row": row, "url": chips.changed(query, pipeline=str(row.pk))} for row in pipelines],
        "fields": [filters.form[name] for name in FIELDS], "keep": [("pipeline", pipeline.pk)], "chips": chips.of(filters, query), "tabs": tabs(request.user),
        "columns": columns, "drops": board.drops(leads, pipeline), "clear": chips.changed(QueryDict(), pipeline=str(pipeline.pk)),
        "totals": lead_totals.together(column.totals for column in columns),
        "editable": edit_ids(Lead.objects.all(), request.user, cards), "query": query.urlencode(),
        "step_urls": {state: chips.changed(query, step=state) for state in lead_totals.STEP_STATES},
        "reasons": Lead.LostReason.choices,
    }  # fmt: skip
    return render(request, "crm/board.html", context)


@login_required
def board_more(request: HttpRequest, pk: int) -> HttpResponse:
    """The next cards of a column."""
    stage = get_object_or_404(Stage.objects.select_related("pipeline"), pk=pk)
    _, leads = _filtered(request)
    page = board.cards(leads, stage, cursor=request.GET.get("cursor", ""))
    total = lead_totals.by_stage(leads.filter(stage=stage)).get(stage.pk, lead_totals.Totals())
    query = request.GET.copy()
    query.pop("cursor", None)
    context = {
        "column": board.Column(stage, total, page), "query": query.urlencode(),
        "editable": edit_ids(Lead.objects.all(), request.user, page.rows),
    }  # fmt: skip
    return render(request, "crm/_board_cards.html", context)


def changed_parts(request: HttpRequest, lead: Lead, *, refused: str = "", status: int = 200) -> HttpResponse:
    """Return what a move changes on the board as it is filtered: the card, the heads of all columns, the drop zones, the total."""
    _, leads = _filtered(request)
    columns = board.columns(leads, lead.pipeline)
    context: dict[str, Any] = {
        "lead": lead, "columns": columns, "drops": board.drops(leads, lead.pipeline), "refused": refused,
        "totals": lead_totals.together(column.totals for column in columns),
        "editable": edit_ids(Lead.objects.all(), request.user, [lead]),
        "step_urls": {state: chips.changed(request.GET, step=state, drop=("board",)) for state in lead_totals.STEP_STATES},
    }  # fmt: skip
    return HttpResponse(render_to_string("crm/_board_changed.html", context, request), status=status)


def _chosen(query: QueryDict, pipelines: list[Pipeline]) -> Pipeline:
    wanted = query.get("pipeline", "")
    return next((row for row in pipelines if str(row.pk) == wanted), pipelines[0])


def _filtered(request: HttpRequest) -> tuple[LeadFilter, Any]:
    """The board shows open leads of one pipeline, so state, stage and pipeline are not filters of it."""
    query = request.GET.copy()
    for name in ("state", "stage", "pipeline"):
        query.pop(name, None)
    filters = LeadFilter(query, queryset=Lead.objects.for_user(request.user), request=request)
    return filters, filters.qs
