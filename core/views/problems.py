"""What a person sees when something is refused, not there, or broken: plain words, and a way on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def _answer(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    if request.headers.get("HX-Request"):  # said where it happened, by static/js/errors.js
        return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    return render(request, "core/problem.html", {"title": title, "text": text, "status": status}, status=status)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: they may see it, but not do this. A reason given with PermissionDenied is shown."""
    why = str(exception or "")
    text = why or _("Your role may look at this, but not change it. Nothing was changed.")
    return _answer(request, 403, _("This is not yours to change"), text)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: there is nothing, or it belongs to somebody else; the two must look the same."""
    text = _("There is nothing at this address, or it belongs to another team. If a link led you here, it may be old.")
    return _answer(request, 404, _("Not here"), text)


def broken(request: HttpRequest) -> HttpResponse:
    """500: our fault. The page draws no frame, since what the frame needs may be what is broken."""
    text = _(
        "Something broke on our side. What you sent was not kept; what was there before is unchanged. Try again in a minute."
    )
    if request.headers.get("HX-Request"):
        return HttpResponse(text, status=500, content_type="text/plain; charset=utf-8")
    return render(request, "core/broken.html", {"title": _("Something broke"), "text": text}, status=500)


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that is too old or came from elsewhere."""
    text = _(
        "This form is too old, or cookies are switched off. Nothing was changed. Go back, load the page again and send it once more."
    )
    return _answer(request, 403, _("The form was not accepted"), text)
