"""The members of an audience as a CSV file, for people who work on in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.models import User
from core.services import audit
from marketing.models import Audience
from marketing.services import audiences, consents

MOST, BATCH = 50_000, 1_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # what a spreadsheet would run (OWASP)


class _Line:
    """A file that hands back what is written."""

    def write(self, text: str) -> str:
        return text


def rows(audience: Audience, *, by: User) -> Iterator[str]:
    """Write down that `by` took the file, and return its lines. Raises ValidationError if the audience is too large."""
    members = audiences.contacts(audience.conditions, user=by)
    n = members.order_by().count()
    if n > MOST:
        raise ValidationError(
            _("A file holds at most %(most)s contacts; these are %(n)s. Narrow the audience down.")
            % {"most": f"{MOST:,}", "n": f"{n:,}"}
        )
    audit.record("export", audience, by=by, after={"contacts": n})
    return _lines(members.select_related("company", "owner").order_by("pk"))


def _lines(members: Any) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield "\ufeff"  # spreadsheets take it for UTF-8 then
    yield writer.writerow([_("Name"), _("E-mail"), _("Job title"), _("Role"), _("Language"), _("Company"), _("Industry"), _("Country"), _("Owner"), _("May be written to")])  # fmt: skip
    batch: list[Any] = []
    for contact in members.iterator(BATCH):
        batch.append(contact)
        if len(batch) == BATCH:
            yield from _batch(writer, batch)
            batch = []
    yield from _batch(writer, batch)


def _batch(writer: Any, contacts: list[Any]) -> Iterator[str]:
    refused = consents.refusals(contacts)
    for one in contacts:
        company = one.company
        cells = [
            one.name, one.email, one.title, one.get_role_display(), one.language, company.name if company else "",
            company.industry if company else "", company.country if company else "", str(one.owner or ""),
            _("no") if refused[one.pk] else _("yes"),
        ]  # fmt: skip
        yield writer.writerow([plain(cell) for cell in cells])


def plain(cell: str) -> str:
    """Return a cell no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
