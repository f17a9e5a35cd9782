"""Write down who changed what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import structlog
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from core.models import AuditEntry, User


def record(
    verb: str,
    row: models.Model,
    *,
    by: User | None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> AuditEntry:
    """Write an audit entry in the caller's transaction; `before` and `after` hold only what changed."""
    return AuditEntry.objects.create(
        actor=by,
        verb=verb,
        noun=row._meta.model_name or "",
        object_id=str(row.pk),
        label=str(row)[:200],
        before=_plain(before),
        after=_plain(after),
        reason=reason,
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64],
    )


def _plain(values: Mapping[str, Any] | None) -> Any:
    return json.loads(json.dumps(dict(values or {}), cls=DjangoJSONEncoder, default=str))
