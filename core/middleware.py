"""Each request in the user's language and time zone; each htmx answer with what a page would have said."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.utils import timezone, translation

ADMIN_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'; form-action 'self'"
)


class UserPreferences:
    """Language and time zone of the signed-in user; the admin's looser policy, since its theme evaluates expressions."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request in the user's language and zone."""
        user = request.user
        if user.is_authenticated and user.language in dict(settings.LANGUAGES):
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language  # type: ignore[attr-defined]
        zone = user.time_zone if user.is_authenticated else ""
        if zone in zoneinfo.available_timezones():
            timezone.activate(zone)
        else:
            timezone.deactivate()
        response = self.get_response(request)
        if request.path.startswith("/admin/"):
            response["Content-Security-Policy"] = ADMIN_POLICY
        return response


class HtmxAnswers:
    """Let fragments carry messages, and let an ended session lead to the sign-in page instead of into a fragment."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.login = resolve_url(settings.LOGIN_URL)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request; nothing is changed unless htmx asked."""
        response = self.get_response(request)
        if not request.headers.get("HX-Request") or response.streaming:
            return response
        if response.status_code == 302 and response["Location"].startswith(self.login):
            page = request.headers.get("HX-Current-URL", "/")
            answer = HttpResponse(status=204)
            answer["HX-Redirect"] = f"{self.login}?next={quote(urlsplit(page).path or '/')}"
            return answer
        html = response.get("Content-Type", "").startswith("text/html")
        waiting = get_messages(request)
        if response.status_code == 200 and html and len(waiting) and not getattr(waiting, "used", True):
            response.content += render_to_string("components/_said.html", {}, request).encode()
        return response
