"""Campaign tasks of a person, for My day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from core.models import User
from core.scoping import may
from crm.services.day_around import Elsewhere, elsewhere
from marketing.models import Campaign, CampaignTask

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
