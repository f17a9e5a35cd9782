"""What campaigns want of a person, for My day: tasks, and a second pair of eyes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import User
from core.scoping import may
from crm.services.day_around import Elsewhere, elsewhere
from marketing.models import Campaign, CampaignTask
from marketing.services import approval

State = Campaign.State
MOST = 50
AHEAD = timedelta(days=7)


@elsewhere
def tasks(user: User) -> Iterable[Elsewhere]:
    """Open tasks given to `user` that are late, due within a week, or without a day; not of campaigns that are over."""
    if not may(user, "marketing", "edit"):
        return
    soon = timezone.localdate() + AHEAD
    rows = CampaignTask.objects.filter(assignee=user, done_at=None, campaign__in=Campaign.objects.for_user(user))
    rows = rows.exclude(campaign__state__in=[Campaign.State.DONE, Campaign.State.CANCELLED])
    rows = rows.filter(Q(due_on__isnull=True) | Q(due_on__lte=soon)).select_related("campaign")
    for task in rows[:MOST]:
        campaign = task.campaign
        done = reverse("campaign-task-done", args=[task.pk])
        yield Elsewhere(task.title, campaign.get_absolute_url(), campaign.name, task.due_on, done)


@elsewhere
def approvals(user: User) -> Iterable[Elsewhere]:
    """Campaigns that wait for an approval `user` may give, and those of `user` that were approved or sent back."""
    if not may(user, "marketing", "edit"):
        return
    mine = Q(owner=user) | Q(owner=None, asked_by=user)
    answered = Q(state=State.APPROVED) | Q(state=State.PLANNING) & ~Q(problem="")
    rows = Campaign.objects.for_user(user).filter(Q(state=State.REVIEW) & ~Q(asked_by=user) | mine & answered)
    for campaign in rows.select_related("asked_by", "approved_by").order_by("pk")[:MOST]:
        if campaign.state == State.REVIEW and approval.objection(campaign, user):
            continue
        good = campaign.state == State.APPROVED and approval.holds(campaign)
        page = "campaign-sending" if good else "campaign-copy"
        yield Elsewhere(
            campaign.name, reverse(page, args=[campaign.pk]), _stands(campaign, good), campaign.starts_on, ""
        )  # fmt: skip


def _stands(campaign: Campaign, good: bool) -> str:
    """How a campaign stands with approval, in a few words; `good`: it is approved, and is what was approved."""
    if campaign.state == State.REVIEW:
        return _("%(name)s asks for approval") % {"name": campaign.asked_by.name if campaign.asked_by else "?"}
    if campaign.state == State.APPROVED and not good:
        return _("Changed since it was approved: have it approved again")
    if campaign.state == State.APPROVED:
        return _("Approved by %(name)s: send it") % {"name": campaign.approved_by.name if campaign.approved_by else "?"}
    return campaign.problem
