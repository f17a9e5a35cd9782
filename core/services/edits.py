"""Change a row once, tell the second person who tries, and write it down."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import Row, User
from core.services import audit

R = TypeVar("R", bound=Row)


class Stale(Exception):
    """Somebody else changed the row first; the message says so in plain words."""


def change(
    row: R, *, by: User | None, verb: str = "change", expected: int | None = None, reason: str = "", **values: Any
) -> R:
    """Set `values` on the row in one conditional UPDATE and audit what differs; returns the row with its new version.

    Raises Stale if `expected` (the version the person saw) is no longer the row's.
    """
    before = {name: getattr(row, name) for name in values if getattr(row, name) != values[name]}
    with transaction.atomic():
        model = type(row)
        seen = row.version if expected is None else expected
        if not before:
            if expected is not None and not model._default_manager.filter(pk=row.pk, version=seen).exists():
                raise Stale(_stale_text())
            return row
        changed = model._default_manager.filter(pk=row.pk, version=seen).update(
            **{name: values[name] for name in before}, version=F("version") + 1, updated_at=timezone.now()
        )
        if not changed:
            raise Stale(_stale_text())
        for name in before:
            setattr(row, name, values[name])
        row.version = seen + 1
        audit.record(verb, row, by=by, before=before, after={name: values[name] for name in before}, reason=reason)
    return row


def _stale_text() -> str:
    return _(
        "Somebody changed this while you had it open. Nothing of yours was written; look at the new state and try again."
    )
