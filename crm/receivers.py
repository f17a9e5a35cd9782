"""What the sales side does when it hears news of the hub: a row of its own, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver

from crm.services import rereading
from modelhub.signals import assignment_changed


@receiver(assignment_changed)
def offer_rereading(
    *, change: int, task: str, segment: int | None, segments: Sequence[int | None], before: str, after: str, **_: Any
) -> None:
    """Offer to read the open messages again that another reader serves now."""
    if task == "read":
        rereading.offer(change, segment=segment, segments=segments, before=before, after=after)
