"""Bearer tokens for the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from core.models import ApiToken, User
from core.services import tokens


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer fl_…` acts with the rights of the token's user."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return user and token, or None if no bearer token was sent; a bad one is refused with 401."""
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        if len(parts) != 2:
            raise AuthenticationFailed("The header must read “Authorization: Bearer TOKEN”.")
        token = tokens.check(parts[1].decode("latin-1"))
        if token is None:
            raise AuthenticationFailed("This token is unknown, revoked or expired.")
        if token.read_only and request.method not in ("GET", "HEAD", "OPTIONS"):
            raise PermissionDenied("This token may only read.")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Make DRF answer 401, not 403, to a stranger."""
        return "Bearer"


class TokenScheme(OpenApiAuthenticationExtension):
    """How the schema names bearer tokens."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer token in the Authorization header."""
        return {"type": "http", "scheme": "bearer"}
