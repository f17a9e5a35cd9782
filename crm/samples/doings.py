"""What people did with it: needs confirmed and declined, leads moved, pitches drafted, edited and sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from django.conf import settings
from django.utils import timezone

from core.models import Need, User
from core.services import jobs
from crm.models import Activity, Lead, Message, Pitch, PitchDelivery, Requirement
from crm.samples.market import Placed, Stages, began
from crm.services import lead_stages, pitches, reading, requirements, sending, sentences, verdicts
from modelhub import interface

SURE, DOUBTFUL = 0.6, 0.5  # what a rep of the sample confirms, and what they decline
FRESH = timedelta(days=3)  # needs of messages younger than this still wait for a person
LATELY = timedelta(days=10)  # what was said since, people looked at after the hub had learned from what came before
BOASTS = {
    "en": "It is just as accurate in Polish, and nobody else comes close.",
    "zh": "在方言上也同样准确，业内无人能比。",
}
REFUSED = "550 5.1.1 <%s>: Recipient address rejected: User unknown"
REFUSED_AGO = timedelta(hours=3)


def _owner(lead: Lead) -> User:
    """The person whose lead it is; every lead of the sample has one."""
    if lead.owner is None:
        raise ValueError(f"the sample lead {lead} has no owner")
    return lead.owner


def look_through(placed: Sequence[Placed], young_for: timedelta) -> None:
    """Confirm what the reader is sure of and decline what it doubts, except what messages of the last days say."""
    for one in placed:
        by, young = _owner(one.lead), timezone.now() - young_for
        for row in Requirement.objects.filter(lead=one.lead, status=Requirement.Status.PROPOSED).select_related("need"):
            if row.quotes.filter(message__sent_at__gt=young).exists() or one.plan.stage == "new":
                continue
            if (row.probability or 0) >= SURE:
                requirements.confirm(row, by=by, expected=row.version)
            elif (row.probability or 0) < DOUBTFUL:
                requirements.reject(row, by=by, expected=row.version)


def read_lately(placed: Sequence[Placed]) -> None:
    """Read the messages of the last days with what serves now, where that is another version than the one before."""
    needs = {need.key: need for need in Need.objects.filter(active=True)}
    rows = Message.objects.from_customer().filter(
        lead__in=[one.lead.pk for one in placed], sent_at__gt=timezone.now() - LATELY
    )
    serving = {
        row.lead.segment_id: interface.serving("read", row.lead.segment_id) for row in rows.select_related("lead")
    }
    again = [
        row
        for row in rows.select_related("lead").order_by("pk")
        if (now := serving[row.lead.segment_id]) and row.read_by and row.read_by != now.name
    ]
    asked = [interface.ReadRequest(row.source, row.text, row.lead.segment_id) for row in again]
    for row, result in zip(again, interface.read(asked) if asked else [], strict=True):
        if result.reading is not None:
            reading.keep(row, result, needs, in_bulk=True)


def move(placed: Sequence[Placed], stages: Stages) -> None:
    """Walk each lead to its stage through the gates, and date each step between its beginning and now."""
    for one in placed:
        lead, plan = one.lead, one.plan
        way = [
            stage for (pipeline, _key), stage in stages.items() if pipeline == plan.pipeline and stage.kind == "open"
        ]
        goal = stages[plan.pipeline, plan.stage]
        steps = [stage for stage in way[1:] if goal.kind == "won" or stage.position <= goal.position]
        steps = steps[:2] if goal.kind == "lost" else steps
        steps += [goal] if goal.kind != "open" else []
        start = began(plan)
        span = (timezone.now() - start) * (0.8 if goal.kind == "open" else 0.9)
        for number, stage in enumerate(steps, 1):
            _through_the_gate(lead, stage.confirmed_needed)
            lead.refresh_from_db()
            try:
                lead_stages.move(
                    lead, stage, by=_owner(lead), lost_reason=plan.lost_reason if stage.kind == "lost" else ""
                )
            except lead_stages.MoveRefused:
                break  # nothing confirmed and nothing to confirm: it stays where a rep would have left it
            at = start + span * number / (len(steps) + 1)
            Lead.objects.filter(pk=lead.pk).update(stage_since=at, closed_at=at if stage.kind != "open" else None)
            last = Activity.objects.filter(lead=lead, kind=Activity.Kind.STAGE).order_by("-id").first()
            if last:
                Activity.objects.filter(pk=last.pk).update(at=at)


def _through_the_gate(lead: Lead, needed: int) -> None:
    confirmed = Requirement.objects.filter(lead=lead, status=Requirement.Status.CONFIRMED).count()
    open_rows = Requirement.objects.filter(lead=lead, status=Requirement.Status.PROPOSED).order_by("-probability")
    for row in open_rows[: max(0, needed - confirmed)]:
        requirements.confirm(row, by=_owner(lead), expected=row.version)


def pitch(placed: Sequence[Placed]) -> None:
    """Draft pitches for the leads that are far enough, and leave them in every state a page can show."""
    dice = Random(11)  # seeded: the same sample each time
    made: list[tuple[Placed, Pitch]] = []
    for one in placed:
        if one.plan.stage in ("new", "qualified", "signal") or not _asks_for_something(one.lead):
            continue
        form = dice.choice([Pitch.Form.MAIL, Pitch.Form.MAIL, Pitch.Form.MAIL, Pitch.Form.CALL, Pitch.Form.ONE_PAGER])
        tone = dice.choice(Pitch.Tone.values)
        if not made:  # the lead of the tour gets a mail
            form = Pitch.Form.MAIL
        made.append(
            (
                one,
                pitches.start(
                    one.lead, by=_owner(one.lead), form=form, tone=tone, language=pitches.language_for(one.lead)
                ),
            )
        )
    jobs.work("ml")
    for number, (one, row) in enumerate(made):
        row.refresh_from_db()
        if row.state == Pitch.State.DRAFT:
            _carry_on(one, row, number)
    jobs.work("ml")
    _refuse_one(made)
    jobs.work("default")
    for one, row in made:
        _date(one, row)


def _asks_for_something(lead: Lead) -> bool:
    return Requirement.objects.filter(lead=lead).standing().exclude(need__facet="intent").exists()


def _carry_on(one: Placed, row: Pitch, number: int) -> None:
    by, closed = _owner(one.lead), one.plan.stage in ("won", "lost")
    if number % 6 == 0 and not closed:
        sentences.add(row, text=BOASTS[row.language], by=by, expected=row.version)
        return
    if number % 6 == 1 and not closed:
        return
    if any(standing.unsupported for standing in verdicts.of(row)):
        return
    pitches.make_ready(row, by=by, expected=row.version)
    if number % 6 == 2 and not closed:
        return
    row.refresh_from_db()
    if row.form != Pitch.Form.MAIL:
        pitches.mark_used(row, by=by, expected=row.version)
    elif settings.EMBEDDED:  # the outbox takes it; with a mail server configured the sample sends nothing
        sending.send(row, by=by, expected=row.version)


def _refuse_one(made: Sequence[tuple[Placed, Pitch]]) -> None:
    """Let the mail server have refused the first mail of an open lead: its rep mends the address and sends it again."""
    waiting = PitchDelivery.objects.filter(pitch__in=[row.pk for one, row in made if one.plan.stage == "fit"])
    mail = waiting.filter(state=PitchDelivery.State.PLANNED).order_by("pk").first()
    if mail is None:
        return
    why, at = REFUSED % mail.recipient, timezone.now() - REFUSED_AGO
    PitchDelivery.objects.filter(pk=mail.pk).update(
        state=PitchDelivery.State.FAILED, attempts=1, error=why, created_at=at, updated_at=at
    )
    Pitch.objects.filter(pk=mail.pitch_id).update(state=Pitch.State.FAILED, problem=why)


def _date(one: Placed, row: Pitch) -> None:
    """Set the sending back to shortly after the customer's last word that is old enough."""
    row.refresh_from_db()
    said = [message.days for message in one.plan.messages if message.days > 0.5]
    at = timezone.now() - timedelta(days=max(0.3, min(said, default=1.0) - 0.4))
    Pitch.objects.filter(pk=row.pk).update(created_at=at - timedelta(minutes=20))
    if row.state == Pitch.State.FAILED:
        Pitch.objects.filter(pk=row.pk).update(updated_at=timezone.now() - REFUSED_AGO)
    if row.state != Pitch.State.SENT:
        return
    outcome = {"won": "meeting", "lost": "no-answer", "pilot": "meeting", "contract": "replied"}.get(one.plan.stage, "")
    Pitch.objects.filter(pk=row.pk).update(sent_at=at, updated_at=at, outcome=outcome)
    Activity.objects.filter(lead=one.lead, kind=Activity.Kind.PITCH, data__pitch=row.pk).update(at=at)
    PitchDelivery.objects.filter(pitch=row).update(created_at=at, updated_at=at)
    if row.message_id:
        Message.objects.filter(pk=row.message_id).update(sent_at=at, created_at=at)
