"""Audiences: the list, one audience, and why a contact is in it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from crm.models import Contact
from crm.views.sentence_editor import number
from marketing.models import Audience, Campaign
from marketing.services import audience_tree, audiences
from marketing.services.audience_names import Names
from marketing.views.campaign_page import check_reader

SAMPLE = 10


def audience_or_404(request: HttpRequest, pk: int) -> Audience:
    """Return the audience; raises PermissionDenied to a rep, else Http404."""
    check_reader(request.user)
    return get_object_or_404(Audience.objects.for_user(request.user).select_related("owner"), pk=pk)


@login_required
def audience_list(request: HttpRequest) -> HttpResponse:
    """Audiences by name; each count is asked for by its own row, so that a slow one holds up nothing."""
    check_reader(request.user)
    names = Names(request.user)
    rows = Audience.objects.for_user(request.user).select_related("owner").annotate(uses=Count("campaigns"))
    context = {"rows": [(row, _sentence(row.conditions, names)) for row in rows[:200]]}
    return render(request, "marketing/audiences.html", context)


def _sentence(conditions: Any, names: Names) -> str:
    """The conditions in words, or "" if they cannot stand any more."""
    return "" if audience_tree.problems(conditions, names) else audience_tree.sentence(conditions, names)


def result_of(request: HttpRequest, conditions: Any, names: Names) -> dict[str, Any]:
    """Return count, sentence and sample of a tree, and what is wrong with it by place; bad places are left out of the count."""
    bad = audience_tree.problems(conditions, names)
    if () in bad:
        return {"bad": bad, "whole": bad[()], "count": None}
    good = (audience_tree.pruned(conditions, bad) or {}) if bad else conditions
    rows = audiences.contacts(good, user=request.user, names=names)
    return {
        "bad": bad, "left_out": len(bad), "count": rows.order_by().count(), "sentence": audience_tree.sentence(good, names),
        "sample": rows.select_related("company").order_by("-pk")[:SAMPLE], "everybody": not good or good == {"all": []},
    }  # fmt: skip


@login_required
def audience_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is in an audience, where it is used, and why one contact is in or out (`?contact=` or `?q=`)."""
    audience = audience_or_404(request, pk)
    names = Names(request.user)
    used = Campaign.objects.for_user(request.user).filter(audience=audience)
    context = {
        "audience": audience, "result": result_of(request, audience.conditions, names), "used": used[:20], **_why(request, audience),
    }  # fmt: skip
    return render(request, "marketing/audience.html", context)


def _why(request: HttpRequest, audience: Audience) -> dict[str, Any]:
    """The explanation for the contact that was asked for, or the contacts whose name or address has the words."""
    mine = Contact.objects.for_user(request.user).select_related("company", "owner")
    asked, words = request.GET.get("contact", ""), request.GET.get("q", "").replace("\x00", "").strip()
    contact = mine.filter(pk=number(asked)).first()
    if contact is None:
        hits = (mine.filter(name__icontains=words) | mine.filter(email__icontains=words)).order_by("name", "pk")[:8]
        return {"words": words, "hits": hits if words else None}
    if audience_tree.problems(audience.conditions, Names(request.user)):
        return {"words": words}
    return {"contact": contact, "words": words, "node": audiences.why(audience.conditions, contact, user=request.user)}


@login_required
def audience_why(request: HttpRequest, pk: int) -> HttpResponse:
    """The same explanation, as a fragment."""
    audience = audience_or_404(request, pk)
    return render(request, "marketing/_audience_why.html", {"audience": audience, **_why(request, audience)})


@login_required
def audience_count(request: HttpRequest, pk: int) -> HttpResponse:
    """How many are in, as a fragment."""
    audience = audience_or_404(request, pk)
    try:
        count = audiences.count(audience.conditions, user=request.user)
    except ValidationError:
        return render(request, "marketing/_audience_count.html", {"broken": True})
    return render(request, "marketing/_audience_count.html", {"count": count})
