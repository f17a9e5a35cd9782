"""What drives a sending: jobs that freeze the audience and send by slices, and the tick that finds what no job drives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.core.exceptions import ValidationError
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import Job, User
from core.services import jobs
from marketing.models import Campaign, Delivery
from marketing.services import claiming, ledger, planning
from marketing.services.delivering import Round
from marketing.services.fitness import Stopped, check

State = Campaign.State
Row = Delivery.State
PLAN, SEND = "marketing.plan", "marketing.send"


def plan_work(rows: Sequence[Job]) -> None:
    """Freeze the audiences of campaigns that begin, then let them be sent."""
    for job in rows:
        campaign = _begun(job)
        if campaign is None:
            with jobs.finishing(job):
                continue
        try:
            fresh = check(campaign)
            goes_on = fresh.planned_at is not None or _freeze(job, fresh)  # frozen once, it stays so
        except (Stopped, ValidationError) as stop:
            _stopped(campaign, " ".join(stop.messages) if isinstance(stop, ValidationError) else str(stop))
            goes_on = False
        with jobs.finishing(job):
            if goes_on:
                fresh.refresh_from_db()
                drive(fresh, by=job.by)


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
            drive(campaign, by=campaign.approved_by)
    for campaign in Campaign.objects.filter(state=State.CANCELLED, deliveries__state__in=ledger.UNSENT).distinct():
        skip_waiting(campaign)


def _begun(job: Job) -> Campaign | None:
    """The campaign of a job if it is to be sent now: a scheduled one begins here."""
    campaign = Campaign.objects.filter(pk=job.payload["campaign"]).select_related("audience", "owner").first()
    if campaign and campaign.state == State.SCHEDULED and campaign.send_at and campaign.send_at <= timezone.now():
        begun = Campaign.objects.filter(pk=campaign.pk, state=State.SCHEDULED, send_at=campaign.send_at).update(
            state=State.SENDING, version=F("version") + 1, updated_at=timezone.now()
        )
        campaign.state = State.SENDING if begun else campaign.state
    return campaign if campaign and campaign.state == State.SENDING else None


def _freeze(job: Job, campaign: Campaign) -> bool:
    """Freeze the audience as who started it sees it; False if that was stopped. Raises Stopped and ValidationError."""
    by = job.by or campaign.owner
    if by is None:
        raise Stopped(_("Nobody is there any more whose contacts these are. Choose an owner, then go on."))
    return planning.plan(campaign, by=by, going=partial(_still, job))


def _still(job: Job, done: int) -> bool:
    """Whether a planning goes on: the job is ours and the campaign is being sent."""
    being_sent = Campaign.objects.filter(pk=job.payload["campaign"], state=State.SENDING)
    return jobs.progress(job, done, kept=True) and being_sent.exists()


def drive(campaign: Campaign, *, by: User | None, run_at: datetime | None = None) -> None:
    """See that a job is there for what comes next: soon, or at `run_at` if that is earlier than it waits for."""
    kind = PLAN if campaign.planned_at is None or campaign.state == State.SCHEDULED else SEND
    job = jobs.enqueue(kind, {"campaign": campaign.pk}, dedupe_key=str(campaign.pk), by=by, run_at=run_at)
    jobs.hasten(job, run_at)


def _finish(campaign: Campaign) -> None:
    """End a campaign of which nothing waits. Locked, so that nobody lets a mail be sent again in the meantime."""
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    if not campaign.deliveries.filter(state__in=ledger.WAITING).exists():
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
        skip_waiting(campaign)


def skip_waiting(campaign: Campaign) -> None:
    """Skip what waits: the campaign was cancelled."""
    campaign.deliveries.filter(state__in=ledger.UNSENT).update(
        state=Row.SKIPPED, reason=Delivery.Skipped.CANCELLED, lease_until=None, lease_token=""
    )
