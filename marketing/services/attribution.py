"""Which won deals our mails came before, and how their value is shared among them: by last touch, and evenly.

A touch is a mail sent to the lead's contact within 180 days before the lead was won, of any campaign.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import DateTimeField, Exists, ExpressionWrapper, OuterRef, Q, Sum

from core.models import User
from crm.models import Lead, Stage
from crm.models.leads import LeadQuerySet
from crm.money import Money, per_currency
from marketing.engine import credit
from marketing.models import Campaign, CostLine, Delivery

WINDOW = timedelta(days=180)
SHOWS = ("touched", "open", "won", "lost")
Kind = Stage.Kind


@dataclass(frozen=True, slots=True)
class Touch:
    """One mail before a won deal, with what it is credited."""

    delivery: int
    campaign: int
    at: datetime
    last: Decimal
    linear: Decimal


@dataclass(frozen=True, slots=True)
class Credit:
    """A won lead and its touches, oldest first; their credits sum to its value."""

    lead: Lead
    touches: tuple[Touch, ...]

    def of(self, campaigns: set[int]) -> tuple[Money, Money]:
        """Return what campaigns are credited together: by last touch, and evenly."""
        mine = [touch for touch in self.touches if touch.campaign in campaigns]
        code = self.lead.currency
        return (
            Money(sum((touch.last for touch in mine), Decimal(0)), code),
            Money(sum((touch.linear for touch in mine), Decimal(0)), code),
        )


@dataclass(frozen=True, slots=True)
class Worth:
    """What a campaign brought. Sums are one per currency; returns only compare what is in the campaign's own."""

    credits: tuple[Credit, ...]
    touched: int
    open: int
    lost: int
    open_value: tuple[Money, ...]
    won_value: tuple[Money, ...]
    last: tuple[Money, ...]
    linear: tuple[Money, ...]
    spent: Money

    @property
    def won(self) -> int:
        """How many won leads it touched."""
        return len(self.credits)

    @property
    def return_last(self) -> Decimal | None:
        """Credited by last touch over spent; None without costs."""
        return self._over_spent(self.last)

    @property
    def return_linear(self) -> Decimal | None:
        """Credited evenly over spent; None without costs."""
        return self._over_spent(self.linear)

    @property
    def roi_linear(self) -> Decimal | None:
        """(credited evenly − spent) over spent; None without costs."""
        found = self.return_linear
        return None if found is None else found - 1

    @property
    def foreign(self) -> bool:
        """Whether something won is in another currency than the costs, and so not in the returns."""
        return any(money.currency != self.spent.currency for money in self.won_value)

    def _over_spent(self, sums: Iterable[Money]) -> Decimal | None:
        if not self.spent.amount:
            return None
        own = sum((money.amount for money in sums if money.currency == self.spent.currency), Decimal(0))
        return own / self.spent.amount


def leads(campaigns: Iterable[int], user: User | None, show: str = "touched") -> LeadQuerySet:
    """Return the leads these campaigns touched, of those `user` may read (None: all): touched, open, won or lost.

    A closed lead counts if a mail went out within the window before it was closed.
    """
    rows: LeadQuerySet = Lead.objects.all() if user is None else Lead.objects.for_user(user)
    mails = Delivery.objects.filter(
        contact=OuterRef("contact"), campaign__in=list(campaigns), state=Delivery.State.SENT, sent_at__isnull=False
    )
    opened = ExpressionWrapper(OuterRef("closed_at") - WINDOW, output_field=DateTimeField())
    in_time = Q(Exists(mails.filter(sent_at__lte=OuterRef("closed_at"), sent_at__gte=opened)))
    is_open = Q(stage__kind=Kind.OPEN)
    if show == "open":
        return rows.filter(is_open & Q(Exists(mails)))
    if show in ("won", "lost"):
        return rows.filter(in_time, stage__kind=show)
    return rows.filter((is_open & Q(Exists(mails))) | (~is_open & in_time))


def credits(won: LeadQuerySet) -> list[Credit]:
    """Share the value of each won lead among all its touches; leads without any are left out. Two queries."""
    mails = Delivery.objects.filter(
        contact__in=won.order_by().values("contact"), state=Delivery.State.SENT, sent_at__isnull=False
    )
    by_contact: dict[int, list[tuple[int, int, datetime]]] = defaultdict(list)
    for contact, *mail in mails.order_by("sent_at", "pk").values_list("contact_id", "pk", "campaign_id", "sent_at"):
        by_contact[contact].append((mail[0], mail[1], mail[2]))
    found = []
    for lead in won.select_related("company", "contact", "owner", "stage").order_by("-closed_at", "-pk"):
        closed = lead.closed_at
        touches = [mail for mail in by_contact[lead.contact_id] if closed and closed - WINDOW <= mail[2] <= closed]
        if touches:
            found.append(Credit(lead, _shared(lead.value, touches)))
    return found


def _shared(value: Decimal, touches: list[tuple[int, int, datetime]]) -> tuple[Touch, ...]:
    value = value.quantize(credit.CENT)
    shares = zip(touches, credit.last(value, len(touches)), credit.linear(value, len(touches)), strict=True)
    return tuple(Touch(delivery, campaign, at, last, even) for (delivery, campaign, at), last, even in shares)


def worth(campaign: Campaign, user: User) -> Worth:
    """Return what a campaign brought, of the leads `user` may read."""
    ids = {campaign.pk}
    found = credits(leads(ids, user, "won"))
    shares = [one.of(ids) for one in found]
    counts = _by_kind(leads(ids, user))
    spent = CostLine.objects.filter(campaign=campaign).aggregate(n=Sum("amount"))["n"]
    return Worth(
        tuple(found), sum(n for n, _sums in counts.values()), counts[Kind.OPEN][0], counts[Kind.LOST][0],
        per_currency(counts[Kind.OPEN][1]), per_currency(counts[Kind.WON][1]),
        sums(share[0] for share in shares), sums(share[1] for share in shares),
        Money(Decimal(str(spent or 0)).quantize(credit.CENT), campaign.currency),
    )  # fmt: skip


def _by_kind(rows: LeadQuerySet) -> dict[str, tuple[int, dict[str, Decimal]]]:
    """Number and value by kind of stage. Values are added up here: SQLite would add decimals up as floats."""
    counts: dict[str, int] = defaultdict(int)
    values: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for kind, code, value in rows.order_by().values_list("stage__kind", "currency", "value"):
        counts[kind] += 1
        values[kind][code] += value
    return {kind: (counts[kind], dict(values[kind])) for kind in Kind.values}


def sums(amounts: Iterable[Money]) -> tuple[Money, ...]:
    """Add amounts up, each currency apart."""
    by_code: dict[str, Decimal] = defaultdict(Decimal)
    for money in amounts:
        by_code[money.currency] += money.amount
    return per_currency(by_code)


def campaign_names(found: Iterable[Credit]) -> dict[int, str]:
    """Return the names of all campaigns among the touches; one query."""
    ids = {touch.campaign for one in found for touch in one.touches}
    names: Any = Campaign.objects.filter(pk__in=ids).values_list("pk", "name")
    return dict(names)
