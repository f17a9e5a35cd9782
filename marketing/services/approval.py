"""A second person's word, bound to the very content that is sent."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from crm.models import Claim
from crm.services import verdicts
from marketing.models import Campaign, CampaignCopy
from marketing.services import copies


def content_hash(campaign: Campaign) -> str:
    """Return the mark of all that recipients get and who they are: copies, subjects, links, claims, sender, audience.

    A claim that is reworded or may no longer be used changes it too.
    """
    words = json.dumps(_content(campaign), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()


def holds(campaign: Campaign) -> bool:
    """Return whether the campaign was approved, and is now what was approved."""
    return bool(campaign.approved_hash) and campaign.approved_hash == content_hash(campaign)


def _content(campaign: Campaign) -> dict[str, Any]:
    rows = list(copies.of(campaign).prefetch_related("sentences__claims"))
    cited = {claim.pk for copy in rows for row in copy.sentences.all() for claim in row.claims.all()}
    good = set(Claim.objects.usable().filter(pk__in=cited).values_list("pk", flat=True)) if cited else set()
    return {
        "copies": [_copy(copy, good) for copy in rows],
        "sender": [campaign.sender_name, campaign.sender_email, campaign.reply_to],
        "audience": [campaign.audience_id, campaign.audience.conditions if campaign.audience else None],
        "utm": [campaign.utm_source, campaign.utm_medium, campaign.utm_campaign],
    }


def _copy(copy: CampaignCopy, good: set[int]) -> dict[str, Any]:
    return {
        "language": copy.language,
        "segment": copy.segment_id,
        "subjects": list(copy.subjects),
        "sentences": [
            [row.paragraph, row.text, row.verdict, sorted(
                [claim.pk, verdicts.digest(claim, copy.language), claim.pk in good] for claim in row.claims.all()
            )]
            for row in copy.sentences.all()
        ],
    }  # fmt: skip
