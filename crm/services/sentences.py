"""Change the words of a pitch, sentence by sentence. New words are judged again before the pitch can be ready."""

from __future__ import annotations

import re
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import User
from core.services import audit
from crm.models import Claim, Pitch, PitchSentence, Task
from crm.services import activities, claims, nearest, pitches, sentence_order, verdicts

LONGEST = 1200  # characters
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")


def edit(sentence: PitchSentence, text: str, *, by: User, expected: int | None) -> PitchSentence:
    """Put other words in place of a sentence and queue their verification. Raises Stale, ValidationError."""
    text = clean(text)
    if text == sentence.text and expected in (None, sentence.pitch.version):
        return sentence
    with transaction.atomic():
        pitches.revise(
            sentence.pitch, by=by, expected=expected, verb="edit sentence",
            before={"sentence": sentence.text}, after={"sentence": text},
        )  # fmt: skip
        _reword(sentence, text)
        verdicts.queue(sentence, by=by, mark=sentence.pitch.version)
    return sentence


def rewrite(sentence: PitchSentence, claim: Claim, *, by: User, expected: int | None) -> PitchSentence:
    """Say what a claim says instead. Raises ValidationError if this lead may not hear the claim."""
    _check_usable(sentence.pitch, claim)
    text = clean(claim.text_in(sentence.pitch.language))
    with transaction.atomic():
        pitches.revise(
            sentence.pitch, by=by, expected=expected, verb="rewrite sentence",
            before={"sentence": sentence.text}, after={"sentence": text, "claim": claim.pk},
        )  # fmt: skip
        _reword(sentence, text)
        sentence.claims.set([claim])
        verdicts.queue(sentence, by=by, mark=sentence.pitch.version)
    return sentence


def add(
    pitch: Pitch,
    *,
    by: User,
    expected: int | None,
    text: str = "",
    claim: Claim | None = None,
    after: int | None = None,
) -> PitchSentence:
    """Add a sentence, from a claim or in own words, behind the position `after` (None: behind the last one that cites a claim)."""
    if claim is not None:
        _check_usable(pitch, claim)
        text = text or claim.text_in(pitch.language)
    text = clean(text)
    with transaction.atomic():
        pitches.revise(pitch, by=by, expected=expected, verb="add sentence", before={}, after={"sentence": text})
        rows = _rows(pitch)
        at = _place(pitch, rows) if after is None else max(0, min(after, len(rows)))
        sentence = PitchSentence.objects.create(
            pitch=pitch, position=at + 1, paragraph=sentence_order.paragraph_at(rows, at), text=text,
            origin=PitchSentence.Origin.PERSON,
        )  # fmt: skip
        if claim is not None:
            sentence.claims.set([claim])
        _number([*rows[:at], sentence, *rows[at:]])
        verdicts.queue(sentence, by=by, mark=pitch.version)
    return sentence


def remove(sentence: PitchSentence, *, by: User, expected: int | None) -> None:
    """Take a sentence out. Raises Stale, ValidationError."""
    with transaction.atomic():
        pitches.revise(
            sentence.pitch,
            by=by,
            expected=expected,
            verb="remove sentence",
            before={"sentence": sentence.text},
            after={},
        )
        sentence.delete()
        _number(_rows(sentence.pitch))


def move(sentence: PitchSentence, to: int, *, by: User, expected: int | None) -> None:
    """Put a sentence at position `to` (from 1); it joins the paragraph that stands there."""
    with transaction.atomic():
        rows = _rows(sentence.pitch)
        old, new = sentence_order.move(rows, sentence.pk, to)
        pitches.revise(
            sentence.pitch, by=by, expected=expected, verb="move sentence",
            before={"position": old}, after={"position": new},
        )  # fmt: skip
        _number(rows)


def split(sentence: PitchSentence, *, by: User, expected: int | None) -> None:
    """Begin a new paragraph with this sentence, or, if it begins one, join it to the one before."""
    with transaction.atomic():
        rows = _rows(sentence.pitch)
        joined = sentence_order.split(rows, sentence.pk)
        pitches.revise(
            sentence.pitch, by=by, expected=expected, verb="split paragraph",
            before={}, after={"sentence": sentence.text, "joined": joined},
        )  # fmt: skip
        _number(rows)


def recheck(sentence: PitchSentence, *, by: User) -> None:
    """Ask the verifier once more about the same words. What is on its way or was sent keeps its verdicts (ValidationError)."""
    if not sentence.pitch.open:
        pitches.refuse(sentence.pitch, sentence.pitch.version)
    verdicts.recheck(sentence, by=by)


def ask_for_claim(sentence: PitchSentence, *, by: User) -> Task:
    """Ask those who keep the claims for one that says this: a task for the owner of the nearest claim, else for marketing."""
    pitch = sentence.pitch
    near = nearest.find(sentence.text, pitch.language, claims.for_lead(pitch.lead).values_list("pk", flat=True))
    keeper = near.claim.owner if near and near.claim.owner and near.claim.owner.is_active else None
    marketing = User.objects.filter(role=User.Role.MARKETER, is_active=True).order_by("pk").first()
    person = keeper or marketing
    if person is None:
        raise ValidationError(_("Nobody keeps claims here. Ask an admin to make somebody marketing manager."))
    title = _("Claim wanted: %(text)s") % {"text": sentence.text}
    with transaction.atomic():
        if not PitchSentence.objects.filter(pk=sentence.pk, asked_at=None).update(asked_at=timezone.now()):
            raise ValidationError(_("A claim was asked for already; its keeper has the task."))
        task = activities.add_task(pitch.lead, title[:200], timezone.now() + timedelta(days=2), by=by, assignee=person)
        audit.record("ask for a claim", pitch, by=by, after={"sentence": sentence.text, "of": person})
    return task


def clean(text: str) -> str:
    """Return the words on one line; raises ValidationError if there are none or too many."""
    text = " ".join(_CONTROL.sub(" ", text).split())
    if not text:
        raise ValidationError(_("The sentence is empty. Nothing was changed; write something, or remove it."))
    if len(text) > LONGEST:
        raise ValidationError(
            _("A sentence has at most %(n)d characters. Nothing was changed; split it in two.") % {"n": LONGEST}
        )
    return text


def _check_usable(pitch: Pitch, claim: Claim) -> None:
    if not claims.for_lead(pitch.lead).filter(pk=claim.pk).exists():
        raise ValidationError(
            _("%(claim)s cannot be used here: it is not approved for customers, has ended, or is not for this segment.")
            % {"claim": verdicts.name(claim)}
        )


def _reword(sentence: PitchSentence, text: str) -> None:
    changes = {
        "text": text, "verdict": "", "reasons": [], "rests_on": {}, "origin": PitchSentence.Origin.PERSON,
        "replaced": False, "asked_at": None,
    }  # fmt: skip
    PitchSentence.objects.filter(pk=sentence.pk).update(**changes)
    for name, value in changes.items():
        setattr(sentence, name, value)


def _rows(pitch: Pitch) -> list[PitchSentence]:
    return list(pitch.sentences.order_by("position", "id"))


def _place(pitch: Pitch, rows: list[PitchSentence]) -> int:
    return sentence_order.place(rows, set(pitch.sentences.filter(claims__isnull=False).values_list("pk", flat=True)))


def _number(rows: list[PitchSentence]) -> None:
    sentence_order.number(rows)
    PitchSentence.objects.bulk_update(rows, ["position", "paragraph"])
