"""The list of leads and the preview beside it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from core.models import User
from crm import chips, keyset
from crm.filters import LeadFilter
from crm.models import Lead, Requirement
from crm.services import lead_totals
from crm.services.lead_stages import CONFIRMED
from crm.views.access import edit_ids, readable

PAGE = 50
FIELDS = ("state", "owner", "stage", "step", "rot", "need", "segment", "q")
ORDERS = {
    "recent": keyset.Order("updated_at", True, keyset.timestamp),
    "step": keyset.Order("step_order", False, keyset.timestamp),
    "value": keyset.Order("value", True, keyset.number),
    "clarity": keyset.Order("clarity", True, keyset.fraction),
}


@login_required
def lead_list(request: HttpRequest) -> HttpResponse:
    """Leads by the filters in the URL, a page at a time, with totals of all that match."""
    query = filled(request.GET, state="open")
    leads = Lead.objects.for_user(request.user)
    filters = LeadFilter(query, queryset=leads, request=request)
    rows = filters.qs
    count = keyset.capped_count(rows)
    name, order = chosen_order(query.get("sort", ""))
    page = keyset.page(rows.by_step().with_related(), order, cursor=query.get("cursor", ""), size=PAGE)
    context = {
        "chips": chips.of(filters, query, neutral={"state": "all"}), "fields": [filters.form[name] for name in FIELDS],
        "keep": [("sort", name)] if name != "recent" else [], "tabs": tabs(request.user, query),
        "page": page, "count": count, "cap": keyset.COUNT_CAP, "needs": needs_of(page.rows),
        "totals": lead_totals.of(rows) if count <= keyset.COUNT_CAP else None,
        "sort": name, "sorts": sort_menu(query, name), "headers": headers(query, name),
        "next": page.next and chips.changed(query, cursor=page.next),
        "previous": page.previous and chips.changed(query, cursor=page.previous),
        "all_count": keyset.capped_count(leads) if not page.rows else None, "clear": "?state=all",
        "editable": edit_ids(Lead.objects.all(), request.user, page.rows),
    }  # fmt: skip
    return render(request, "crm/leads.html", context)


@login_required
def lead_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What one wants to see of a lead before opening it."""
    lead = readable(Lead.objects.with_related(), request.user, pk)
    if not request.htmx:
        return redirect(lead)
    message = lead.messages.filter(outgoing=False).prefetch_related("quotes").first()
    context = {
        "lead": lead, "message": message, "requirements": lead.requirements.standing().select_related("need"),
        "competitors": lead.competitors.all(),
    }  # fmt: skip
    return render(request, "crm/_lead_preview.html", context)


def filled(query: QueryDict, **defaults: str) -> QueryDict:
    """Return the query with defaults for what is not in it."""
    full = query.copy()
    for name, value in defaults.items():
        full.setdefault(name, value)
    return full


def chosen_order(sort: str) -> tuple[str, keyset.Order]:
    """Return the sort by its name in the URL (a minus turns it round) and its order; unknown ones give the newest first."""
    plain = sort.removeprefix("-")
    if plain not in ORDERS:
        return "recent", ORDERS["recent"]
    order = ORDERS[plain]
    return sort, keyset.Order(order.field, not order.descending, order.parse) if sort.startswith("-") else order


def headers(query: QueryDict, sort: str) -> dict[str, dict[str, str]]:
    """Return for each sortable column where its header leads and how the list is sorted by it now."""
    found = {}
    for name, order in ORDERS.items():
        on = sort.removeprefix("-") == name
        flipped = sort == name
        down = order.descending != sort.startswith("-")
        found[name] = {
            "url": chips.changed(query, sort=f"-{name}" if flipped else name),
            "aria": ("descending" if down else "ascending") if on else "",
            "icon": ("arrow-down" if down else "chevron-up") if on else "",
        }
    return found


def sort_menu(query: QueryDict, sort: str) -> list[dict[str, Any]]:
    """Return the sorts a menu offers, in words."""
    words = {"recent": _("Last changed"), "step": _("Next step"), "value": _("Value"), "clarity": _("Clarity")}
    return [
        {"label": label, "url": chips.changed(query, sort=name), "on": sort.removeprefix("-") == name}
        for name, label in words.items()
    ]


def tabs(user: User, query: QueryDict | None = None) -> list[dict[str, Any]]:
    """Return the built-in views as tabs: each is a set of filters in the URL, with a capped count."""
    rows = Lead.objects.for_user(user)
    views = [
        (_("Open"), {"state": "open"}, "list", rows.open()),
        (_("Mine"), {"state": "open", "owner": "me"}, "user", rows.open().filter(owner=user)),
        (_("Rotting"), {"state": "open", "rot": "1"}, "hourglass", rows.rotting()),
        (_("No next step"), {"state": "open", "step": "none"}, "circle-dashed", rows.open().with_step("none")),
        (_("Asked for a price"), {"state": "open", "need": "pricing-request"}, "tag", _wanting(rows.open(), "pricing-request")),
        (_("All leads"), {"state": "all"}, "", rows),
    ]  # fmt: skip
    names = LeadFilter.base_filters
    now = {name: query[name] for name in names if query.get(name)} if query is not None else {}
    return [
        {
            "label": label, "icon": icon, "url": chips.changed(QueryDict(mutable=True), **wanted), "on": wanted == now,
            "count": keyset.capped_count(found),
        }
        for label, wanted, icon, found in views
    ]  # fmt: skip


def needs_of(leads: list[Lead]) -> dict[int, dict[str, int]]:
    """Return how many requirements of each lead are confirmed and proposed; one query for a page."""
    wanted = Requirement.objects.filter(lead__in=[lead.pk for lead in leads]).order_by().values("lead_id")
    counted = wanted.annotate(
        confirmed=Count("pk", filter=Q(status__in=CONFIRMED)),
        proposed=Count("pk", filter=Q(status=Requirement.Status.PROPOSED)),
    )
    return {row["lead_id"]: row for row in counted}


def _wanting(rows: Any, key: str) -> Any:
    wanted = Requirement.objects.standing().filter(need__key=key)
    return rows.filter(pk__in=wanted.values("lead"))
