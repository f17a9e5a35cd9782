"""Make, check and revoke API tokens."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from core.models import ApiToken, User
from core.services import audit


def make(user: User, name: str, *, read_only: bool = False, expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    """Make a token and return it with its secret, which is shown this once and kept as a hash only."""
    token = ApiToken(user=user, name=name, read_only=read_only, expires_at=expires_at)
    secret = token.set_new_secret()
    token.save()
    audit.record("make", token, by=user)
    return token, secret


def check(secret: str) -> ApiToken | None:
    """Return the live token with this secret, or None if it is unknown, revoked, expired or its user left."""
    now = timezone.now()
    token = (
        ApiToken.objects.select_related("user__team").filter(digest=ApiToken.digest_of(secret), revoked_at=None).first()
    )
    if token is None or not token.user.is_active or (token.expires_at and token.expires_at <= now):
        return None
    if token.last_used_at is None or (now - token.last_used_at).total_seconds() > 60:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def revoke(token: ApiToken, *, by: User) -> None:
    """Make a token useless from now on."""
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    audit.record("revoke", token, by=by)
