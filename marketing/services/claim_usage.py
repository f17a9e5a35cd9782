"""Which campaigns cite a claim, in how many sentences, and how many mails carried it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from core.models import User
from crm.models import Claim
from marketing.models import Campaign, CampaignCopy, Delivery


@dataclass(frozen=True, slots=True)
class Use:
    """A campaign that cites the claim. `outlives`: it may still send after the claim's last day."""

    campaign: Campaign
    languages: tuple[str, ...]
    sentences: int
    sent: int
    outlives: bool


def of(claim: Claim, *, user: User) -> list[Use]:
    """Return the campaigns `user` sees that cite the claim, latest first; three queries."""
    copies: list[Any] = list(
        CampaignCopy.objects.filter(campaign__in=Campaign.objects.for_user(user), sentences__claims=claim)
        .annotate(n=Count("sentences", distinct=True))
        .select_related("campaign")
        .order_by("-campaign__starts_on", "-campaign_id", "language")
    )
    mails = Delivery.objects.filter(copy__in=[copy.pk for copy in copies]).order_by().values("campaign")
    sent = {row["campaign"]: row["n"] for row in mails.annotate(n=Count("pk", filter=Q(state=Delivery.State.SENT)))}
    of_campaign: dict[int, list[Any]] = {}
    for copy in copies:
        of_campaign.setdefault(copy.campaign_id, []).append(copy)
    return [
        Use(
            group[0].campaign, tuple(sorted({copy.language for copy in group})), sum(copy.n for copy in group),
            sent.get(pk, 0), _outlives(group[0].campaign, claim),
        )
        for pk, group in of_campaign.items()
    ]  # fmt: skip


def _outlives(campaign: Campaign, claim: Claim) -> bool:
    over = campaign.state in (Campaign.State.DONE, Campaign.State.CANCELLED)
    last = campaign.ends_on or campaign.starts_on
    return bool(not over and last and claim.valid_until and last > claim.valid_until)
