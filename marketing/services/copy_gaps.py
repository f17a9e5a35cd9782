"""Which recipients a copy could not speak to: a personal part is missing, or there is no copy in their language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Lower, NullIf, Substr

from core.models import User
from crm.models import Contact
from marketing.models import Campaign, CampaignCopy
from marketing.services import audiences, copies, personal

SHOWN = 100  # recipients looked at one by one
# Where a part is empty: the field of Contact it comes from.
_FIELDS = {
    "contact.first_name": "name", "contact.name": "name", "contact.title": "title", "contact.email": "email",
    **{f"company.{name}": f"company__{name}" for name in personal.FIELDS["company"]},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gap:
    """A recipient and the parts that are missing, as a copy names them; `why` if the text cannot be made at all."""

    contact: Contact
    parts: tuple[str, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Gaps:
    """What was found over the audience: `n` recipients, `gaps` among the first SHOWN of `doubtful`, `speechless` without a copy."""

    n: int
    gaps: tuple[Gap, ...]
    doubtful: int
    speechless: int

    @property
    def more(self) -> int:
        """Recipients with an empty field who were not looked at one by one."""
        return max(self.doubtful - SHOWN, 0)


def find(campaign: Campaign, *, user: User) -> Gaps:
    """Look over the audience before anything is sent: the database finds who lacks a field, the first SHOWN are tried.

    Raises ValidationError if the audience's conditions are not right.
    """
    if campaign.audience is None:
        return Gaps(0, (), 0, 0)
    rows = _with_language(audiences.contacts(campaign.audience.conditions, user=user)).order_by()
    found = list(copies.of(campaign).prefetch_related("sentences"))
    codes = {copy.language for copy in found}
    doubtful = Q(pk__in=[])
    for copy in found:
        fields = {_FIELDS[part] for part in needed(copy) if part in _FIELDS}
        if fields:
            doubtful |= Q(_empty(fields), code=copy.language)
    lacking = rows.filter(doubtful)
    choose = copies.chooser(campaign)
    gaps = []
    for contact in lacking.select_related("company").order_by("pk")[:SHOWN]:
        mine = choose(contact)
        gap = mine and gap_of(mine, contact, campaign)
        if gap:
            gaps.append(gap)
    counted = rows.aggregate(
        n=Count("pk"), doubtful=Count("pk", filter=doubtful), speechless=Count("pk", filter=~Q(code__in=codes))
    )
    return Gaps(
        counted["n"], tuple(sorted(gaps, key=lambda gap: gap.contact.name)), counted["doubtful"], counted["speechless"]
    )


def gap_of(copy: CampaignCopy, contact: Contact, campaign: Campaign) -> Gap | None:
    """Return what a copy lacks for one recipient, or None if it can be sent to them."""
    values = personal.values(contact, campaign)
    try:
        parts = personal.missing(copy, values)
        if not parts:
            for variant in range(len(copy.subjects)):
                copies.text(copy, values, variant)
    except ValidationError as error:
        return Gap(contact, (), " ".join(error.messages))
    return Gap(contact, tuple(sorted(parts))) if parts else None


def needed(copy: CampaignCopy) -> set[str]:
    """Return the parts a copy cannot do without; those with a default or asked for first are not among them."""
    texts = [*copy.subjects, *(sentence.text for sentence in copy.sentences.all())]
    return set().union(*(personal.needed(text) for text in texts))


def _empty(fields: set[str]) -> Q:
    empty = Q(pk__in=[])
    for field in fields:
        empty |= Q(**{field: ""})
        if field.startswith("company__"):
            empty |= Q(company__isnull=True)
    return empty


def _with_language(rows: QuerySet[Contact]) -> QuerySet[Any]:
    """The same rule as `copies.language_of`, in the database: `code` is en, zh …"""
    known = Coalesce(NullIf("language", Value("")), NullIf("company__language", Value("")), Value("en"))
    return rows.annotate(code=Lower(Substr(known, 1, 2)))
