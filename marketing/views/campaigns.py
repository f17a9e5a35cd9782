"""Campaigns side by side: as a list, as a board by state, and in the calendar. The filters live in the URL."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.scoping import may
from crm import chips
from marketing.filters import CampaignFilter
from marketing.models import Campaign
from marketing.services import calendar, campaign_figures
from marketing.views.campaign_page import check_reader

MOST = 200  # rows of the list
CARDS = 50  # cards of a column
State = Campaign.State
COLUMNS = (
    ("planning", _("Planning"), (State.PLANNING,)),
    ("review", _("Waiting for approval"), (State.REVIEW,)),
    ("ready", _("Approved"), (State.APPROVED, State.SCHEDULED)),
    ("sending", _("Being sent"), (State.SENDING, State.PAUSED)),
    ("over", _("Over"), (State.DONE, State.CANCELLED)),
)


@login_required
def campaign_list(request: HttpRequest) -> HttpResponse:
    """Campaigns, latest start first."""
    filters, context = _filtered(request, ("state", "owner", "channel", "need", "dates", "q"))
    rows = list(filters.qs.select_related("audience", "need", "owner")[:MOST])
    context |= {"rows": rows, "figures": campaign_figures.of(rows), "found": filters.qs.count(), "most": MOST}
    return render(request, "marketing/campaigns.html", context | {"view": "list"})


@login_required
def board(request: HttpRequest) -> HttpResponse:
    """Campaigns by state, soonest start first; what is over, latest first."""
    filters, context = _filtered(request, ("owner", "channel", "need", "q"))
    columns = []
    for key, title, states in COLUMNS:
        rows = filters.qs.filter(state__in=states).select_related("audience", "need", "owner")
        order = ("-ends_on", "-id") if key == "over" else ("starts_on", "id")
        columns.append({"key": key, "title": title, "cards": list(rows.order_by(*order)[:CARDS]), "n": rows.count()})
    cards = [row for column in columns for row in column["cards"]]
    context |= {"columns": columns, "figures": campaign_figures.of(cards), "today": timezone.localdate()}
    return render(request, "marketing/campaign_board.html", context | {"view": "board"})


@login_required
def calendar_page(request: HttpRequest) -> HttpResponse:
    """A month of campaigns; those without any date are counted beside it."""
    filters, context = _filtered(request, ("state", "owner", "channel", "need", "q"))
    today = timezone.localdate()
    first = calendar.chosen(request.GET.get("month", ""), today)
    month = calendar.month(filters.qs.exclude(state=State.CANCELLED).select_related("owner"), first)
    context |= {
        "month": month, "today": today, "undated": filters.qs.filter(starts_on=None, ends_on=None).count(),
        "before": chips.changed(request.GET, month=month.before.strftime("%Y-%m")),
        "after": chips.changed(request.GET, month=month.after.strftime("%Y-%m")),
        "now": chips.changed(request.GET, month=""), "keep": [("month", first.strftime("%Y-%m"))],
    }  # fmt: skip
    return render(request, "marketing/campaign_calendar.html", context | {"view": "calendar"})


def _filtered(request: HttpRequest, names: tuple[str, ...]) -> tuple[CampaignFilter, dict[str, Any]]:
    """Refuse who sees no campaigns; return the filters and what the frame of the three views needs."""
    check_reader(request.user)
    query = QueryDict(mutable=True)
    for name in names:
        if value := request.GET.get(name, "").replace("\x00", ""):
            query[name] = value
    everything: QuerySet[Campaign] = Campaign.objects.for_user(request.user)
    filters = CampaignFilter(query, queryset=everything, request=request)
    shared = {
        "chips": chips.of(filters, query), "fields": [filters.form[name] for name in names], "clear": "?", "query": query.urlencode(),
        "all_count": everything.count(), "may_edit": may(request.user, "marketing", "edit"),
    }  # fmt: skip
    return filters, shared
