"""Send a pitch once: planned → attempting (committed before the mail is handed over) → sent, failed, planned again, or

ambiguous, when no reply was kept: that is shown and left to a person.
"""

from __future__ import annotations

import contextlib
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import Job, User
from core.services import audit, edits, jobs
from crm.models import Activity, Lead, Message, Pitch, PitchDelivery
from crm.services import activities, messages, pitch_mail, pitches, wording

log = structlog.get_logger(__name__)
State = PitchDelivery.State
LEASE = timedelta(seconds=150)  # longer than a server may take: four replies of 30 s each
WAITS = (60, 300, 900, 3600, 4 * 3600, 8 * 3600)  # seconds before the next attempt after "later"
TIMEOUT = 30  # seconds a server may take for one reply


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of an attempt, and the words of the server."""

    kind: Literal["sent", "later", "refused", "unknown"]
    words: str = ""


def send(pitch: Pitch, *, by: User, expected: int | None) -> PitchDelivery:
    """Queue the mail of a ready pitch. A second call while it is under way, or after it, is refused.

    Raises ValidationError (nothing is written) if it is not ready, is no mail, or the contact has no address; Stale.
    """
    if pitch.form != Pitch.Form.MAIL:
        raise ValidationError(_("Only mails are sent. Mark this one as used instead."))
    if pitch.state != Pitch.State.READY:
        raise ValidationError(_not_ready(pitch))
    pitches.check(pitch)
    pitch_mail.address_of(pitch.contact)
    if not pitch.subject.strip():
        raise ValidationError(_("The mail has no subject. Write one, then send. Nothing was sent."))
    with transaction.atomic():
        edits.change(pitch, by=by, verb="send", expected=expected, state=Pitch.State.SENDING, problem="")
        delivery = PitchDelivery.objects.filter(pitch=pitch).first() or PitchDelivery(
            pitch=pitch, message_id=pitch_mail.new_message_id(pitch)
        )
        if delivery.pk and delivery.state != State.FAILED:  # a failed mail was certainly not delivered; others may be
            raise ValidationError(_("This mail is under way or was sent already."))
        delivery.state, delivery.by, delivery.error, delivery.attempts = State.PLANNED, by, "", 0
        delivery.retry_at, delivery.lease_until, delivery.created_at = None, None, timezone.now()
        pitch_mail.fill(delivery, pitch)
        delivery.save()
        _queue(delivery, by=by)
    return delivery


def settle(delivery: PitchDelivery, verdict: Literal["sent", "again"], *, by: User) -> PitchDelivery:
    """Let a person decide what nobody else can know: it was sent, or send it again with the same Message-ID."""
    with transaction.atomic():
        if not PitchDelivery.objects.unclear().filter(pk=delivery.pk).update(state=State.AMBIGUOUS, lease_until=None):
            raise ValidationError(_("This mail is settled already. Look at its state."))
        delivery.refresh_from_db()
        audit.record("settle", delivery.pitch, by=by, before={"mail": "unknown"}, after={"mail": verdict})
        if verdict == "sent":
            _mark_sent(delivery, by=by)
        else:
            PitchDelivery.objects.filter(pk=delivery.pk).update(state=State.PLANNED, error="", retry_at=None)
            _queue(delivery, by=by)
    delivery.refresh_from_db()
    return delivery


def work(rows: Sequence[Job]) -> None:
    """Attempt the mails of these jobs."""
    for job in rows:
        delivery = PitchDelivery.objects.select_related("pitch__lead", "pitch__contact", "by").filter(
            pk=job.payload["delivery"]
        )
        found = delivery.first()
        next_at = attempt(found) if found else None
        try:
            with jobs.finishing(job):
                if found and next_at:
                    _queue(found, by=job.by, run_at=next_at)
        except jobs.LeaseLost:
            log.warning("lease lost", job=job.pk)
            if found and Job.objects.filter(pk=job.pk, state=Job.State.CANCELLED).exists():
                _fail(found, State.PLANNED, _("The sending was cancelled before the mail was taken."))


def failed(job: Job) -> None:
    """The worker stopped five times: a mail that was not handed over fails; one that was handed over stays unclear."""
    delivery = PitchDelivery.objects.filter(pk=job.payload["delivery"], state=State.PLANNED).first()
    if delivery:
        _fail(delivery, State.PLANNED, _("The worker stopped: %(why)s") % {"why": job.error[:200]})


def attempt(delivery: PitchDelivery) -> datetime | None:
    """Bring a mail one step on; returns when to come back to it, if at all."""
    if delivery.state == State.ATTEMPTING:
        return _expire(delivery)
    if delivery.state != State.PLANNED:
        return None
    if delivery.retry_at and delivery.retry_at > timezone.now():
        return delivery.retry_at
    try:
        pitches.check(delivery.pitch)
        mail = pitch_mail.build(delivery)
        mail.message()
    except (ValidationError, ValueError) as error:  # ValueError: BadHeaderError and addresses that cannot be encoded
        _fail(delivery, State.PLANNED, " ".join(error.messages) if isinstance(error, ValidationError) else str(error))
        return None
    connection = get_connection(timeout=getattr(settings, "EMAIL_TIMEOUT", None) or TIMEOUT)
    try:
        connection.open()
    except (smtplib.SMTPException, OSError) as error:
        return _record(delivery, State.PLANNED, _not_connected(error))
    try:
        if not _claim(delivery):
            return None
        reply = _hand_over(connection, mail)
    finally:
        with contextlib.suppress(
            Exception
        ):  # what became of the mail is known; how the server says goodbye is not news
            connection.close()
    return _record(delivery, State.ATTEMPTING, reply)


def _claim(delivery: PitchDelivery) -> bool:
    """Commit `attempting`, before the mail leaves; False if somebody else has it."""
    claimed = PitchDelivery.objects.filter(pk=delivery.pk, state=State.PLANNED).update(
        state=State.ATTEMPTING, attempts=F("attempts") + 1, lease_until=timezone.now() + LEASE, retry_at=None
    )
    if claimed:
        delivery.refresh_from_db(fields=["state", "attempts", "lease_until"])
    return bool(claimed)


def _hand_over(connection: BaseEmailBackend, mail: EmailMessage) -> Reply:
    try:
        connection.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        return _said(code, words)
    except smtplib.SMTPResponseException as error:  # sender or data refused: the server answered
        return _said(error.smtp_code, error.smtp_error)
    except Exception as error:  # connection lost, time-out, another back end's error: it may have been taken
        log.warning("no reply to a mail", why=repr(error))
        return Reply("unknown", _("No reply came: %(why)s") % {"why": _words(str(error) or type(error).__name__)})
    return Reply("sent")


def _not_connected(error: Exception) -> Reply:
    if isinstance(error, smtplib.SMTPResponseException):
        return _said(error.smtp_code, error.smtp_error)
    return Reply("later", _("The mail server did not answer: %(why)s") % {"why": _words(str(error))})


def _said(code: int, words: bytes | str) -> Reply:
    text = f"{code} {_words(words)}".strip()
    return Reply("later" if 400 <= code < 500 else "refused", text)


def _words(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return pitch_mail.header(text)[:250]


def _record(delivery: PitchDelivery, held: str, reply: Reply) -> datetime | None:
    """Write what came of the attempt, unless somebody settled the row meanwhile; returns when to try again."""
    if reply.kind == "sent":
        with transaction.atomic():
            _mark_sent(delivery, by=delivery.by)
        return None
    if reply.kind == "refused":
        _fail(delivery, held, reply.words)
        return None
    if reply.kind == "unknown":
        PitchDelivery.objects.filter(pk=delivery.pk, state=held, attempts=delivery.attempts).update(
            state=State.AMBIGUOUS, lease_until=None, error=reply.words[:300]
        )
        return None
    tries = delivery.attempts + (1 if held == State.PLANNED else 0)  # one that did not connect counts too
    if tries > len(WAITS):
        _fail(delivery, held, reply.words)
        return None
    at = timezone.now() + timedelta(seconds=WAITS[tries - 1])
    PitchDelivery.objects.filter(pk=delivery.pk, state=held, attempts=delivery.attempts).update(
        state=State.PLANNED, attempts=tries, retry_at=at, lease_until=None, error=reply.words[:300]
    )
    return at


def _expire(delivery: PitchDelivery) -> datetime | None:
    """A row still attempting when its lease is over: the reply was lost. It is shown and never sent by itself."""
    if delivery.lease_until and delivery.lease_until > timezone.now():
        return delivery.lease_until + timedelta(seconds=1)
    PitchDelivery.objects.filter(pk=delivery.pk, state=State.ATTEMPTING, lease_until=delivery.lease_until).update(
        state=State.AMBIGUOUS, lease_until=None, error=_("The worker stopped while the mail was being handed over.")
    )
    return None


def _mark_sent(delivery: PitchDelivery, *, by: User | None) -> None:
    """Write all that follows from a sent mail: ledger, pitch, message and timeline. The lead's stage stays."""
    known = PitchDelivery.objects.filter(  # planned: a person said "again" before the late reply of this attempt came
        pk=delivery.pk, state__in=[State.ATTEMPTING, State.AMBIGUOUS, State.PLANNED], attempts=delivery.attempts
    )
    if not known.update(state=State.SENT, lease_until=None, retry_at=None, error=""):
        log.warning("a sent mail was settled otherwise", delivery=delivery.pk)
        return
    pitch, now = delivery.pitch, timezone.now()
    message, _made = messages.add(
        pitch.lead, text=delivery.body, channel=Message.Channel.MAIL, by=by, subject=delivery.subject,
        contact=pitch.contact, external_id=delivery.message_id, sent_at=now, outgoing=True,
    )  # fmt: skip
    distance = wording.edit_distance(pitch, pitch.sentences.order_by("position", "id"))
    Pitch.objects.filter(pk=pitch.pk).update(
        state=Pitch.State.SENT, sent_at=now, message=message, edit_distance=distance, problem="",
        version=F("version") + 1, updated_at=now,
    )  # fmt: skip
    told = {"name": delivery.recipient_name or delivery.recipient, "subject": delivery.subject}
    text = _("Pitch sent to %(name)s: %(subject)s") % told
    data = {"pitch": pitch.pk, "event": "sent", **told}
    activities.log(pitch.lead, Activity.Kind.PITCH, text, by=by, data=data)
    Lead.objects.filter(pk=pitch.lead_id).update(updated_at=now)


def _fail(delivery: PitchDelivery, held: str, why: str) -> None:
    with transaction.atomic():
        if PitchDelivery.objects.filter(pk=delivery.pk, state=held).update(
            state=State.FAILED, lease_until=None, retry_at=None, error=why[:300]
        ):
            Pitch.objects.filter(pk=delivery.pitch_id).update(
                state=Pitch.State.FAILED, problem=why[:300], version=F("version") + 1, updated_at=timezone.now()
            )


def _not_ready(pitch: Pitch) -> str:
    if pitch.state in (Pitch.State.SENDING, Pitch.State.SENT):
        return _("This mail is under way or was sent already.")
    return _("Mark the pitch ready first, then send it. Nothing was sent.")


def _queue(delivery: PitchDelivery, *, by: User | None, run_at: datetime | None = None) -> None:
    jobs.enqueue("crm.send", {"delivery": delivery.pk}, by=by, run_at=run_at)
