"""Change the words of a copy, sentence by sentence. New words are judged again before the copy can be approved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.models import User
from crm.models import Claim
from crm.services import sentence_order, sentences, verdicts
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
    """Add a sentence, from a claim or in own words, behind the last one that cites a claim."""
    if claim is not None:
        _check_usable(copy, claim)
        text = text or claim.text_in(copy.language)
    text = clean(text)
    with transaction.atomic():
        _revise(copy, by, expected, "add sentence", {}, {"sentence": text})
        rows = _rows(copy)
        at = _place(copy, rows)
        paragraph = sentence_order.paragraph_at(rows, at)
        made = CopySentence.objects.create(copy=copy, position=at + 1, paragraph=paragraph, text=text)
        if claim is not None:
            made.claims.set([claim])
        _number([*rows[:at], made, *rows[at:]])
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
        old, new = sentence_order.move(rows, sentence.pk, to)
        _revise(sentence.copy, by, expected, "move sentence", {"position": old}, {"position": new})
        _number(rows)


def split(sentence: CopySentence, *, by: User, expected: int | None) -> None:
    """Begin a new paragraph with this sentence, or, if it begins one, join it to the one before."""
    with transaction.atomic():
        rows = _rows(sentence.copy)
        joined = sentence_order.split(rows, sentence.pk)
        _revise(sentence.copy, by, expected, "split paragraph", {}, {"sentence": sentence.text, "joined": joined})
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
    return sentence_order.place(rows, set(copy.sentences.filter(claims__isnull=False).values_list("pk", flat=True)))


def _number(rows: Sequence[CopySentence]) -> None:
    sentence_order.number(rows)
    CopySentence.objects.bulk_update(rows, ["position", "paragraph"])
