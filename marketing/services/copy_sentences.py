"""Change the words of a copy, sentence by sentence. New words are judged again before the copy can be approved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.models import User
from crm.models import Claim
from crm.services import sentences, verdicts
from marketing.models import CampaignCopy, CopySentence
from marketing.services import copy_verdicts, copywriting, personal


def edit(sentence: CopySentence, text: str, *, by: User, expected: int | None) -> CopySentence:
    """Put other words in place of a sentence and queue their verification. Raises Stale, ValidationError."""
    text = clean(text)
    if text == sentence.text and expected in (None, sentence.copy.version):
        return sentence
    with transaction.atomic():
        _revise(sentence.copy, by, expected, "edit sentence", {"sentence": sentence.text}, {"sentence": text})
        _reword(sentence, text)
        copy_verdicts.queue(sentence, by=by, mark=sentence.copy.version)
    return sentence


def rewrite(sentence: CopySentence, claim: Claim, *, by: User, expected: int | None) -> CopySentence:
    """Say what a claim says instead. Raises ValidationError if this copy may not rest on the claim."""
    _check_usable(sentence.copy, claim)
    text = clean(claim.text_in(sentence.copy.language))
    after = {"sentence": text, "claim": claim.pk}
    with transaction.atomic():
        _revise(sentence.copy, by, expected, "rewrite sentence", {"sentence": sentence.text}, after)
        _reword(sentence, text)
        sentence.claims.set([claim])
        copy_verdicts.queue(sentence, by=by, mark=sentence.copy.version)
    return sentence


def add(
    copy: CampaignCopy, *, by: User, expected: int | None, text: str = "", claim: Claim | None = None
) -> CopySentence:
    """Add a sentence, from a claim or in own words, behind the last one that cites a claim, else at the end."""
    if claim is not None:
        _check_usable(copy, claim)
        text = text or claim.text_in(copy.language)
    text = clean(text)
    with transaction.atomic():
        _revise(copy, by, expected, "add sentence", {}, {"sentence": text})
        rows = _rows(copy)
        place = _place(copy, rows)
        paragraph = rows[place - 1].paragraph if place else 0
        made = CopySentence.objects.create(copy=copy, position=place + 1, paragraph=paragraph, text=text)
        if claim is not None:
            made.claims.set([claim])
        _number([*rows[:place], made, *rows[place:]])
        copy_verdicts.queue(made, by=by, mark=copy.version)
    return made


def remove(sentence: CopySentence, *, by: User, expected: int | None) -> None:
    """Take a sentence out. Raises Stale, ValidationError."""
    with transaction.atomic():
        _revise(sentence.copy, by, expected, "remove sentence", {"sentence": sentence.text}, {})
        sentence.delete()
        _number(_rows(sentence.copy))


def move(sentence: CopySentence, to: int, *, by: User, expected: int | None) -> None:
    """Put a sentence at position `to` (from 1); it joins the paragraph that stands there."""
    with transaction.atomic():
        rows = _rows(sentence.copy)
        old = next(place for place, row in enumerate(rows) if row.pk == sentence.pk)
        new = max(0, min(to - 1, len(rows) - 1))
        _revise(sentence.copy, by, expected, "move sentence", {"position": old + 1}, {"position": new + 1})
        paragraph = rows[new].paragraph
        rows.insert(new, rows.pop(old))
        rows[new].paragraph = paragraph
        _number(rows)


def split(sentence: CopySentence, *, by: User, expected: int | None) -> None:
    """Begin a new paragraph with this sentence, or, if it begins one, join it to the one before."""
    with transaction.atomic():
        rows = _rows(sentence.copy)
        place = next(place for place, row in enumerate(rows) if row.pk == sentence.pk)
        if not place:
            raise ValidationError(_("The first sentence begins the first paragraph."))
        begins = rows[place].paragraph != rows[place - 1].paragraph
        step = rows[place - 1].paragraph - rows[place].paragraph if begins else 1
        _revise(sentence.copy, by, expected, "split paragraph", {}, {"sentence": sentence.text, "joined": begins})
        for row in rows[place:]:
            row.paragraph += step
        _number(rows)


def recheck(sentence: CopySentence, *, by: User) -> None:
    """Ask the verifier once more about the same words. Raises ValidationError once the campaign is scheduled."""
    campaign = sentence.copy.campaign
    campaign.refresh_from_db(fields=["state"])
    if not campaign.open:
        raise ValidationError(_("The campaign is under way, so its verdicts stay as they are."))
    copy_verdicts.recheck(sentence, by=by)


def clean(text: str) -> str:
    """Return the words on one line; raises ValidationError if there are none, too many, or a personal part is not right."""
    text = sentences.clean(text)
    personal.check(text)
    return text


def _check_usable(copy: CampaignCopy, claim: Claim) -> None:
    if not copywriting.claims_for(copy).filter(pk=claim.pk).exists():
        raise ValidationError(
            _("%(claim)s cannot be used here: it is not approved for customers, has ended, or is not for this segment.")
            % {"claim": verdicts.name(claim)}
        )


def _revise(
    copy: CampaignCopy, by: User, expected: int | None, verb: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    copywriting.revise(copy, by=by, expected=expected, verb=verb, before=before, after=after)


def _reword(sentence: CopySentence, text: str) -> None:
    changes: dict[str, Any] = {"text": text, "verdict": "", "reasons": [], "rests_on": {}}
    CopySentence.objects.filter(pk=sentence.pk).update(**changes)
    for name, value in changes.items():
        setattr(sentence, name, value)


def _rows(copy: CampaignCopy) -> list[CopySentence]:
    return list(copy.sentences.order_by("position", "id"))


def _place(copy: CampaignCopy, rows: Sequence[CopySentence]) -> int:
    """Behind the last sentence that cites a claim, else at the end."""
    citing = set(copy.sentences.filter(claims__isnull=False).values_list("pk", flat=True))
    found = [place for place, row in enumerate(rows, start=1) if row.pk in citing]
    return (found or [len(rows)])[-1]


def _number(rows: Sequence[CopySentence]) -> None:
    for position, row in enumerate(rows, start=1):
        row.position = position
    CopySentence.objects.bulk_update(rows, ["position", "paragraph"])
