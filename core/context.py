"""What the frame of every page needs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from core.scoping import may


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the user's theme and what the sidebar may show."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"embedded": settings.EMBEDDED}
    return {
        "embedded": settings.EMBEDDED,
        "theme": user.theme,
        "may_edit_claims": may(user, "claims", "edit"),
        "may_edit_hub": may(user, "hub", "edit"),
    }
