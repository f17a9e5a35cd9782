"""What the frame of every page needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject

from core.models import User
from core.scoping import may
from core.services import entry
from core.services.counts import Counts


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the sidebar, for this person on this page."""

    group: str
    url: str
    label: str | Promise
    icon: str
    key: str
    current: bool
    count: str


class Places:
    """The entries of the sidebar; nothing is resolved or counted until a template goes through them."""

    def __init__(self, user: User, section: str) -> None:
        self.user, self.section, self.counts = user, section, Counts(user)

    def __iter__(self) -> Iterator[Place]:
        for group, name, label, icon, section, key, whom in settings.NAVIGATION:
            if not self._for_them(whom):
                continue
            try:
                url = reverse(name)
            except NoReverseMatch:  # an installation may leave an app out
                continue
            yield Place(group, url, label, icon, key, section == self.section, self.counts[name])

    def _for_them(self, whom: str) -> bool:
        if whom == "marketing":
            return may(self.user, "marketing")
        if whom == "samples":
            return self.user.is_staff and self.user.sample
        return whom == "everyone" or self.user.is_staff


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the user's theme, rights and the places they can go."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"embedded": settings.EMBEDDED, "sample_people": SimpleLazyObject(entry.people)}
    section = request.path.strip("/").split("/")[0]
    return {
        "embedded": settings.EMBEDDED,
        "theme": user.theme,
        "places": Places(user, section),
        "section": section,
        "may_edit_sales": may(user, "sales", "edit"),
        "may_edit_claims": may(user, "claims", "edit"),
        "may_edit_marketing": may(user, "marketing", "edit"),
        "may_see_marketing": may(user, "marketing"),
        "may_edit_hub": may(user, "hub", "edit"),
    }
