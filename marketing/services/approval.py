"""A second person's word, bound to the very content that is sent."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import User
from core.scoping import may
from core.services import edits
from crm.models import Claim
from crm.services import verdicts
from marketing.models import Campaign, CampaignCopy
from marketing.services import approval_mail, copies, preflight

State = Campaign.State


def content_hash(campaign: Campaign) -> str:
    """Return the mark of all that recipients get and who they are: copies, subjects, links, claims, sender, audience.

    A claim that is reworded or may no longer be used changes it too.
    """
    words = json.dumps(_content(campaign), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()


def holds(campaign: Campaign) -> bool:
    """Return whether the campaign was approved, and is now what was approved."""
    return bool(campaign.approved_hash) and campaign.approved_hash == content_hash(campaign)


def ask(campaign: Campaign, *, by: User, expected: int | None) -> Campaign:
    """Ask for approval. Raises ValidationError while something must be mended, or it is no mail; Stale."""
    _check_editor(by)
    if campaign.channel != Campaign.Channel.MAIL:
        raise ValidationError(_("Only campaigns by mail are approved here."))
    again = campaign.state == State.APPROVED and not holds(campaign)
    if campaign.state != State.PLANNING and not again:
        raise ValidationError(_("Approval was asked for already, or the campaign is under way."))
    preflight.check(campaign, user=by)
    with transaction.atomic():
        edits.change(
            campaign, by=by, verb="ask for approval", expected=expected, state=State.REVIEW, asked_by=by, problem="",
            approved_hash="", approved_by=None, approved_at=None,
        )  # fmt: skip
        approval_mail.tell(campaign, "asked", who_may(campaign), by=by)
    return campaign


def approve(campaign: Campaign, *, by: User, seen: str, expected: int | None) -> Campaign:
    """Approve the very content that `seen` is the mark of. Never by who asked or changed the plan since, nor by who changed a copy last.

    Raises Stale if the content is another by now, ValidationError if something must be mended or the person may not.
    """
    why = objection(campaign, by)
    if why:
        raise ValidationError(why)
    _check_unchanged(campaign, seen)
    preflight.check(campaign, user=by)  # before the transaction, for it looks at the whole audience
    with transaction.atomic():
        _check_unchanged(campaign, seen)  # so what was looked at is what is approved
        edits.change(
            campaign, by=by, verb="approve", expected=expected, state=State.APPROVED, approved_hash=seen,
            approved_by=by, approved_at=timezone.now(), problem="",
        )  # fmt: skip
        approval_mail.tell(campaign, "approved", _who_waits(campaign), by=by)
    return campaign


def send_back(campaign: Campaign, *, by: User, reason: str, expected: int | None) -> Campaign:
    """Refuse the approval and say why, or take it back; the campaign is in planning again. Raises ValidationError, Stale."""
    _check_editor(by)
    if campaign.state not in (State.REVIEW, State.APPROVED):
        raise ValidationError(_("Nobody asked for approval, or the campaign is under way."))
    reason = " ".join(reason.split())[:250]
    if not reason and by.pk != campaign.asked_by_id:
        raise ValidationError(_("Say in a few words what should be changed."))
    problem = _("%(name)s sent it back: %(reason)s") % {"name": by.name, "reason": reason} if reason else ""
    with transaction.atomic():
        edits.change(
            campaign, by=by, verb="send back", expected=expected, reason=reason, state=State.PLANNING,
            problem=problem[:300], approved_hash="", approved_by=None, approved_at=None,
        )  # fmt: skip
        approval_mail.tell(campaign, "sent back", _who_waits(campaign), by=by, reason=reason)
    return campaign


def objection(campaign: Campaign, person: User) -> str:
    """Return why a person may not approve the campaign now, or ""."""
    if not may(person, "marketing", "edit"):
        return _("Only marketing may approve a campaign.")
    if campaign.state != State.REVIEW:
        return _("Nobody asked for approval, or it was given already.")
    if person.pk == campaign.asked_by_id:
        return _("You asked for this approval, or changed what waits for it, so somebody else has to give it.")
    if campaign.copies.filter(edited_by=person).exists():
        return _("You changed the copy last, so somebody else has to approve it.")
    return ""


def check_may_send(campaign: Campaign, *, user: User) -> None:
    """Raise ValidationError unless the campaign was approved, is what was approved, and nothing must be mended."""
    if not campaign.approved_hash:
        raise ValidationError(_("A second person has to approve the content first. Nothing was sent."))
    if not holds(campaign):
        raise ValidationError(
            _("The content is no longer what was approved. Ask for approval again. Nothing was sent.")
        )
    preflight.check(campaign, user=user)


def who_may(campaign: Campaign) -> list[User]:
    """Those who may approve a campaign that waits for it: people of marketing; admins only where nobody else may."""
    people = User.objects.filter(is_active=True).exclude(pk__in=[campaign.asked_by_id])
    people = people.exclude(pk__in=campaign.copies.exclude(edited_by=None).values("edited_by"))
    found = [person for person in people.order_by("pk") if may(person, "marketing", "edit")]
    return [person for person in found if person.role == User.Role.MARKETER] or found


def _who_waits(campaign: Campaign) -> list[User]:
    """Who wants to know of the approval: who asked for it, and the owner."""
    return list(User.objects.filter(pk__in=[campaign.asked_by_id, campaign.owner_id], is_active=True))


def _check_unchanged(campaign: Campaign, seen: str) -> None:
    if content_hash(campaign) != seen:
        raise edits.Stale(
            _("The content changed while you were reading it. Nothing was approved; read it again, then approve.")
        )


def _check_editor(person: User) -> None:
    if not may(person, "marketing", "edit"):
        raise ValidationError(_("Only marketing may change campaigns. Nothing was written."))


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
