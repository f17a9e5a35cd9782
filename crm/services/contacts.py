"""Contacts: made and edited."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from core.models import Team, User
from core.services import audit, edits
from crm.models import Company, Contact

EDITABLE = ("name", "company", "email", "phone", "title", "role", "language", "owner")


def create(
    *,
    by: User | None,
    name: str,
    company: Company | None = None,
    owner: User | None = None,
    team: Team | None = None,
    **values: Any,
) -> Contact:
    """Make a contact; its team is the owner's, else the company's. Raises ValidationError."""
    _known(values)
    owner = owner or by
    team = team or (owner.team if owner else None) or (company.team if company else None)
    row = Contact(name=name.strip(), company=company, owner=owner, team=team, **_tidy(values))
    row.clean_fields(exclude=["company", "owner", "team"])
    with transaction.atomic():
        row.save()
        audit.record("make", row, by=by, after={"name": row.name, "company": company})
    return row


def edit(contact: Contact, *, by: User | None, expected: int | None, **values: Any) -> Contact:
    """Change fields of EDITABLE. Raises ValidationError (nothing is written) and Stale."""
    _known(values)
    values = _tidy(values)
    if values.get("owner") is not None and values["owner"].team_id:
        values["team"] = values["owner"].team
    copy = Contact(**{name: getattr(contact, name) for name in ("name", "email", "role")})
    for name, value in values.items():
        setattr(copy, name, value)
    copy.clean_fields(exclude=["company", "owner", "team"])
    return edits.change(contact, by=by, expected=expected, **values)


def _tidy(values: dict[str, Any]) -> dict[str, Any]:
    values = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    if values.get("email"):
        values["email"] = values["email"].lower()
    return values


def _known(values: dict[str, Any]) -> None:
    unknown = set(values) - set(EDITABLE)
    if unknown:
        raise TypeError(f"not editable: {', '.join(sorted(unknown))}")
