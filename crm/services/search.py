"""How leads, companies, contacts, messages and claims are found; each within what the person may read."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import User
from core.services.search import Hit, searches
from crm.models import Claim, Company, Contact, Lead, Message

AROUND = 60  # characters shown on each side of what was found in a text


def _with_all(rows: QuerySet[Any], words: str, *fields: str) -> QuerySet[Any]:
    """Keep the rows in which every word stands in at least one of the fields."""
    for word in words.split()[:8]:
        anywhere = Q()
        for field in fields:
            anywhere |= Q(**{f"{field}__icontains": word})
        rows = rows.filter(anywhere)
    return rows


def excerpt(text: str, words: str) -> str:
    """Return the stretch of the text around the first word that stands in it."""
    low = text.lower()
    places = [at for word in words.lower().split() if (at := low.find(word)) >= 0]
    at = min(places, default=0)
    start, end = max(0, at - AROUND), min(len(text), at + AROUND)
    return ("…" if start else "") + " ".join(text[start:end].split()) + ("…" if end < len(text) else "")


@searches("lead", _("Leads"), "briefcase")
def leads(user: User, words: str, limit: int) -> list[Hit]:
    """Leads by title, company or contact."""
    mine = Lead.objects.for_user(user).select_related("company", "stage")
    rows = _with_all(mine, words, "title", "company__name", "contact__name")
    return [
        Hit(row.get_absolute_url(), row.title, f"{row.company or ''} · {row.stage}".strip(" ·")) for row in rows[:limit]
    ]


@searches("company", _("Companies"), "building")
def companies(user: User, words: str, limit: int) -> list[Hit]:
    """Companies by name or web domain."""
    rows = _with_all(Company.objects.for_user(user), words, "name", "domain")
    return [Hit(row.get_absolute_url(), row.name, row.industry) for row in rows[:limit]]


@searches("contact", _("Contacts"), "users")
def contacts(user: User, words: str, limit: int) -> list[Hit]:
    """Contacts by name, address or company."""
    mine = Contact.objects.for_user(user).select_related("company")
    rows = _with_all(mine, words, "name", "email", "company__name")
    return [Hit(row.get_absolute_url(), row.name, str(row.company or row.email)) for row in rows[:limit]]


@searches("message", _("Messages"), "mail")
def messages(user: User, words: str, limit: int) -> list[Hit]:
    """Messages by subject or text; each leads to its place on the lead page."""
    rows = _with_all(Message.objects.for_user(user).select_related("lead"), words, "subject", "text")
    return [
        Hit(
            f"{reverse('lead', args=[row.lead_id])}#message-{row.pk}",
            row.subject or str(row.lead),
            excerpt(row.text, words),
        )
        for row in rows[:limit]
    ]


@searches("claim", _("Claims"), "shield-check")
def claims(user: User, words: str, limit: int) -> list[Hit]:
    """Claims by their text in either language, or by product."""
    mine = Claim.objects.for_user(user).select_related("product")
    rows = _with_all(mine, words, "text_en", "text_zh", "product__name")
    return [Hit(row.get_absolute_url(), row.text, row.get_status_display()) for row in rows[:limit]]
