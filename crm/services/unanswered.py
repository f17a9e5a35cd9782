"""Which needs customers voice most that no claim answers for longer than the next weeks; what that touches."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from core.models import Need, Segment, User
from crm.models import Claim, Requirement, Stage
from crm.models.claims import ENDING
from crm.models.requirements import Quote
from crm.money import Money, per_currency
from crm.services import radar

MONTHS = 3  # of 30 days each


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A need without an answer that lasts. `months` are leads that voiced it, per 30 days, oldest first."""

    need: Need
    leads: int
    messages: int
    months: tuple[int, ...]
    trend: str  # as on the radar: rising, falling, steady, few
    value: tuple[Money, ...]  # of the open leads that want it
    segments: tuple[tuple[Segment | None, int], ...]  # leads of each, most first
    ending: tuple[Claim, ...]  # usable today, but not much longer; soonest first
    drafts: tuple[Claim, ...]  # written, but not approved

    @property
    def peak(self) -> int:
        """The highest month, 1 at least, for bars."""
        return max(1, *self.months)


def unanswered(user: User, *, now: datetime | None = None) -> list[Unanswered]:
    """Return the needs of `user`'s leads that no usable claim answers beyond ENDING, voiced most first; a fixed number of queries."""
    now = now or timezone.now()
    last_day = timezone.localdate() + ENDING
    lasting = set(
        Claim.objects.usable().filter(Q(valid_until=None) | Q(valid_until__gt=last_day)).values_list("needs", flat=True)
    )
    found = radar.radar(user, now=now)
    rows = [
        row for row in found.rows if row.leads and row.need.facet != Need.Facet.INTENT and row.need.pk not in lasting
    ]
    seen = Requirement.objects.for_user(user).standing().filter(need__in=[row.need.pk for row in rows])
    voiced, value = _voiced(seen, now), _value(seen)
    ending = _by_need(Claim.objects.usable().order_by("valid_until", "id"))
    drafts = _by_need(Claim.objects.for_user(user).filter(status=Claim.Status.DRAFT, competitor=None).order_by("id"))
    names: dict[int | None, Segment | None] = {segment.pk: segment for segment in found.segments}
    return [
        Unanswered(
            row.need, row.leads, *voiced.get(row.need.pk, (0, (0,) * MONTHS)), row.trend, value.get(row.need.pk, ()),
            tuple((names.get(pk), n) for pk, n in sorted(row.by_segment.items(), key=lambda one: -one[1])),
            tuple(ending[row.need.pk]), tuple(drafts[row.need.pk]),
        )
        for row in rows
    ]  # fmt: skip


def _voiced(seen: QuerySet[Requirement], now: datetime) -> dict[int, tuple[int, tuple[int, ...]]]:
    """Messages per need, and leads per need and month."""
    months: dict[str, Any] = {}
    for back in range(MONTHS):
        end = now - timedelta(days=30 * back)
        within = Q(message__sent_at__gt=end - timedelta(days=30), message__sent_at__lte=end)
        months[f"m{MONTHS - 1 - back}"] = Count("requirement__lead_id", distinct=True, filter=within)
    quotes: QuerySet[Any, Any] = Quote.objects.filter(requirement__in=seen).order_by().values("requirement__need_id")
    return {
        row["requirement__need_id"]: (row["messages"], tuple(row[f"m{n}"] for n in range(MONTHS)))
        for row in quotes.annotate(messages=Count("message_id", distinct=True), **months)
    }


def _value(seen: QuerySet[Requirement]) -> dict[int, tuple[Money, ...]]:
    """What the open leads that want a need are worth, by currency."""
    sums: dict[int, dict[str, Decimal]] = defaultdict(dict)
    rows = seen.filter(lead__stage__kind=Stage.Kind.OPEN).order_by().values_list("need_id", "lead__currency")
    for need_id, currency, amount in rows.annotate(amount=Sum("lead__value")):
        sums[need_id][currency] = Decimal(str(amount or 0))
    return {need_id: per_currency(amounts) for need_id, amounts in sums.items()}


def _by_need(claims: QuerySet[Claim]) -> dict[int, list[Claim]]:
    """Claims by each need they answer."""
    found: dict[int, list[Claim]] = defaultdict(list)
    for claim in claims.prefetch_related("needs"):
        for need in claim.needs.all():
            found[need.pk].append(claim)
    return found
