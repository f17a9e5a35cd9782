"""What recipients reach without signing in: the unsubscribe page and the links in their mail."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from marketing.services import clicks, unsubscribing
from marketing.services.signatures import BadToken


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button and changes nothing, for scanners follow links; POST acts at once (RFC 8058)."""
    try:
        asked = unsubscribing.read(token)
    except BadToken:
        raise Http404 from None
    if request.method == "POST":
        unsubscribing.act(asked, ip=_address(request))
    language = {"zh": "zh-hans", "en": "en"}.get(asked.language) or translation.get_language() or "en"
    with translation.override(language):
        answer = render(request, "marketing/unsubscribe.html", {"done": request.method == "POST"})
    answer["X-Robots-Tag"] = "noindex"
    return answer


@never_cache
@require_safe
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Lead on to the stored address, and record who followed."""
    try:
        delivery, link = clicks.read(token)
    except BadToken:
        raise Http404 from None
    clicks.record(delivery, link, method=request.method or "GET", headers=request.headers)
    answer = HttpResponseRedirect(clicks.target(link, delivery.campaign))
    answer["X-Robots-Tag"] = "noindex"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def _address(request: HttpRequest) -> str | None:
    """Where a request came from, kept with a consent. Behind our own proxy (HTTPS=true) what that one added last to
    X-Forwarded-For, for all before it anybody can write; without one the peer itself."""
    told = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    if getattr(settings, "SECURE_PROXY_SSL_HEADER", None) and told:
        try:
            return str(ip_address(told))
        except ValueError:
            pass
    return request.META.get("REMOTE_ADDR") or None
