"""Search over everything a person may read: a page, and the fragment the palette shows."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core.services import search as service


@login_required
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Show what was found for `?q=`, by noun; `?noun=` shows more of one; `?palette=1` is the fragment."""
    words, noun = request.GET.get("q", "")[:200].replace("\x00", ""), request.GET.get("noun", "")
    limit = 50 if noun else 5
    groups = service.find(request.user, words, limit=limit, noun=noun)
    template = "core/_palette_hits.html" if "palette" in request.GET else "core/search.html"
    enough = service.is_enough(words)
    return render(request, template, {"words": words, "groups": groups, "enough": enough, "noun": noun})
