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
from crm.services import activities, claims, nearest, pitches, verdicts

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
        place = _place(pitch, rows) if after is None else max(0, min(after, len(rows)))
        neighbour = rows[place - 1] if place else rows[0] if rows else None
        sentence = PitchSentence.objects.create(
            pitch=pitch, position=place + 1, paragraph=neighbour.paragraph if neighbour else 0, text=text,
            origin=PitchSentence.Origin.PERSON,
        )  # fmt: skip
        if claim is not None:
            sentence.claims.set([claim])
        _number([*rows[:place], sentence, *rows[place:]])
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
    """Put a sentence at position `to` (from 1); it joins the paragraph of the one it follows."""
    with transaction.atomic():
        rows = _rows(sentence.pitch)
        old = next(place for place, row in enumerate(rows) if row.pk == sentence.pk)
        new = max(0, min(to - 1, len(rows) - 1))
        pitches.revise(
            sentence.pitch, by=by, expected=expected, verb="move sentence",
            before={"position": old + 1}, after={"position": new + 1},
        )  # fmt: skip
        if new == old:
            return
        neighbour = rows[new]
        rows.insert(new, rows.pop(old))
        rows[new].paragraph = neighbour.paragraph
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
    """Where a new sentence goes: behind the last one that cites a claim, else before the last paragraph, else at the end."""
    citing = set(pitch.sentences.filter(claims__isnull=False).values_list("pk", flat=True))
    found = [place for place, row in enumerate(rows, start=1) if row.pk in citing]
    before_close = [place for place, row in enumerate(rows, start=1) if row.paragraph != rows[-1].paragraph]
    return (found or before_close or [len(rows)])[-1]


def _number(rows: list[PitchSentence]) -> None:
    for position, row in enumerate(rows, start=1):
        row.position = position
    PitchSentence.objects.bulk_update(rows, ["position", "paragraph"])
