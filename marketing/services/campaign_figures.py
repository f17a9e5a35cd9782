"""What lists, board and plan say of campaigns: money spent, mails, replies, tasks. Four queries for a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from crm.money import Money
from marketing.models import Campaign, CampaignTask, CostLine, Delivery, Response


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one campaign. Money is in its own currency; `replies` counts mails that people answered."""

    budget: Money
    spent: Money
    planned: int = 0
    sent: int = 0
    replies: int = 0
    tasks: int = 0
    tasks_done: int = 0

    @property
    def left(self) -> Money:
        """What the budget still holds; below zero when it is overdrawn."""
        return Money(self.budget.amount - self.spent.amount, self.budget.currency)

    @property
    def over(self) -> Money | None:
        """By how much a budget is overdrawn; None if it is not, or if none was set."""
        excess = self.spent.amount - self.budget.amount
        return Money(excess, self.budget.currency) if self.budget.amount and excess > 0 else None

    @property
    def share_spent(self) -> int:
        """Spent per cent of the budget, 100 at most, for a bar."""
        return min(100, round(100 * self.spent.amount / self.budget.amount)) if self.budget.amount else 0

    @property
    def share_sent(self) -> int:
        """Sent per cent of the planned mails."""
        return round(100 * self.sent / self.planned) if self.planned else 0


def of(campaigns: Iterable[Campaign]) -> dict[int, Figures]:
    """Return the figures of each campaign by its id."""
    rows = list(campaigns)
    ids = [row.pk for row in rows]
    costs = _by(CostLine.objects.filter(campaign__in=ids), "campaign", n=Sum("amount"))
    mails = _by(
        Delivery.objects.filter(campaign__in=ids), "campaign",
        n=Count("pk"), sent=Count("pk", filter=Q(state=Delivery.State.SENT)),
    )  # fmt: skip
    answered = Response.objects.filter(  # as the results count them
        delivery__campaign__in=ids, delivery__state=Delivery.State.SENT, kind=Response.Kind.REPLY, who=Response.Who.HUMAN
    )  # fmt: skip
    replies = _by(answered, "delivery__campaign", n=Count("delivery", distinct=True))
    tasks = _by(CampaignTask.objects.filter(campaign__in=ids), "campaign", n=Count("pk"), done=Count("done_at"))
    return {
        row.pk: Figures(
            Money(row.budget, row.currency), Money(_cents(costs.get(row.pk, {}).get("n")), row.currency),
            mails.get(row.pk, {}).get("n", 0), mails.get(row.pk, {}).get("sent", 0), replies.get(row.pk, {}).get("n", 0),
            tasks.get(row.pk, {}).get("n", 0), tasks.get(row.pk, {}).get("done", 0),
        )
        for row in rows
    }  # fmt: skip


def _by(rows: QuerySet[Any], path: str, **counts: Any) -> dict[int, dict[str, Any]]:
    return {found[path]: found for found in rows.order_by().values(path).annotate(**counts)}


def _cents(amount: object) -> Decimal:
    return Decimal(str(amount or 0)).quantize(Decimal("0.01"))  # SQLite adds decimals up as floats
