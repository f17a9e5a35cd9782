"""What became of a campaign: where its mails are, what came back as rates with intervals, which subject line did better."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import Count, QuerySet

from core.models import Need, Segment, User
from crm.models import Claim
from crm.money import Money
from marketing.engine import statistics
from marketing.engine.statistics import Rate, Verdict
from marketing.models import Campaign, CampaignCopy, Delivery
from marketing.services import attribution, ledger, result_rows
from marketing.services.attribution import Credit
from marketing.services.ledger import Ledger
from marketing.services.result_rows import FIGURES

By = Literal["segment", "need", "claim"]
BYS: tuple[By, ...] = ("segment", "need", "claim")
MOST_GROUPS = 30
State = Delivery.State


@dataclass(frozen=True, slots=True)
class Outcome(Ledger):
    """The ledger of one campaign and what came back; every count has its rows in `result_rows`."""

    figures: dict[str, int]  # by FIGURES

    @property
    def sent(self) -> int:
        """Mails that arrived as far as we know; rates are of these."""
        return self.parts["sent"]

    @property
    def auto_replied(self) -> int:
        """Mails that got an automatic reply."""
        return self.figures["auto-replied"]

    def rate(self, figure: str) -> Rate:
        """Return a figure as a rate: of what was sent; what came back is of everything that left."""
        if figure == "bounced":
            return statistics.rate(self.parts["bounced"], self.sent + self.parts["bounced"])
        return statistics.rate(self.figures[figure], self.sent)


@dataclass(frozen=True, slots=True)
class Variant:
    """A subject line of a copy and what it did."""

    position: int
    subject: str
    clicks: Rate
    replies: Rate
    unsubscribed: int

    @property
    def letter(self) -> str:
        """A, B or C."""
        return chr(ord("A") + self.position)


@dataclass(frozen=True, slots=True)
class Contest:
    """The subject lines of one copy side by side. Clicks of people decide, never opens."""

    copy: CampaignCopy
    variants: tuple[Variant, ...]
    verdict: Verdict

    @property
    def first(self) -> Variant:
        """Which is ahead."""
        return self.variants[self.verdict.first]

    @property
    def second(self) -> Variant:
        """Which is next."""
        return self.variants[self.verdict.second]

    @property
    def least(self) -> int:
        """How many mails the variant with the fewest has."""
        return min(one.clicks.n for one in self.variants)


@dataclass(frozen=True, slots=True)
class Group:
    """Mails about one segment, need or claim. Those of needs and claims overlap."""

    key: int
    label: str
    clicks: Rate
    replies: Rate
    unsubscribed: int
    credited: tuple[Money, ...]


def outcome(campaign: Campaign) -> Outcome:
    """Count everything about a campaign's mails in one query."""
    found, figures = ledger.counted(campaign, FIGURES)
    return Outcome(found.planned, found.parts, found.retrying, found.reasons, figures)


def contests(campaign: Campaign) -> list[Contest]:
    """Return the comparison of subject lines for each copy that has several; two queries."""
    sent = campaign.deliveries.order_by().filter(state=State.SENT)
    found: dict[int, dict[int, dict[str, Any]]] = defaultdict(dict)
    for row in sent.values("copy", "variant").annotate(**_counted()):
        found[row["copy"]][row["variant"]] = row
    made = []
    for copy in campaign.copies.select_related("segment"):
        if len(copy.subjects) < 2:
            continue
        variants = tuple(
            _variant(place, str(text), found[copy.pk].get(place)) for place, text in enumerate(copy.subjects)
        )
        verdict = statistics.judge([one.clicks for one in variants])
        assert verdict is not None  # noqa: S101 (there are two at least)
        made.append(Contest(copy, variants, verdict))
    return made


def _variant(position: int, subject: str, row: dict[str, Any] | None) -> Variant:
    n, clicked, replied, gone = (row["n"], row["clicked"], row["replied"], row["unsubscribed"]) if row else (0, 0, 0, 0)
    return Variant(position, subject, statistics.rate(clicked, n), statistics.rate(replied, n), gone)


def _counted() -> dict[str, Count]:
    counts = {
        name: Count("pk", filter=FIGURES[name](), distinct=True) for name in ("clicked", "replied", "unsubscribed")
    }
    return {"n": Count("pk", distinct=True), **counts}


def breakdown(campaign: Campaign, user: User, by: By, credits: Iterable[Credit] = ()) -> list[Group]:
    """Return the sent mails by segment of the lead, by need its customers voiced, or by claim the copy cites."""
    sent = campaign.deliveries.order_by().filter(state=State.SENT)
    rows, path = _grouped(sent, user, by)
    worth = _worth_of(rows, path, campaign, credits)
    counted = rows.values(path).annotate(**_counted()).order_by("-n")[:MOST_GROUPS]
    found = list(counted)
    names = _names(by, [row[path] for row in found if row[path]])
    return [
        Group(
            row[path] or 0, names.get(row[path] or 0, ""), statistics.rate(row["clicked"], row["n"]),
            statistics.rate(row["replied"], row["n"]), row["unsubscribed"], attribution.sums(worth.get(row[path] or 0, [])),
        )
        for row in found
    ]  # fmt: skip


def _grouped(sent: QuerySet[Delivery], user: User, by: By) -> tuple[QuerySet[Delivery], str]:
    if by == "segment":
        return result_rows.with_segment(sent, user), "of_segment"
    if by == "need":
        path = "contact__leads__requirements__need"
        return sent.filter(contact__leads__requirements__in=result_rows.voiced(user)), path
    return sent.filter(copy__sentences__claims__isnull=False), "copy__sentences__claims"


def _worth_of(
    rows: QuerySet[Delivery], path: str, campaign: Campaign, credits: Iterable[Credit]
) -> dict[int, list[Money]]:
    """What the mails of each group are credited, evenly."""
    amounts: dict[int, list[Money]] = defaultdict(list)
    for one in credits:
        for touch in one.touches:
            if touch.campaign == campaign.pk:
                amounts[touch.delivery].append(Money(touch.linear, one.lead.currency))
    if not amounts:
        return {}
    worth: dict[int, list[Money]] = defaultdict(list)
    for key, delivery in set(rows.filter(pk__in=list(amounts)).values_list(path, "pk")):
        worth[key or 0] += amounts[delivery]
    return worth


def _names(by: By, keys: list[int]) -> dict[int, str]:
    model: Any = {"segment": Segment, "need": Need, "claim": Claim}[by]
    return {row.pk: name_of(row) for row in model.objects.filter(pk__in=keys)}


def name_of(row: Segment | Need | Claim) -> str:
    """Return what a group is called: a claim by its whole text."""
    return row.text if isinstance(row, Claim) else str(row)
