"""What recipients reach without signing in: the unsubscribe page and the links in their mail."""

from __future__ import annotations

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
        unsubscribing.act(asked, ip=request.META.get("REMOTE_ADDR") or None)
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
