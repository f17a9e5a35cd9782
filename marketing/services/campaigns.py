"""Campaigns: planned, changed, finished, cancelled and taken up again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from core.models import User
from core.services import audit, edits
from marketing.models import Campaign
from marketing.services import approval, approval_mail, ledger, links, signatures

# What may still be changed when mails are under way or the campaign is over, and what only before.
ALWAYS = ("name", "goal", "goal_replies", "owner", "starts_on", "ends_on", "budget")
BEFORE_SENDING = (
    "channel", "audience", "segment", "need", "currency", "landing_page", "utm_source", "utm_medium", "utm_campaign",
    "sender_name", "sender_email", "reply_to", "per_minute",
)  # fmt: skip
EDITABLE = (*ALWAYS, *BEFORE_SENDING)
FROZEN = ("channel", "audience", "segment")  # with the list of recipients, even if the copy is opened again
RECEIVED = (
    "audience",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "sender_name",
    "sender_email",
    "reply_to",
)  # is approved
State = Campaign.State


def create(*, by: User | None, **values: Any) -> Campaign:
    """Plan a campaign, of `by` unless another owner is given; without a UTM name it gets one. Raises ValidationError."""
    _known(values)
    row = Campaign(**{"owner": by, **_tidy(values)})
    _check(row)
    with transaction.atomic():
        row.save()
        name_for_links(row)
        audit.record("make", row, by=by, after={"name": row.name, "state": row.state})
    return row


def last_sender(user: User) -> dict[str, str]:
    """Return name and addresses a new campaign of `user` comes from: as in their last one, else their own if of our domain."""
    names = ("sender_name", "sender_email", "reply_to")
    mails = Campaign.objects.for_user(user).filter(owner=user).exclude(sender_email="")
    last = mails.order_by("-pk").values(*names).first()
    if last is not None:
        return dict(last)
    ours = user.email.rpartition("@")[2].lower() == signatures.domain().lower()
    return {"sender_name": user.name, "sender_email": user.email if ours else ""}


def edit(campaign: Campaign, *, by: User | None, expected: int | None, **values: Any) -> Campaign:
    """Change fields of EDITABLE. Raises ValidationError, Stale, and a ValidationError for what is fixed once mails go out."""
    _known(values)
    values = _tidy(values)
    fixed = [name for name in fixed_fields(campaign) if name in values and getattr(campaign, name) != values[name]]
    if fixed:
        why = _("This is fixed since mails of the campaign were planned.")
        raise ValidationError(dict.fromkeys(fixed, why))
    if values.get("currency", campaign.currency) != campaign.currency and campaign.costs.exists():
        raise ValidationError({"currency": _("Costs are noted in %(code)s already.") % {"code": campaign.currency}})
    probe = Campaign(**{name: getattr(campaign, name) for name in EDITABLE})
    for name, value in values.items():
        setattr(probe, name, value)
    _check(probe)
    if campaign.state == State.REVIEW and any(getattr(campaign, name) != getattr(probe, name) for name in RECEIVED):
        values["asked_by"] = by  # who changes what waits for approval asks for it now, and so cannot give it
    with transaction.atomic():
        asker = campaign.asked_by_id
        edits.change(campaign, by=by, expected=expected, **values)
        name_for_links(campaign)
        if by and campaign.state == State.REVIEW and campaign.asked_by_id != asker:  # who asked before may give it now
            approval_mail.tell(campaign, "asked", approval.who_may(campaign), by=by)
    return campaign


def fixed_fields(campaign: Campaign) -> tuple[str, ...]:
    """Return what may not be changed any more: nothing in planning, the recipients once frozen, most once mails go out."""
    if not campaign.open:
        return BEFORE_SENDING
    return FROZEN if campaign.planned_at else ()


def finish(campaign: Campaign, *, by: User | None, expected: int | None) -> Campaign:
    """Close a campaign that has reached its end; nothing may wait to be sent. Raises ValidationError, Stale."""
    if campaign.state in (State.DONE, State.CANCELLED):
        raise ValidationError(_("This campaign is over already."))
    if campaign.deliveries.filter(state__in=ledger.WAITING).exists() or campaign.state in (
        State.SCHEDULED,
        State.SENDING,
    ):
        raise ValidationError(_("Mails still wait to be sent. Let them go out, or stop the sending first."))
    if campaign.channel == Campaign.Channel.MAIL and not campaign.deliveries.exists():
        raise ValidationError(_("No mail of it went out, so it is not done. Cancel it instead."))
    return edits.change(campaign, by=by, verb="finish", expected=expected, state=State.DONE)


def cancel(campaign: Campaign, *, by: User | None, expected: int | None) -> Campaign:
    """Give a campaign up before any mail went out; a running one is stopped where it is sent. Raises ValidationError, Stale."""
    if campaign.state in (State.DONE, State.CANCELLED):
        raise ValidationError(_("This campaign is over already."))
    if not campaign.open or campaign.deliveries.exists():
        raise ValidationError(_("Mails are planned or sent already. Stop it on the page “Sending”."))
    return edits.change(campaign, by=by, verb="cancel", expected=expected, state=State.CANCELLED)


def reopen(campaign: Campaign, *, by: User | None, expected: int | None) -> Campaign:
    """Plan a finished or cancelled campaign again if it never planned a mail; approval is asked anew. Raises ValidationError, Stale."""
    if campaign.state not in (State.DONE, State.CANCELLED):
        raise ValidationError(_("This campaign is not over."))
    if campaign.deliveries.exists():
        raise ValidationError(_("Mails of it were planned or sent. Clone it to send again."))
    return edits.change(
        campaign, by=by, verb="reopen", expected=expected,
        state=State.PLANNING, approved_hash="", approved_by=None, approved_at=None, asked_by=None, send_at=None, problem="",
    )  # fmt: skip


VERBS: dict[str, Callable[..., Campaign]] = {"finish": finish, "cancel": cancel, "reopen": reopen}


def name_for_links(campaign: Campaign) -> None:
    """Give the links a campaign's name (`utm_campaign`) if nobody did: from its own, else from its number."""
    if not campaign.utm_campaign:
        campaign.utm_campaign = slugify(campaign.name)[:60] or f"campaign-{campaign.pk}"
        Campaign.objects.filter(pk=campaign.pk).update(utm_campaign=campaign.utm_campaign)


def _check(row: Campaign) -> None:
    row.clean_fields(exclude=["owner", "audience", "segment", "need"])
    if row.budget < 0:
        raise ValidationError({"budget": _("A budget is zero or more.")})
    if row.per_minute == 0:
        raise ValidationError({"per_minute": _("At least one mail a minute; empty for no limit.")})
    if row.landing_page and (why := links.problem(row.landing_page) or links.torn(row.landing_page)):
        raise ValidationError({"landing_page": why})
    if row.starts_on and row.ends_on and row.ends_on < row.starts_on:
        raise ValidationError({"ends_on": _("It would end before it starts. Check both dates.")})


def _tidy(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}


def _known(values: dict[str, Any]) -> None:
    unknown = set(values) - set(EDITABLE)
    if unknown:
        raise TypeError(f"not editable: {', '.join(sorted(unknown))}")
