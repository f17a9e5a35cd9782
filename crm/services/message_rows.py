"""A message as a plain mapping (a line of JSONL), checked key by key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, TypeVar

from core.models import User
from crm.models import Lead, Message
from crm.services.intake import CompanyHint, ContactHint, IntakeData

H = TypeVar("H", CompanyHint, ContactHint)
_TEXTS = ("text", "html", "channel", "subject", "title", "source")


def parse(row: Any, *, by: User | None) -> IntakeData:
    """Return the row as intake data; raises ValueError that names the key which does not fit.

    `id` counts as `external_id` where that is not given. `company` and `contact` are objects, or a name and an e-mail
    address. Keys that say nothing here are ignored.
    """
    if not isinstance(row, dict):
        raise ValueError("not an object")
    texts: dict[str, Any] = {name: _text(row, name) for name in _TEXTS if row.get(name) is not None}
    if "text" not in texts and "html" not in texts:
        raise ValueError("“text” is missing")
    channel = texts.setdefault("channel", Message.Channel.MAIL)
    if channel not in Message.Channel.values:
        raise ValueError(f"“channel” is none of {', '.join(Message.Channel.values)}")
    external = row.get("external_id", row.get("id", ""))
    if not isinstance(external, str | int) or isinstance(external, bool):
        raise ValueError("“external_id” is no text")
    outgoing = row.get("outgoing", False)
    if not isinstance(outgoing, bool):
        raise ValueError("“outgoing” is neither true nor false")
    return IntakeData(
        **texts, external_id=str(external), sent_at=_time(row), outgoing=outgoing, lead=_lead(row, by),
        company=_hint(row, "company", CompanyHint, "name"), contact=_hint(row, "contact", ContactHint, "email"),
    )  # fmt: skip


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row[name]
    if not isinstance(value, str):
        raise ValueError(f"“{name}” is no text")
    return value


def _time(row: Mapping[str, Any]) -> datetime | None:
    value = row.get("sent_at")
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("“sent_at” is no ISO 8601 time") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _lead(row: Mapping[str, Any], by: User | None) -> Lead | None:
    pk = row.get("lead")
    if pk is None:
        return None
    rows = Lead.objects.all() if by is None else Lead.objects.for_user(by, "edit")
    found = rows.filter(pk=pk).first() if isinstance(pk, int) and not isinstance(pk, bool) and 0 < pk < 2**63 else None
    if found is None:
        raise ValueError("“lead” is no lead of yours")
    return found


def _hint(row: Mapping[str, Any], name: str, kind: type[H], short: str) -> H:
    value = row.get(name)
    if value is None:
        return kind()
    if isinstance(value, str):
        value = {short: value}
    if not isinstance(value, dict):
        raise ValueError(f"“{name}” is no object")
    known = {f.name: f.type for f in fields(kind)}
    given = {key: item for key, item in value.items() if key in known and item is not None}
    for key, item in given.items():
        wanted: type = int if key == "employees" else str
        if not isinstance(item, wanted) or isinstance(item, bool):
            raise ValueError(f"“{name}.{key}” is no {'number' if wanted is int else 'text'}")
    return kind(**given)
