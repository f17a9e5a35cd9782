"""News of the hub that the sales side hears, and what it tells the hub: that somebody's words were deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from crm.models import Contact, Message, Pitch
from crm.services import rereading
from modelhub import interface
from modelhub.signals import assignment_changed


@receiver(assignment_changed)
def offer_rereading(
    *, change: int, task: str, segment: int | None, segments: Sequence[int | None], before: str, after: str, **_: Any
) -> None:
    """Offer to read the open messages again that another reader serves now."""
    if task == "read":
        rereading.offer(change, segment=segment, segments=segments, before=before, after=after)


@receiver(pre_delete, sender=Message)
def forget_message(instance: Message, **_: Any) -> None:
    """Take the words of a message out of the hub when it, its lead or its company goes."""
    interface.forget(instance.source, instance.text)


@receiver(pre_delete, sender=Pitch)
def forget_pitch(instance: Pitch, **_: Any) -> None:
    """Take what was predicted for a pitch out of the hub."""
    interface.forget(f"crm.pitch:{instance.pk}")


@receiver(pre_delete, sender=Contact)
def forget_contact(instance: Contact, **_: Any) -> None:
    """Take a person's words out of the hub; their messages stay on the lead, without their name."""
    for message in Message.objects.filter(contact=instance).only("pk", "text"):
        interface.forget(message.source, message.text)
