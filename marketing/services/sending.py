"""A campaign is started, scheduled, paused, resumed and cancelled by people; workers do the rest, and only while it says so."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import User
from core.services import audit, edits
from marketing.engine import dkim
from marketing.models import Campaign, Delivery
from marketing.services import approval, carriers, driving, fitness, ledger, rates

State = Campaign.State
Row = Delivery.State


def start(campaign: Campaign, *, by: User, expected: int | None = None) -> Campaign:
    """Send an approved campaign now. Raises ValidationError (nothing is written) and Stale."""
    _check_ready(campaign, (State.APPROVED, State.SCHEDULED), by)
    with transaction.atomic():
        edits.change(campaign, by=by, verb="start", expected=expected, state=State.SENDING, send_at=None, problem="")
        driving.drive(campaign, by=by)
    return campaign


def schedule(campaign: Campaign, at: datetime, *, by: User, expected: int | None = None) -> Campaign:
    """Send an approved campaign later. Raises ValidationError (nothing is written) and Stale."""
    _check_ready(campaign, (State.APPROVED, State.SCHEDULED), by)
    if at <= timezone.now():
        raise ValidationError({"send_at": _("This time is over. Choose a later one, or send now.")})
    with transaction.atomic():
        edits.change(campaign, by=by, verb="schedule", expected=expected, state=State.SCHEDULED, send_at=at, problem="")
        driving.drive(campaign, by=by, run_at=at)
    return campaign


def unschedule(campaign: Campaign, *, by: User, expected: int | None = None) -> Campaign:
    """Take back the time; the campaign stays approved. Raises ValidationError and Stale."""
    _must_be(campaign, (State.SCHEDULED,))
    return edits.change(campaign, by=by, verb="unschedule", expected=expected, state=State.APPROVED, send_at=None)


def pause(campaign: Campaign, *, by: User, expected: int | None = None) -> Campaign:
    """Stop within one batch; what waits, waits. Raises ValidationError and Stale."""
    _must_be(campaign, (State.SENDING,))
    return edits.change(campaign, by=by, verb="pause", expected=expected, state=State.PAUSED)


def resume(campaign: Campaign, *, by: User, expected: int | None = None) -> Campaign:
    """Go on where it stopped, at full speed. Raises ValidationError (nothing is written) and Stale."""
    _check_ready(campaign, (State.PAUSED,), by)
    with transaction.atomic():
        edits.change(campaign, by=by, verb="resume", expected=expected, state=State.SENDING, problem="")
        rates.clear()
        driving.drive(campaign, by=by)
    return campaign


def cancel(campaign: Campaign, *, by: User, expected: int | None = None) -> Campaign:
    """Stop for good: what waits is skipped, what was sent stays sent. Raises ValidationError and Stale."""
    if campaign.state in (State.DONE, State.CANCELLED):
        raise ValidationError(_("This campaign is over already."))
    with transaction.atomic():
        edits.change(campaign, by=by, verb="cancel", expected=expected, state=State.CANCELLED, send_at=None)
        driving.skip_waiting(campaign)
    return campaign


def reopen(campaign: Campaign, *, by: User, expected: int | None = None) -> Campaign:
    """Take a paused campaign back to its copy, to be approved anew; who gets it stays as it was frozen. Raises as `pause`."""
    _must_be(campaign, (State.PAUSED,))
    return edits.change(
        campaign, by=by, verb="reopen", expected=expected, state=State.PLANNING,
        approved_hash="", approved_by=None, approved_at=None, asked_by=None, problem="",
    )  # fmt: skip


def settle(delivery: Delivery, verdict: Literal["sent", "again"], *, by: User) -> None:
    """Let a person decide what nobody else can know: it was sent, or send it again with the same Message-ID.

    Raises ValidationError if it is settled already, or may not be sent again; nothing is written then.
    """
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update().get(pk=delivery.campaign_id)  # it may end at this moment
        if verdict == "again" and campaign.state == State.CANCELLED:
            raise ValidationError(_("This campaign was cancelled: nothing of it is sent any more."))
        if verdict == "again" and not approval.holds(campaign):
            raise ValidationError(_not_approved())
        delivery = Delivery.objects.select_for_update().get(pk=delivery.pk)  # whose it is: a merge moves it
        if verdict == "again" and fitness.has_it(
            campaign.pk, delivery.contact_id, step=delivery.step, beside=delivery.pk
        ):
            raise ValidationError(
                _("Another mail of this campaign went to the same person, or may have. Nothing is sent again.")
            )
        mine = Delivery.objects.filter(ledger.unclear(), pk=delivery.pk)
        if verdict == "sent":
            done = mine.update(state=Row.SENT, sent_at=timezone.now(), lease_until=None, settled_by=by)
        else:
            done = mine.update(state=Row.PLANNED, due_at=timezone.now(), lease_until=None, error="", settled_by=by)
        if not done:
            raise ValidationError(_("This mail is settled already. Look at its state."))
        audit.record("settle", campaign, by=by, before={"mail": delivery.message_id}, after={"mail": verdict})
        if verdict == "again" and campaign.state == State.DONE:
            edits.change(campaign, by=by, verb="resume", state=State.SENDING)
        if verdict == "again" and campaign.state == State.SENDING:
            driving.drive(campaign, by=by)


def resting(campaign: Campaign) -> datetime | None:
    """Return until when the mail server is left alone, for a campaign being sent; else None."""
    return rates.resting() if campaign.state == State.SENDING else None


def _check_ready(campaign: Campaign, states: tuple[str, ...], by: User) -> None:
    _must_be(campaign, states)
    if campaign.channel != Campaign.Channel.MAIL:
        raise ValidationError(_("Only mail campaigns are sent."))
    if campaign.planned_at is None:
        approval.check_may_send(campaign, user=by)
    elif not approval.holds(campaign):  # who gets it is frozen, so only the words are looked at
        raise ValidationError(_not_approved())
    try:
        carriers.signer()
    except dkim.BadKey as error:
        raise ValidationError(str(error)) from error


def _must_be(campaign: Campaign, states: tuple[str, ...]) -> None:
    if campaign.state not in states:
        raise ValidationError(
            _("This cannot be done now: the campaign is %(state)s. Nothing was changed.")
            % {"state": campaign.get_state_display().lower()}
        )


def _not_approved() -> str:
    return _("The content was changed after it was approved. Have it approved again, then go on. Nothing was sent.")
