"""Freeze an audience: one row per person, written in chunks, however often it is tried."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import CharField, Q, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import User
from crm.models import Contact
from marketing.models import Campaign, CampaignCopy, Delivery
from marketing.models.deliveries import DeliveryQuerySet
from marketing.services import audiences, consents, copies, personal, signatures

State, Skipped = Delivery.State, Delivery.Skipped
CHUNK = 500
STEP = 1

Going = Callable[[int], bool]  # hears how many rows there are; False: stop here, it goes on another time


def plan(campaign: Campaign, *, by: User, going: Going = lambda done: True) -> bool:
    """Write a row for each contact of the audience, those that get no mail with the reason; False if it was stopped.

    Contacts are those `by` may read. People who have a row keep it. Raises ValidationError without an audience.
    """
    if campaign.audience is None:
        raise ValidationError(_("This campaign has no audience. Choose one, then send. Nothing was sent."))
    audience = audiences.contacts(campaign.audience.conditions, user=by)
    people = copies.with_segment(audience).select_related("company").order_by("pk")
    planned = Delivery.objects.filter(campaign=campaign, step=STEP)
    taken = set(planned.exclude(state=State.SKIPPED).values_list("address", flat=True))
    choose, last = copies.chooser(campaign), 0
    while chunk := list(people.filter(pk__gt=last)[:CHUNK]):
        last = chunk[-1].pk
        have = _have(planned, [contact.pk for contact in chunk])
        _write(campaign, [contact for contact in chunk if contact.pk not in have], choose, taken)
        if not going(last):
            return False
    Campaign.objects.filter(pk=campaign.pk).update(planned_at=timezone.now())
    return True


def _have(planned: DeliveryQuerySet, ids: list[int]) -> set[int]:
    """Those of these contacts who have a row: their own, or that of a contact that became part of them meanwhile."""
    rows = planned.filter(Q(person__in=ids) | Q(contact__in=ids)).values_list("person", "contact")
    return {pk for row in rows for pk in row if pk}


def _write(
    campaign: Campaign, chunk: list[Contact], choose: Callable[[Contact], CampaignCopy | None], taken: set[str]
) -> None:
    refusals, now = consents.refusals(chunk), timezone.now()
    rows = []
    for contact in chunk:
        address = contact.email.strip().lower()
        copy = choose(contact)
        reason = (
            refusals[contact.pk] or _unfit(campaign, contact, copy) or (Skipped.DUPLICATE if address in taken else "")
        )
        rows.append(_row(campaign, contact, copy, address, reason, now))
        if not reason:
            taken.add(address)
    with transaction.atomic():
        Delivery.objects.bulk_create(rows, ignore_conflicts=True)
        Delivery.objects.filter(
            campaign=campaign, step=STEP, person__in=[row.person for row in rows], message_id__startswith="<planned."
        ).update(
            message_id=Concat(Value(f"<c.{campaign.pk}."), Cast("pk", CharField()), Value(f"@{signatures.domain()}>"))
        )


def _unfit(campaign: Campaign, contact: Contact, copy: CampaignCopy | None) -> str:
    """Why the words do not fit a contact, or ""."""
    if copy is None:
        return Skipped.NO_COPY
    try:
        return Skipped.MISSING if personal.missing(copy, personal.values(contact, campaign)) else ""
    except ValidationError:  # the text cannot be made for them, which is no reason to hold up the others
        return Skipped.MISSING


def _row(
    campaign: Campaign, contact: Contact, copy: CampaignCopy | None, address: str, reason: str, now: datetime
) -> Delivery:
    variants = len(copy.subjects) if copy and copy.subjects else 1
    return Delivery(
        campaign=campaign,
        step=STEP,
        contact=contact,
        person=contact.pk,
        copy=copy,
        variant=zlib.crc32(f"{campaign.pk}.{contact.pk}".encode()) % variants,  # fair, and the same if planned twice
        address=address,
        domain=address.rpartition("@")[2][:120],
        state=State.SKIPPED if reason else State.PLANNED,
        reason=reason,
        message_id=f"<planned.{campaign.pk}.{STEP}.{contact.pk}>",  # its own number comes with the row
        due_at=now,
    )
