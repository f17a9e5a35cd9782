"""How campaigns are found."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import User
from core.services.search import Hit, searches
from marketing.models import Campaign


@searches("campaign", _("Campaigns"), "speakerphone")
def campaigns(user: User, words: str, limit: int) -> list[Hit]:
    """Campaigns by name or goal; every word must stand in one of them."""
    rows = Campaign.objects.for_user(user)
    for word in words.split()[:8]:
        rows = rows.filter(Q(name__icontains=word) | Q(goal__icontains=word))
    return [Hit(row.get_absolute_url(), row.name, str(row.get_state_display())) for row in rows[:limit]]
