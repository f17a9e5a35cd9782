"""From the hub's opaque source ("crm.message:123") to the page it came from, for those who may read that page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from crm.models import Message, Pitch


@login_required
def source(request: HttpRequest, name: str) -> HttpResponse:
    """Send on to the message on its lead page, or to the pitch; a stranger gets 404 as for a source that is gone."""
    noun, _, number = name.partition(":")
    if not number.isdecimal() or len(number) > 18:
        raise Http404
    if noun == "crm.message":
        message = get_object_or_404(Message.objects.for_user(request.user), pk=int(number))
        return redirect(f"{reverse('lead', args=[message.lead_id])}#message-{message.pk}")
    if noun == "crm.pitch":
        return redirect("pitch", get_object_or_404(Pitch.objects.for_user(request.user), pk=int(number)).pk)
    raise Http404
