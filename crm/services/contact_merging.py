"""Two contacts that are one person: one stays, and all that pointed at the other points at it from then on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import User
from core.services import audit, edits
from crm.models import Activity, Contact, Lead, MergedContact, Message, Pitch
from crm.models.companies import ContactQuerySet
from crm.services import activities
from crm.signals import contacts_merging

FIELDS = ("name", "company", "email", "phone", "title", "role", "language", "owner", "team")
FILLED = ("company", "email", "phone", "title", "language")  # taken from the other where the kept one has nothing
SUGGESTED = 5


class AlreadyMerged(edits.Stale):
    """The two are one contact by now; `kept` is the one that is left."""

    def __init__(self, kept: Contact) -> None:
        super().__init__(_("These two are one contact already. Nothing more was changed."))
        self.kept = kept


def merge(kept: Contact, gone: Contact, *, by: User | None, expected: int, gone_expected: int) -> Contact:
    """Make `gone` a part of `kept` and delete it; returns `kept` as it is then. All or nothing.

    Leads, messages and pitches move here; what other apps keep of a contact is moved by who hears `contacts_merging`.
    Empty fields of the kept one are filled. Raises Stale for versions that are not the rows' any more, AlreadyMerged if
    it was done before, and ValidationError for one and the same contact.
    """
    if kept.pk == gone.pk:
        raise ValidationError(_("That is the same contact. Choose another one; nothing was changed."))
    with transaction.atomic():
        _hold(kept, gone, by=by, expected=expected, gone_expected=gone_expected)
        before, lost = _facts(kept), {**_facts(gone), **_numbers(gone)}
        _fill(kept, gone)
        moved = _move(kept, gone, by=by)
        for _receiver, theirs in contacts_merging.send(Contact, kept=kept, gone=gone, by=by):
            if isinstance(theirs, dict):
                moved |= theirs
        _nothing_left(gone)
        MergedContact.objects.create(
            contact=kept, number=gone.pk, name=gone.name, email=gone.email.strip().lower(), by=by
        )
        after = _facts(kept)
        filled = [name for name in FIELDS if before[name] != after[name]]
        audit.record(
            "merge", kept, by=by,
            before={**{name: before[name] for name in filled}, "merged": {"id": gone.pk, **lost}},
            after={**{name: after[name] for name in filled}, **moved},
        )  # fmt: skip
        gone.delete()
    return kept


def became(number: int, rows: ContactQuerySet) -> Contact | None:
    """Return the contact among `rows` that the contact of this number became part of."""
    found: Contact | None = rows.filter(merged__number=number).first()
    return found


def alike(contact: Contact, rows: ContactQuerySet) -> list[Contact]:
    """Return those of `rows` that may be the same person: the same address, or the same name at the same company."""
    others = rows.exclude(pk=contact.pk).select_related("company", "owner")
    found: dict[int, Contact] = {}
    if contact.email.strip():
        same = others.alias(low=Lower("email")).filter(low=contact.email.strip().lower())
        found |= {row.pk: row for row in same.order_by("id")[:SUGGESTED]}
    if contact.company_id:
        same = others.filter(company=contact.company_id, name__iexact=contact.name.strip())
        found |= {row.pk: row for row in same.order_by("id")[:SUGGESTED]}
    return list(found.values())[:SUGGESTED]


def pointing_at_contacts() -> Iterator[tuple[type[models.Model], str]]:
    """Every model of any app with a field that names contacts, and the field."""
    for relation in Contact._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ForeignObjectRel):
            yield relation.related_model, relation.field.name


def _hold(kept: Contact, gone: Contact, *, by: User | None, expected: int, gone_expected: int) -> None:
    """Lock both rows, so that nothing new is hung on them, and see that they are what the person saw."""
    there = set(Contact.objects.select_for_update().filter(pk__in=[kept.pk, gone.pk]).values_list("pk", flat=True))
    for one, other in ((kept, gone), (gone, kept)):
        if one.pk not in there and (left := became(one.pk, Contact.objects.filter(pk=other.pk))):
            raise AlreadyMerged(left)
    edits.change(kept, by=by, expected=expected)
    edits.change(gone, by=by, expected=gone_expected)
    kept.refresh_from_db()
    gone.refresh_from_db()


def _facts(contact: Contact) -> dict[str, Any]:
    return {name: getattr(contact, name) for name in FIELDS}


def _numbers(contact: Contact) -> dict[str, Any]:
    """Whom its fields name, by number, so that a merge can be undone by hand."""
    return {name: getattr(contact, name) for name in ("company_id", "owner_id", "team_id")}


def _fill(kept: Contact, gone: Contact) -> None:
    """Take over what the kept one lacks. Owner and team belong together, so they come together or not at all."""
    names = [name for name in FILLED if not getattr(kept, name)]
    if kept.role == Contact.Role.OTHER:
        names.append("role")
    if kept.owner_id is None and kept.team_id is None:
        names += ["owner", "team"]
    values = {name: getattr(gone, name) for name in names}
    Contact.objects.filter(pk=kept.pk).update(**values, version=F("version") + 1, updated_at=timezone.now())
    kept.refresh_from_db()


def _move(kept: Contact, gone: Contact, *, by: User | None) -> dict[str, list[int]]:
    """Point the sales side's rows at the kept one; returns their numbers by noun.

    Leads and pitches get a new version: who has one open saw another name, and perhaps another address.
    """
    moved: dict[str, list[int]] = {}
    for model in (Lead, Message, Pitch):
        rows = model._default_manager.filter(contact=gone)
        moved[f"{model._meta.model_name}s"] = list(rows.order_by("pk").values_list("pk", flat=True))
    now, told = timezone.now(), {"event": "contact-merged", "gone": gone.name, "kept": kept.name}
    for lead in Lead.objects.filter(contact=gone):
        text = activities.describe(Activity(kind=Activity.Kind.CHANGE, data=told))
        activities.log(lead, Activity.Kind.CHANGE, text, by=by, data=told)
    Lead.objects.filter(contact=gone).update(contact=kept, version=F("version") + 1, updated_at=now)
    if kept.email.strip().lower() != gone.email.strip().lower():  # what is ready was made so for another address
        Pitch.objects.filter(contact=gone, state=Pitch.State.READY).update(state=Pitch.State.DRAFT)
    Pitch.objects.filter(contact=gone).update(contact=kept, version=F("version") + 1, updated_at=now)
    Message.objects.filter(contact=gone).update(contact=kept)
    MergedContact.objects.filter(contact=gone).update(contact=kept)
    return moved


def _nothing_left(gone: Contact) -> None:
    """Refuse to delete a contact something still points at: somebody added a noun and forgot to move it."""
    for model, field in pointing_at_contacts():
        if model._base_manager.filter(**{field: gone}).exists():
            raise RuntimeError(f"{model._meta.label}.{field} is not moved when contacts are merged")
