"""Two campaigns that went out: approved by a second person, planned like any other, and what became of each mail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from django.utils import timezone

from core.models import AuditEntry, User
from marketing.models import Campaign, CampaignCopy, Delivery, Link
from marketing.samples import answers
from marketing.services import approval, campaigns, copies, letters, planning

State = Delivery.State
REFUSED = "550 5.7.1 Message refused by policy"
NO_ANSWER = "No answer came: the connection was closed after DATA"
EVERY = timedelta(seconds=7)  # between two mails


def send(
    campaign: Campaign, days: float, people: Mapping[str, User], *, lost: int | None, replies: Sequence[str]
) -> None:
    """Let a campaign have gone out `days` ago and be done. `lost`: the place of a mail nobody knows about, if any."""
    began = (timezone.now() - timedelta(days=days)).replace(minute=5, second=0, microsecond=0)
    campaign.refresh_from_db()
    approval.ask(campaign, by=people["elena"], expected=campaign.version)
    approval.approve(
        campaign, by=people["tomas"], seen=approval.content_hash(campaign), expected=campaign.version
    )  # fmt: skip
    planning.plan(campaign, by=people["elena"])
    links = letters.stored_links(campaign)
    _hand_over(campaign, began, lost)
    answers.come_back(campaign, {url: Link.objects.get(pk=pk) for url, pk in links.items()}, replies)
    campaign.refresh_from_db()
    campaigns.finish(campaign, by=people["elena"], expected=campaign.version)
    _date(campaign, began)


def _hand_over(campaign: Campaign, began: datetime, lost: int | None) -> None:
    """Give each planned mail the state a server's answer would have given it."""
    rows = list(campaign.deliveries.filter(state=State.PLANNED).order_by("pk"))
    dice = Random(campaign.name)
    refused = dice.randrange(3, max(4, len(rows) - 3))
    for place, row in enumerate(rows):
        at = began + EVERY * place
        row.due_at, row.attempts, row.sent_at, row.state = began, 1, at, State.SENT
        if place == lost:
            row.state, row.sent_at, row.error = State.AMBIGUOUS, None, NO_ANSWER
        elif place == refused:
            row.state, row.sent_at, row.error = State.FAILED, None, REFUSED
    Delivery.objects.bulk_update(rows, ["due_at", "attempts", "sent_at", "state", "error"])
    campaign.deliveries.filter(state=State.SKIPPED).update(due_at=began)


def _date(campaign: Campaign, began: datetime) -> None:
    """Set the dates of the plan and of its history back to when they would have been."""
    asked, approved, over = began - timedelta(days=2), began - timedelta(hours=20), began + timedelta(days=14)
    Campaign.objects.filter(pk=campaign.pk).update(
        created_at=began - timedelta(days=9),
        updated_at=min(over, timezone.now()),
        approved_at=approved,
        planned_at=began,
    )
    CampaignCopy.objects.filter(campaign=campaign).update(created_at=began - timedelta(days=8), updated_at=asked)
    days = {"make": began - timedelta(days=9), "ask for approval": asked, "approve": approved, "finish": over}
    entries = AuditEntry.objects.filter(noun="campaign", object_id=str(campaign.pk))
    for verb, at in days.items():
        entries.filter(verb=verb).update(at=min(at, timezone.now()))


def planned_before(made: Iterable[Campaign]) -> None:
    """Let what is still planned have been planned some days ago."""
    keys = [str(row.pk) for row in made]
    for number, row in enumerate(Campaign.objects.filter(pk__in=keys).exclude(state=Campaign.State.DONE), 3):
        at = timezone.now() - timedelta(days=2 * number, hours=number)
        Campaign.objects.filter(pk=row.pk).update(created_at=at)
        AuditEntry.objects.filter(noun="campaign", object_id=str(row.pk), verb="make").update(at=at)


def ready(campaign: Campaign) -> bool:
    """Whether every sentence of a campaign stands, so that it can be approved."""
    return not any(
        row.verdict in ("", "unsupported", "contradicted")
        for copy in copies.of(campaign)
        for row in copy.sentences.all()
    )
