"""Who holds which row: claims and their leases. Every change asks for state and token, so two workers never share a row."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Min, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from marketing.models import Campaign, Delivery
from marketing.models.deliveries import DeliveryQuerySet

State = Delivery.State


@dataclass(frozen=True, slots=True)
class Claim:
    """Rows of a campaign that one worker took at once; `token` proves it."""

    campaign: int
    token: str
    ids: tuple[int, ...]

    def rows(self, ids: Iterable[int], *states: str) -> DeliveryQuerySet:
        """Return those of these rows that are still ours and in one of these states (else: claimed)."""
        return Delivery.objects.filter(pk__in=list(ids), state__in=states or (State.CLAIMED,), lease_token=self.token)

    def attempt(self, ids: Iterable[int]) -> set[int]:
        """Commit `attempting`, before anything leaves; returns the rows that are ours and of a campaign still being sent."""
        wanted = list(ids)
        if not wanted:
            return set()
        changed = (
            self.rows(wanted)
            .filter(campaign__state=Campaign.State.SENDING)
            .update(state=State.ATTEMPTING, attempts=F("attempts") + 1, lease_until=lease())
        )
        if changed == len(wanted):
            return set(wanted)
        return set(self.rows(wanted, State.ATTEMPTING).values_list("pk", flat=True))

    def lengthen(self, ids: Iterable[int]) -> set[int]:
        """Lengthen the lease of rows that are attempting and not handed over yet; returns those that are still ours."""
        rows = self.rows(ids, State.ATTEMPTING).filter(lease_until__gt=timezone.now())
        rows.update(lease_until=lease())
        return set(rows.values_list("pk", flat=True))

    def give_back(self, ids: Iterable[int]) -> None:
        """Let rows wait again that were committed as attempting and certainly never left."""
        self.rows(ids, State.ATTEMPTING, State.AMBIGUOUS).update(
            state=State.PLANNED, lease_until=None, attempts=F("attempts") - 1, error=""
        )

    def release(self) -> None:
        """Let rows wait again that were claimed and not tried."""
        self.rows(self.ids).update(state=State.PLANNED, lease_until=None)


def claim(campaign: Campaign, most: int) -> Claim:
    """Take up to `most` rows that are due, those due longest first."""
    token = secrets.token_hex(8)
    now = timezone.now()
    due = Delivery.objects.filter(campaign=campaign, state=State.PLANNED, due_at__lte=now).order_by("due_at", "id")
    skip = connection.features.has_select_for_update_skip_locked
    with transaction.atomic():
        ids = tuple(due.select_for_update(skip_locked=skip).values_list("pk", flat=True)[:most])
        Delivery.objects.filter(pk__in=ids, state=State.PLANNED).update(
            state=State.CLAIMED, lease_token=token, lease_until=lease()
        )
    return Claim(campaign.pk, token, ids)


def lease() -> datetime:
    """Return when a lease taken now ends."""
    return timezone.now() + timedelta(seconds=settings.MAIL_LEASE_SECONDS)


def expire() -> None:
    """Settle what vanished workers left: claimed rows are free again, rows being handed over are unknown from now on."""
    left = Delivery.objects.filter(lease_until__lt=timezone.now())
    left.filter(state=State.CLAIMED).update(state=State.PLANNED, lease_until=None)
    left.filter(state=State.ATTEMPTING).update(
        state=State.AMBIGUOUS, lease_until=None, error=_("The worker stopped while the mail was being handed over.")
    )


def next_due(campaign: Campaign) -> datetime | None:
    """Return when the next waiting row is due, or one that others hold may be free; None if no row waits."""
    held = Q(state__in=[State.CLAIMED, State.ATTEMPTING])
    times = campaign.deliveries.aggregate(
        due=Min("due_at", filter=Q(state=State.PLANNED)), lease=Min("lease_until", filter=held)
    )
    found = [when for when in times.values() if when is not None]
    return max(min(found), timezone.now()) + timedelta(milliseconds=50) if found else None
