"""Pitches: asked for, made ready, used, and what became of them. Their words are changed by `sentences`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import User
from core.services import audit, edits, jobs
from crm.models import Activity, Contact, Lead, Message, Pitch, Requirement
from crm.services import activities, subjects, verdicts, wording

LANGUAGES = {"en": "English", "zh": "简体中文"}  # what the composer writes
OPEN = (Pitch.State.DRAFT, Pitch.State.READY, Pitch.State.FAILED)


def start(
    lead: Lead,
    *,
    by: User | None,
    form: str = Pitch.Form.MAIL,
    language: str = "en",
    tone: str = Pitch.Tone.PLAIN,
    length: str = Pitch.Length.MEDIUM,
    contact: Contact | None = None,
    mention_gaps: bool = True,
) -> Pitch:
    """Ask for a draft; a worker writes it. Raises ValidationError if there is nothing to answer or a choice is unknown."""
    contact = contact or lead.contact
    if contact is not None and contact.pk != lead.contact_id and contact.company_id != lead.company_id:
        raise ValidationError({"contact": _("%(name)s is no contact of this lead.") % {"name": contact.name}})
    if language not in LANGUAGES:
        raise ValidationError({"language": _("Pitches are written in English or Chinese.")})
    if not Requirement.objects.filter(lead=lead).standing().exists():
        raise ValidationError(
            _(
                "This lead has no requirement yet, so a pitch would have nothing to answer. Add a message or a need first."
            )
        )
    pitch = Pitch(
        lead=lead, contact=contact, form=form, language=language, tone=tone, length=length, mention_gaps=mention_gaps,
        author=by, state=Pitch.State.DRAFTING,
    )  # fmt: skip
    pitch.clean_fields(exclude={field.name for field in Pitch._meta.fields} - {"form", "tone", "length"})
    with transaction.atomic():
        pitch.save()
        audit.record("start", pitch, by=by, after={"form": form, "language": language, "tone": tone, "length": length})
        _queue_draft(pitch, by=by)
    return pitch


def again(pitch: Pitch, *, by: User) -> Pitch:
    """Draft anew with the same choices: another pitch beside this one, which stays as it is."""
    return start(
        pitch.lead, by=by, form=pitch.form, language=pitch.language, tone=pitch.tone, length=pitch.length,
        contact=pitch.contact, mention_gaps=pitch.mention_gaps,
    )  # fmt: skip


def retry(pitch: Pitch, *, by: User) -> Pitch:
    """Queue a draft that could not be written once more."""
    if pitch.state != Pitch.State.FAILED or pitch.sentences.exists():
        raise ValidationError(_("This pitch has a draft. Use “Draft again” for another one beside it."))
    with transaction.atomic():
        edits.change(pitch, by=by, verb="retry", state=Pitch.State.DRAFTING, problem="")
        _queue_draft(pitch, by=by)
    return pitch


def language_for(lead: Lead, contact: Contact | None = None) -> str:
    """Return the language to offer first: the contact's, else that of the latest message, else the company's."""
    contact = contact or lead.contact
    latest = Message.objects.filter(lead=lead).from_customer().exclude(language="").first()
    company = lead.company
    for code in (contact and contact.language, latest and latest.language, company and company.language):
        if code:
            return "zh" if code.startswith("zh") else "en"
    return "en"


def revise(
    pitch: Pitch,
    *,
    by: User | None,
    expected: int | None,
    verb: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    """Count a change of words in the caller's transaction: version up, a ready pitch back to draft, audit.

    Raises Stale if somebody was first, ValidationError if the words may no longer change.
    """
    seen = pitch.version if expected is None else expected
    changed = Pitch.objects.filter(pk=pitch.pk, version=seen, state__in=OPEN).update(
        version=F("version") + 1, state=Pitch.State.DRAFT, problem="", updated_at=timezone.now()
    )
    if not changed:
        refuse(pitch, seen)
    pitch.version, pitch.state, pitch.problem = seen + 1, Pitch.State.DRAFT, ""
    audit.record(verb, pitch, by=by, before=before, after=after)


def refuse(pitch: Pitch, seen: int) -> None:
    """Say why a conditional change did not happen: Stale, or ValidationError with the state it is in."""
    pitch.refresh_from_db(fields=["version", "state"])
    if pitch.version != seen:
        raise edits.Stale(
            _("Somebody changed this pitch while you had it open. Nothing of yours was written; look and try again.")
        )
    raise ValidationError(
        _("This pitch is “%(state)s”, so its words stay. Use “Draft again” for another one.")
        % {"state": pitch.state_words}
    )


def set_subject(pitch: Pitch, subject: str, *, by: User, expected: int | None) -> Pitch:
    """Change the subject line; line breaks become spaces. It is judged again, also if the same unsupported one is kept."""
    subject = " ".join(subject.split())[:200]
    stands = not subjects.standing(pitch).unsupported
    if subject == pitch.subject and stands and expected in (None, pitch.version):
        return pitch
    with transaction.atomic():
        revise(
            pitch,
            by=by,
            expected=expected,
            verb="subject",
            before={"subject": pitch.subject},
            after={"subject": subject},
        )
        subjects.changed(pitch, subject, by=by)
    return pitch


def set_contact(pitch: Pitch, contact: Contact, *, by: User, expected: int | None) -> Pitch:
    """Address the pitch to another contact of the lead."""
    if contact.pk != pitch.lead.contact_id and contact.company_id != pitch.lead.company_id:
        raise ValidationError({"contact": _("%(name)s is no contact of this lead.") % {"name": contact.name}})
    before = pitch.contact
    with transaction.atomic():
        revise(pitch, by=by, expected=expected, verb="contact", before={"contact": before}, after={"contact": contact})
        Pitch.objects.filter(pk=pitch.pk).update(contact=contact)
        pitch.contact = contact
    return pitch


def names(pitch: Pitch, contact: Contact) -> bool:
    """Return whether the words of the pitch name a contact (by family name in the West, by full name in Chinese)."""
    words = contact.name.split()
    return bool(words) and any(words[-1] in text for text in pitch.sentences.values_list("text", flat=True))


def make_ready(pitch: Pitch, *, by: User, expected: int | None) -> Pitch:
    """Say that every sentence stands. Raises ValidationError, naming the sentences, while one does not."""
    if pitch.state not in (Pitch.State.DRAFT, Pitch.State.FAILED):
        refuse(pitch, pitch.version if expected is None else expected)
    check(pitch)
    return edits.change(pitch, by=by, verb="ready", expected=expected, state=Pitch.State.READY, problem="")


def back_to_draft(pitch: Pitch, *, by: User, expected: int | None) -> Pitch:
    """Take "ready" back."""
    if pitch.state != Pitch.State.READY:
        refuse(pitch, pitch.version if expected is None else expected)
    return edits.change(pitch, by=by, verb="draft", expected=expected, state=Pitch.State.DRAFT)


def check(pitch: Pitch) -> None:
    """Raise ValidationError if subject or any sentence is unsupported, contradicted or not judged yet, or if there is none."""
    standings = verdicts.of(pitch)
    if not standings:
        raise ValidationError(_("This pitch has no sentence. Add one from a claim, or draft again."))
    unsupported = [str(standing.number) for standing in standings if standing.unsupported]
    waiting = [str(standing.number) for standing in standings if standing.waiting]
    if unsupported:
        raise ValidationError(
            _("No claim supports sentence %(numbers)s. Mend or remove it; everything else is kept.")
            % {"numbers": ", ".join(unsupported)}
        )
    if waiting:
        raise ValidationError(
            _("Sentence %(numbers)s is still being checked. Try again in a moment.") % {"numbers": ", ".join(waiting)}
        )
    _check_subject(pitch)


def _check_subject(pitch: Pitch) -> None:
    subject = subjects.standing(pitch)
    if subject.unsupported:
        raise ValidationError(_("No claim supports what the subject says. Change it; everything else is kept."))
    if subject.waiting:
        subjects.queue(pitch, by=None)  # one written before subjects were judged waits for nothing yet
        raise ValidationError(_("The subject is still being checked. Try again in a moment."))


def mark_used(pitch: Pitch, *, by: User, expected: int | None) -> Pitch:
    """Say that a call script was used or a one-pager printed; a mail is sent instead. Every sentence must stand."""
    if pitch.form == Pitch.Form.MAIL:
        raise ValidationError(_("A mail is sent, not ticked. Use “Send”."))
    if pitch.state != Pitch.State.READY:
        raise ValidationError(_("Mark the pitch ready first."))
    check(pitch)
    now = timezone.now()
    distance = wording.edit_distance(pitch, pitch.sentences.order_by("position", "id"))
    with transaction.atomic():
        edits.change(
            pitch, by=by, verb="use", expected=expected, state=Pitch.State.SENT, sent_at=now, edit_distance=distance
        )
        event = "used" if pitch.form == Pitch.Form.CALL else "printed"
        text = _("Call script used") if pitch.form == Pitch.Form.CALL else _("One-pager printed")
        activities.log(pitch.lead, Activity.Kind.PITCH, text, by=by, data={"pitch": pitch.pk, "event": event})
        Lead.objects.filter(pk=pitch.lead_id).update(updated_at=now)
    return pitch


def set_outcome(pitch: Pitch, outcome: str, *, by: User, expected: int | None) -> Pitch:
    """Keep what became of a pitch that went out; an empty outcome takes it back. The lead's stage stays."""
    if pitch.state != Pitch.State.SENT:
        raise ValidationError(_("An outcome belongs to a pitch that went out."))
    if outcome and outcome not in Pitch.Outcome.values:
        raise ValidationError({"outcome": _("“%(outcome)s” is no outcome.") % {"outcome": outcome}})
    return edits.change(pitch, by=by, verb="outcome", expected=expected, outcome=outcome)


def _queue_draft(pitch: Pitch, *, by: User | None) -> None:
    jobs.enqueue("crm.draft", {"pitch": pitch.pk}, dedupe_key=f"pitch:{pitch.pk}", by=by)
