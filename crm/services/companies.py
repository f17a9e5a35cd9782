"""Companies: made, found by name, edited."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.models import Team, User
from core.services import audit, edits
from crm.models import Company
from crm.services import leads

EDITABLE = ("name", "domain", "industry", "employees", "country", "region", "language", "notes", "owner")
_FACTS = {"industry", "employees", "country", "region", "language"}


def create(
    *, by: User | None, name: str, owner: User | None = None, team: Team | None = None, **values: Any
) -> Company:
    """Make a company; its team is the owner's, else that of `by`. Raises ValidationError."""
    _known(values)
    owner = owner or by
    row = Company(name=name.strip(), owner=owner, team=team or (owner.team if owner else None), **_tidy(values))
    row.clean_fields(exclude=["owner", "team"])
    with transaction.atomic():
        row.save()
        audit.record("make", row, by=by, after={"name": row.name})
    return row


def named(name: str, *, by: User) -> Company:
    """Return the company of that name (any case) which `by` sees, or make it. Raises ValidationError."""
    return Company.objects.for_user(by).filter(name__iexact=name.strip()).order_by("id").first() or create(
        by=by, name=name
    )


def edit(company: Company, *, by: User | None, expected: int | None, **values: Any) -> Company:
    """Change fields of EDITABLE; the company's leads are sorted into segments anew. Raises ValidationError, Stale."""
    _known(values)
    values = _tidy(values)
    if values.get("owner") is not None and values["owner"].team_id:
        values["team"] = values["owner"].team
    copy = Company(**{name: getattr(company, name) for name in ("name", "domain", "country")})
    for name, value in values.items():
        setattr(copy, name, value)
    copy.clean_fields(exclude=["owner", "team"])
    changed = {name for name, value in values.items() if getattr(company, name) != value}
    with transaction.atomic():
        edits.change(company, by=by, expected=expected, **values)
        if changed & _FACTS:
            for lead in company.leads.select_related("company", "pipeline", "segment"):
                leads.set_segment(lead)
    return company


def domain_of(address: str) -> str:
    """Return the bare domain of a web address or domain: `https://www.Acme.com/x` → `acme.com`."""
    address = address.strip().lower()
    host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
    return host.removeprefix("www.")


def _tidy(values: dict[str, Any]) -> dict[str, Any]:
    values = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    if values.get("domain"):
        try:
            values["domain"] = domain_of(values["domain"])
        except ValueError:
            raise ValidationError({"domain": _("This is no web domain.")}) from None
    if "country" in values:
        values["country"] = (values["country"] or "").upper()
    return values


def _known(values: dict[str, Any]) -> None:
    unknown = set(values) - set(EDITABLE)
    if unknown:
        raise TypeError(f"not editable: {', '.join(sorted(unknown))}")
