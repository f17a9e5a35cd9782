"""Entering with the sample data: only in the embedded mode, and only as a person of the samples."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest

from core.models import User
from core.services import audit

ROLES = (User.Role.REP, User.Role.MARKETER, User.Role.ADMIN)


def people() -> dict[str, User]:
    """Return the sample person of each role that has a button on the sign-in page; empty when there are no buttons."""
    if not settings.EMBEDDED:
        return {}
    found: dict[str, User] = {}
    for user in User.objects.filter(sample=True, is_active=True, role__in=ROLES).order_by("id"):
        found.setdefault(user.role, user)
    return {role: found[role] for role in ROLES if role in found}


def enter(request: HttpRequest, role: str) -> User | None:
    """Sign the request in as the sample person of a role; None if there is no such button."""
    user = people().get(role)
    if user is None:
        return None
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    audit.record("enter", user, by=user)
    return user
