"""The guard of every page about one row: a stranger finds nothing, a reader may not write."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from core.models import User
from core.scoping import ScopedQuerySet, may


def readable(rows: ScopedQuerySet, user: User, pk: int) -> Any:
    """Return the row if `user` sees it; raises Http404."""
    return get_object_or_404(rows.for_user(user), pk=pk)


def editable(rows: ScopedQuerySet, user: User, pk: int) -> Any:
    """Return the row if `user` may change it; raises Http404 to a stranger and PermissionDenied to a reader."""
    row = readable(rows, user, pk)
    if not rows.for_user(user, "edit").filter(pk=pk).exists():
        raise PermissionDenied(
            _("You may read this, but only its owner or a sales manager may change it. Nothing was written.")
        )
    return row


def check_may_add(user: User) -> None:
    """Refuse who may not add rows of the sales side; raises PermissionDenied."""
    if not may(user, "sales", "edit"):
        raise PermissionDenied(_("Leads, companies and contacts are kept by sales. Nothing was written."))


def edit_ids(rows: ScopedQuerySet, user: User, page: list[Any]) -> set[int]:
    """Return the ids of those rows of a page that `user` may change; one query."""
    return set(rows.for_user(user, "edit").filter(pk__in=[row.pk for row in page]).values_list("pk", flat=True))


def say_problem(request: HttpRequest, error: Exception) -> None:
    """Show what was refused above the page."""
    text = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
    messages.warning(request, text)


def local_path(request: HttpRequest, fallback: str) -> str:
    """Return the page of ours a form wants to go back to, or `fallback`; never another site's."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    good = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, None)
    return wanted if good else fallback
