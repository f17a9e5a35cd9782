"""A campaign is started, scheduled, paused, resumed and cancelled by people; workers do the rest, and only while it says so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Literal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import Job, User
from core.services import audit, edits, jobs
from marketing.engine import dkim
from marketing.models import Campaign, Delivery
from marketing.services import approval, carriers, claiming, ledger, planning, rates
from marketing.services.delivering import Round
from marketing.services.fitness import Stopped, check

State = Campaign.State
Row = Delivery.State
PLAN, SEND = "marketing.plan", "marketing.send"
WAITING = (Row.PLANNED, Row.CLAIMED)


def start(campaign: Campaign, *, by: User, expected: int | None = None) -> Campaign:
    """Send an approved campaign now. Raises ValidationError (nothing is written) and Stale."""
    _check_ready(campaign, (State.APPROVED, State.SCHEDULED), by)
    with transaction.atomic():
        edits.change(campaign, by=by, verb="start", expected=expected, state=State.SENDING, send_at=None, problem="")
        _drive(campaign, by=by)
    return campaign


def schedule(campaign: Campaign, at: datetime, *, by: User, expected: int | None = None) -> Campaign:
    """Send an approved campaign later. Raises ValidationError (nothing is written) and Stale."""
    _check_ready(campaign, (State.APPROVED, State.SCHEDULED), by)
    if at <= timezone.now():
        raise ValidationError({"send_at": _("This time is over. Choose a later one, or send now.")})
    with transaction.atomic():
        edits.change(campaign, by=by, verb="schedule", expected=expected, state=State.SCHEDULED, send_at=at, problem="")
        _drive(campaign, by=by, run_at=at)
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
        _drive(campaign, by=by)
    return campaign


def cancel(campaign: Campaign, *, by: User, expected: int | None = None) -> Campaign:
    """Stop for good: what waits is skipped, what was sent stays sent. Raises ValidationError and Stale."""
    if campaign.state in (State.DONE, State.CANCELLED):
        raise ValidationError(_("This campaign is over already."))
    with transaction.atomic():
        edits.change(campaign, by=by, verb="cancel", expected=expected, state=State.CANCELLED, send_at=None)
        _skip_waiting(campaign)
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
    campaign = delivery.campaign
    if verdict == "again" and campaign.state == State.CANCELLED:
        raise ValidationError(_("This campaign was cancelled: nothing of it is sent any more."))
    if verdict == "again" and not approval.holds(campaign):
        raise ValidationError(_not_approved())
    with transaction.atomic():
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
            _drive(campaign, by=by)


def resting(campaign: Campaign) -> datetime | None:
    """Return until when the mail server is left alone, for a campaign being sent; else None."""
    return rates.resting() if campaign.state == State.SENDING else None


def plan_work(rows: Sequence[Job]) -> None:
    """Freeze the audiences of campaigns that begin, then let them be sent."""
    for job in rows:
        campaign = _begun(job)
        if campaign is None:
            with jobs.finishing(job):
                continue
        by = job.by or campaign.owner
        try:
            fresh = check(campaign)
            if by is None:
                raise Stopped(_("Nobody is there any more whose contacts these are. Choose an owner, then go on."))
            goes_on = planning.plan(fresh, by=by, going=partial(_still, job))
        except (Stopped, ValidationError) as stop:
            _stopped(campaign, " ".join(stop.messages) if isinstance(stop, ValidationError) else str(stop))
            goes_on = False
        with jobs.finishing(job):
            if goes_on:
                fresh.refresh_from_db()
                _drive(fresh, by=job.by)


def send_work(rows: Sequence[Job]) -> None:
    """Send campaigns, a slice at a time."""
    for job in rows:
        campaign = Campaign.objects.filter(pk=job.payload["campaign"]).first()
        try:
            back = Round(job, campaign).run() if campaign else None
        except Stopped as stop:
            _stopped(campaign, str(stop))
            with jobs.finishing(job):
                continue
        if back is not None:
            jobs.again(job, run_at=back)
            continue
        with jobs.finishing(job):
            if campaign:
                _finish(campaign)


def failed(job: Job) -> None:
    """The job gave up or was cancelled: the campaign is paused and says why; every row stays as it is."""
    campaign = Campaign.objects.filter(pk=job.payload["campaign"]).first()
    if campaign:
        _stopped(campaign, _("The worker stopped: %(why)s") % {"why": job.error[:200]})


def look() -> None:
    """Find what no job drives any more, or no worker finished: run by the tick, harmless at any time."""
    claiming.expire()
    due = Q(state=State.SENDING) | Q(state=State.SCHEDULED, send_at__lte=timezone.now())
    for campaign in Campaign.objects.filter(due):
        driven = Job.objects.filter(kind__in=[PLAN, SEND], dedupe_key=str(campaign.pk), state__in=["queued", "running"])
        if not driven.exists():
            _drive(campaign, by=campaign.approved_by)
    for campaign in Campaign.objects.filter(state=State.CANCELLED, deliveries__state__in=WAITING).distinct():
        _skip_waiting(campaign)


def _begun(job: Job) -> Campaign | None:
    """The campaign of a job if it is to be sent now: a scheduled one begins here."""
    campaign = Campaign.objects.filter(pk=job.payload["campaign"]).select_related("audience", "owner").first()
    if campaign and campaign.state == State.SCHEDULED and campaign.send_at and campaign.send_at <= timezone.now():
        begun = Campaign.objects.filter(pk=campaign.pk, state=State.SCHEDULED, send_at=campaign.send_at).update(
            state=State.SENDING, version=F("version") + 1, updated_at=timezone.now()
        )
        campaign.state = State.SENDING if begun else campaign.state
    return campaign if campaign and campaign.state == State.SENDING else None


def _still(job: Job, done: int) -> bool:
    """Whether a planning goes on: the job is ours and the campaign is being sent."""
    being_sent = Campaign.objects.filter(pk=job.payload["campaign"], state=State.SENDING)
    return jobs.progress(job, done, kept=True) and being_sent.exists()


def _drive(campaign: Campaign, *, by: User | None, run_at: datetime | None = None) -> None:
    """See that a job is there for what comes next, and soon."""
    kind = PLAN if campaign.planned_at is None or campaign.state == State.SCHEDULED else SEND
    job = jobs.enqueue(kind, {"campaign": campaign.pk}, dedupe_key=str(campaign.pk), by=by, run_at=run_at)
    if run_at is None:
        jobs.hasten(job)


def _finish(campaign: Campaign) -> None:
    if not campaign.deliveries.filter(state__in=[*WAITING, Row.ATTEMPTING]).exists():
        Campaign.objects.filter(pk=campaign.pk, state=State.SENDING).update(
            state=State.DONE, version=F("version") + 1, updated_at=timezone.now(), problem=""
        )


def _stopped(campaign: Campaign | None, why: str) -> None:
    """Pause a campaign that cannot go on, with the reason; finish the stop of one that a person ended."""
    if campaign is None:
        return
    if why:
        Campaign.objects.filter(pk=campaign.pk, state=State.SENDING).update(
            state=State.PAUSED, problem=why[:300], version=F("version") + 1, updated_at=timezone.now()
        )
    if Campaign.objects.filter(pk=campaign.pk, state=State.CANCELLED).exists():
        _skip_waiting(campaign)


def _skip_waiting(campaign: Campaign) -> None:
    campaign.deliveries.filter(state__in=WAITING).update(
        state=Row.SKIPPED, reason=Delivery.Skipped.CANCELLED, lease_until=None, lease_token=""
    )


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
