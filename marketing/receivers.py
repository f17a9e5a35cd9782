"""When a contact is deleted, the mails that were planned for them forget the address; what must never be written to again stays.

When two contacts become one, the one that is kept has the mails and the consents of both.
"""

from __future__ import annotations

from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from crm.models import Contact
from crm.signals import contacts_merging
from marketing.models import Delivery, InboundMail, Response
from marketing.services import contact_ledger

WAITING = (Delivery.State.PLANNED, Delivery.State.CLAIMED)


@receiver(pre_delete, sender=Contact)
def forget(instance: Contact, **_: Any) -> None:
    """Skip what waits for a contact, forget where it went and what came back in words, for servers and mails name addresses.

    Suppressions are keyed hashes and outlive them.
    """
    rows = Delivery.objects.filter(contact=instance)
    rows.filter(state__in=WAITING).update(
        state=Delivery.State.SKIPPED, reason=Delivery.Skipped.GONE, lease_until=None, lease_token=""
    )
    Response.objects.filter(delivery__in=rows).update(detail="")
    InboundMail.objects.filter(delivery__in=rows).update(sender="", subject="", detail="")
    rows.update(address="", error="")


@receiver(contacts_merging)
def follow_merge(*, kept: Contact, gone: Contact, **_: Any) -> dict[str, list[int]]:
    """Move what marketing knows of a contact to the one it becomes part of; returns the numbers of what moved, by noun."""
    return contact_ledger.merge(kept, gone)
