"""The members of an audience as a CSV file, for people who work on in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.models import User
from core.services import audit
from marketing.models import Audience
from marketing.services import audiences, consents

MOST, BATCH = 50_000, 1_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # what a spreadsheet would run (OWASP)


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
    head = [
        _("Name"), _("E-mail"), _("Job title"), _("Role"), _("Language"), _("Company"), _("Industry"), _("Country"),
        _("Owner"), _("May be written to"),
    ]  # fmt: skip
    return lines(head, _cells(members.select_related("company", "owner").order_by("pk")))


def _cells(members: Any) -> Iterator[list[str]]:
    found = members.iterator(BATCH)
    while batch := list(islice(found, BATCH)):
        refused = consents.refusals(batch)
        for one in batch:
            company = one.company
            yield [
                one.name, one.email, one.title, one.get_role_display(), one.language, company.name if company else "",
                company.industry if company else "", company.country if company else "", str(one.owner or ""),
                _("no") if refused[one.pk] else _("yes"),
            ]  # fmt: skip


class _Line:
    """A file that hands back what is written."""

    def write(self, text: str) -> str:
        return text


def lines(head: list[str], cells: Iterator[list[str]]) -> Iterator[str]:
    """Return the lines of a CSV file that a spreadsheet opens as UTF-8 and runs nothing of."""
    writer: Any = csv.writer(_Line())
    yield "\ufeff"  # spreadsheets take it for UTF-8 then
    yield writer.writerow(head)
    for row in cells:
        yield writer.writerow([plain(cell) for cell in row])


def plain(cell: str) -> str:
    """Return a cell no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
