"""The guard of every page about a campaign: sales reps are refused, readers may not write."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from core.models import User
from core.scoping import may
from crm.views.sentence_editor import number
from marketing.models import Campaign


def check_reader(user: User) -> None:
    """Refuse who does not see campaigns at all; raises PermissionDenied."""
    if not may(user, "marketing"):
        raise PermissionDenied(_("Campaigns and audiences are kept by marketing. Ask a marketing manager to show you."))


def check_editor(user: User) -> None:
    """Refuse who may not change campaigns; raises PermissionDenied."""
    check_reader(user)
    if not may(user, "marketing", "edit"):
        raise PermissionDenied(
            _("You may read this, but only marketing may change campaigns and audiences. Nothing was written.")
        )


def campaign_or_404(request: HttpRequest, pk: int) -> Campaign:
    """Return the campaign with audience, need, segment and owner; raises PermissionDenied to a rep, else Http404."""
    check_reader(request.user)
    rows = Campaign.objects.for_user(request.user).select_related("audience", "need", "segment", "owner")
    return get_object_or_404(rows, pk=pk)


def editable(request: HttpRequest, pk: int) -> Campaign:
    """Return the campaign if the person may change it; raises PermissionDenied to others before anything is read."""
    check_editor(request.user)
    return campaign_or_404(request, pk)


def seen_version(request: HttpRequest) -> int:
    """Return the version of the row that the person saw; 0, which no row has, if the form does not say: that is stale."""
    return number(request.POST.get("version"))


def of_campaign(request: HttpRequest, campaign: Campaign, **context: Any) -> dict[str, Any]:
    """Return the context that `_campaign_head.html` needs, with the page's own."""
    return {"campaign": campaign, "may_edit": may(request.user, "marketing", "edit"), **context}
