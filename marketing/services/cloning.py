"""Take a campaign's plan and copy into a new one; what happened to the old one stays with it."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from core.models import User
from core.services import audit
from marketing.models import Campaign, CampaignCopy, CampaignTask, CopySentence
from marketing.services import campaigns

PLAN = (
    "goal", "goal_replies", "channel", "audience", "segment", "need", "budget", "currency", "landing_page", "utm_source", "utm_medium",
    "sender_name", "sender_email", "reply_to", "per_minute",
)  # fmt: skip


@transaction.atomic
def clone(campaign: Campaign, *, by: User, name: str, starts_on: date | None = None) -> Campaign:
    """Return a new campaign of `by` in planning with plan, copy and tasks; dates move with the start.

    Costs, deliveries, approval and results are not taken along. Raises ValidationError.
    """
    shift = starts_on - campaign.starts_on if starts_on and campaign.starts_on else timedelta(0)
    new = campaigns.create(
        by=by, name=name, starts_on=starts_on or campaign.starts_on, ends_on=_moved(campaign.ends_on, shift),
        **{field: getattr(campaign, field) for field in PLAN},
    )  # fmt: skip
    for copy in campaign.copies.prefetch_related("sentences__claims"):
        _clone_copy(copy, new, by)
    CampaignTask.objects.bulk_create(
        CampaignTask(campaign=new, title=task.title, due_on=_moved(task.due_on, shift), assignee=task.assignee)
        for task in campaign.tasks.all()
    )
    audit.record("clone", new, by=by, after={"from": campaign.pk})
    return new


def _clone_copy(copy: CampaignCopy, campaign: Campaign, by: User) -> None:
    new = CampaignCopy.objects.create(
        campaign=campaign, language=copy.language, segment=copy.segment, tone=copy.tone, subjects=copy.subjects,
        drafted_by=copy.drafted_by, edited_by=by,
    )  # fmt: skip
    for sentence in copy.sentences.all():
        made = CopySentence.objects.create(
            copy=new, position=sentence.position, paragraph=sentence.paragraph, text=sentence.text,
            verdict=sentence.verdict, reasons=sentence.reasons, rests_on=sentence.rests_on,
        )  # fmt: skip
        made.claims.set(sentence.claims.all())


def _moved(day: date | None, shift: timedelta) -> date | None:
    return day + shift if day else None
