"""What people set for themselves."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from core.models import User
from core.services import audit

OWN_FIELDS = ("name", "language", "time_zone", "theme")


def change(user: User, **values: Any) -> User:
    """Set a person's own name, language, time zone or theme; raises ValueError for any other field."""
    if unknown := set(values) - set(OWN_FIELDS):
        raise ValueError(f"people may not change these themselves: {', '.join(sorted(unknown))}")
    before = {name: getattr(user, name) for name in values if getattr(user, name) != values[name]}
    if before:
        for name in before:
            setattr(user, name, values[name])
        user.save(update_fields=list(before))
        audit.record("change", user, by=user, before=before, after={name: values[name] for name in before})
    return user


def other_theme(user: User) -> str:
    """Return what the switch without a script changes the theme to."""
    return User.Theme.LIGHT if user.theme == User.Theme.DARK else User.Theme.DARK


def is_language(code: str) -> bool:
    """Return whether the application speaks this language."""
    return code in dict(settings.LANGUAGES)
