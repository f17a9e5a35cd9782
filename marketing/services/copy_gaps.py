"""Which recipients a copy could not speak to: a personal part is missing, or there is no copy for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Lower, NullIf, Substr

from core.models import User
from crm.models import Contact
from marketing.models import Campaign, CampaignCopy
from marketing.services import audiences, copies, personal

SHOWN = 100  # recipients told by name; all are tried
BATCH, KEPT = 1_000, 10_000
# Where a part is empty: the field of Contact it comes from.
_FIELDS = {
    "contact.first_name": "name", "contact.name": "name", "contact.title": "title", "contact.email": "email",
    **{f"company.{name}": f"company__{name}" for name in personal.FIELDS["company"]},
}  # fmt: skip
_READ = ("language", "company__language", *dict.fromkeys(_FIELDS.values()))

Lack = tuple[tuple[str, ...], str]  # the parts that are missing, and why the text cannot be made at all


@dataclass(frozen=True, slots=True)
class Gap:
    """A recipient and the parts that are missing, as a copy names them; `why` if the text cannot be made at all."""

    contact: Contact
    parts: tuple[str, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Gaps:
    """What was found over the whole audience of `n` recipients.

    `lacking` of them lack something: each part in `parts` with how many lack it, the most first. `gaps` are the first
    SHOWN of them. `speechless` have no copy.
    """

    n: int
    speechless: int
    lacking: int = 0
    parts: tuple[tuple[str, int], ...] = ()
    gaps: tuple[Gap, ...] = ()

    @property
    def more(self) -> int:
        """Recipients that lack something and are not told by name."""
        return self.lacking - len(self.gaps)


def find(campaign: Campaign, *, user: User, tried: bool = True) -> Gaps:
    """Look over the audience before anything is sent: the database finds who lacks a field, and each of them is tried.

    Without `tried` only the audience and those without a copy are counted. Raises ValidationError if the audience's
    conditions are not right.
    """
    if campaign.audience is None:
        return Gaps(0, 0)
    rows = _with_language(audiences.contacts(campaign.audience.conditions, user=user)).order_by()
    found = list(copies.of(campaign))
    spoken = {copy.language for copy in found}
    counted = rows.aggregate(n=Count("pk"), speechless=Count("pk", filter=~Q(code__in=spoken)))
    picky = spoken - {copy.language for copy in found if copy.segment_id is None}
    doubtful = Q(code__in=picky)  # who is of none of the segments has no copy either
    for copy in found if tried else ():
        doubtful |= Q(_empty({_FIELDS[part] for part in _named(copy) if part in _FIELDS}), code=copy.language)
    people = rows.filter(doubtful).select_related("company").only(*_READ).order_by("name", "pk")
    if any(copy.segment_id for copy in found):
        people = copies.with_segment(people)
    return _try(campaign, people, counted["n"], counted["speechless"], tried=tried)


def gap_of(copy: CampaignCopy, contact: Contact, campaign: Campaign) -> Gap | None:
    """Return what a copy lacks for one recipient, or None if it can be sent to them."""
    lack = _lack(copy, personal.values(contact, campaign))
    return Gap(contact, *lack) if lack else None


def _try(campaign: Campaign, people: QuerySet[Contact], n: int, speechless: int, *, tried: bool) -> Gaps:
    choose, lack_of = copies.chooser(campaign), _trier(campaign)
    parts: Counter[str] = Counter()
    gaps: list[Gap] = []
    lacking = 0
    for contact in people.iterator(BATCH):
        mine = choose(contact)
        if mine is None:
            speechless += 1
        elif tried and (lack := lack_of(mine, contact)):
            lacking += 1
            parts.update(lack[0])
            if len(gaps) < SHOWN:
                gaps.append(Gap(contact, *lack))
    return Gaps(n, speechless, lacking, tuple(parts.most_common()), tuple(gaps))


def _trier(campaign: Campaign) -> Callable[[CampaignCopy, Contact], Lack | None]:
    """Return what says what a copy lacks for a contact; a text is filled in once for all contacts it says the same of."""
    asked: dict[int, tuple[list[str], set[str]]] = {}
    by_key: dict[tuple[int, tuple[str, ...]], Lack | None] = {}

    def lack_of(copy: CampaignCopy, contact: Contact) -> Lack | None:
        if copy.pk not in asked:
            asked[copy.pk] = sorted(_named(copy)), set().union(*(personal.compared(text) for text in _texts(copy)))
        parts, compared = asked[copy.pk]
        key = copy.pk, tuple(_told(contact, part, by_value=part in compared) for part in parts)
        if key not in by_key:
            if len(by_key) >= KEPT:
                by_key.clear()
            by_key[key] = _lack(copy, personal.values(contact, campaign))
        return by_key[key]

    return lack_of


def _told(contact: Contact, part: str, *, by_value: bool) -> str:
    """What tells contacts apart by a part: what stands there, or only whether anything does."""
    company, _of, name = _FIELDS.get(part, "").rpartition("__")
    value = personal.line(getattr(contact.company if company else contact, name, "")) if name else ""
    return value if by_value else "x" * bool(value)


def _lack(copy: CampaignCopy, values: dict[str, dict[str, str]]) -> Lack | None:
    try:
        parts = personal.missing(copy, values)
        if not parts:
            for variant in range(len(copy.subjects)):
                copies.text(copy, values, variant)
    except ValidationError as error:
        return (), " ".join(error.messages)
    return (tuple(sorted(parts)), "") if parts else None


def _named(copy: CampaignCopy) -> set[str]:
    """The parts that may be missing: of a text without branches and filters those it cannot do without, of another all it names."""
    return set().union(*(_of_text(text) for text in _texts(copy)))


@lru_cache(maxsize=KEPT)
def _of_text(text: str) -> frozenset[str]:
    try:
        return frozenset(personal.variables(text) if "{%" in text or "|" in text else personal.needed(text))
    except ValidationError:  # a text that is not right is told of elsewhere, and is everybody's
        return frozenset()


def _texts(copy: CampaignCopy) -> list[str]:
    return [*copy.subjects, *(sentence.text for sentence in copy.sentences.all())]


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
