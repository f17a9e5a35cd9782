"""Copies are begun, drafted again, given subject lines and taken out; every change of words is counted here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import Segment, User
from core.services import audit, edits, jobs
from crm.models import Claim, Pitch
from crm.services import claims
from marketing.models import Campaign, CampaignCopy, Delivery
from marketing.services import copies, personal

SUBJECTS = 3
LONGEST_SUBJECT = 150  # characters
State = CampaignCopy.State


def claims_for(copy: CampaignCopy) -> QuerySet[Claim]:
    """Return the claims a copy may rest on: approved, for customers, valid today, and not only for another segment."""
    return claims.for_segment(copy.segment or copy.campaign.segment)


def start(
    campaign: Campaign,
    *,
    by: User,
    language: str = "en",
    segment: Segment | None = None,
    tone: str = Pitch.Tone.PLAIN,
    empty: bool = False,
) -> CampaignCopy:
    """Begin the copy for a language and segment; a worker drafts it, unless it is to be `empty`.

    Raises ValidationError if there is one already, or nothing to draft from.
    """
    _check_open(campaign)
    if language not in copies.LANGUAGES:
        raise ValidationError({"language": _("Mails are written in English or Chinese.")})
    if tone not in Pitch.Tone.values:
        raise ValidationError({"tone": _("Choose one of the tones.")})
    copy = CampaignCopy(campaign=campaign, language=language, segment=segment, tone=tone, edited_by=by)
    if not empty:
        _check_drafts(copy)
        copy.state = State.DRAFTING
    try:
        with transaction.atomic():
            copy.save()
            _stir(campaign, by)
            audit.record("start copy", copy, by=by, after={"language": language, "segment": segment, "empty": empty})
            if not empty:
                queue(copy, by=by)
    except IntegrityError:
        raise ValidationError(_("There is a copy for this language and segment already. Change that one.")) from None
    return copy


def again(copy: CampaignCopy, *, by: User, expected: int | None) -> CampaignCopy:
    """Draft a copy anew; the sentences it has are replaced once the draft is there. Raises Stale, ValidationError."""
    _check_drafts(copy)
    with transaction.atomic():
        before = {"sentences": list(copy.sentences.values_list("text", flat=True)), "subjects": copy.subjects}
        revise(copy, by=by, expected=expected, verb="draft again", before=before, after={})
        CampaignCopy.objects.filter(pk=copy.pk).update(state=State.DRAFTING)
        copy.state = State.DRAFTING
        queue(copy, by=by)
    return copy


def queue(copy: CampaignCopy, *, by: User | None) -> None:
    """Queue the drafting of a copy."""
    jobs.enqueue("marketing.draft", {"copy": copy.pk}, dedupe_key=f"copy:{copy.pk}", by=by)


def set_subjects(copy: CampaignCopy, lines: Sequence[str], *, by: User, expected: int | None) -> CampaignCopy:
    """Set the subject lines, 1–3, which are sent in turn. Raises Stale, ValidationError."""
    made = list(dict.fromkeys(" ".join(line.split()) for line in lines if line.strip()))
    if not made:
        raise ValidationError(_("A mail needs a subject line. Nothing was changed."))
    if len(made) > SUBJECTS:
        raise ValidationError(_("There are at most %(n)d subject lines. Nothing was changed.") % {"n": SUBJECTS})
    for line in made:
        if len(line) > LONGEST_SUBJECT:
            raise ValidationError(_("A subject line has at most %(n)d characters.") % {"n": LONGEST_SUBJECT})
        personal.check(line)
    if made == copy.subjects and expected in (None, copy.version):
        return copy
    with transaction.atomic():
        revise(
            copy, by=by, expected=expected, verb="subject", before={"subjects": copy.subjects}, after={"subjects": made}
        )
        CampaignCopy.objects.filter(pk=copy.pk).update(subjects=made)
        waiting = copy.deliveries.filter(state=Delivery.State.PLANNED, variant__gte=len(made))
        waiting.update(variant=F("variant") % len(made))  # dealt out anew, so that results count them where they belong
        copy.subjects = made
    return copy


def remove(copy: CampaignCopy, *, by: User, expected: int | None) -> None:
    """Take a copy out. Raises Stale, and ValidationError once mails of it are planned."""
    if copy.deliveries.exists():
        raise ValidationError(_("Mails of this copy are planned or sent, so it stays."))
    with transaction.atomic():
        gone = {"language": copy.language, "sentences": list(copy.sentences.values_list("text", flat=True))}
        revise(copy, by=by, expected=expected, verb="remove copy", before=gone, after={})
        copy.delete()


def revise(
    copy: CampaignCopy,
    *,
    by: User | None,
    expected: int | None,
    verb: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    """Count a change of words in the caller's transaction: version up, who did it, a given approval void, audit.

    Raises Stale if somebody was first, ValidationError if the words may no longer change.
    """
    _check_open(copy.campaign)
    seen = copy.version if expected is None else expected
    changed = CampaignCopy.objects.filter(pk=copy.pk, version=seen, state=State.DRAFT).update(
        version=F("version") + 1, problem="", edited_by=by, updated_at=timezone.now()
    )
    if not changed:
        refuse(copy, seen)
    copy.version, copy.problem, copy.edited_by = seen + 1, "", by
    _stir(copy.campaign, by)
    audit.record(verb, copy, by=by, before=before, after=after)


def refuse(copy: CampaignCopy, seen: int) -> None:
    """Say why a conditional change did not happen: Stale, or ValidationError while a worker is writing."""
    now = CampaignCopy.objects.filter(pk=copy.pk).values("version", "state").first()
    if now is None or now["version"] != seen:
        raise edits.Stale(
            _("Somebody changed this copy while you had it open. Nothing of yours was written; look and try again.")
        )
    raise ValidationError(_("A worker is writing this copy just now. Wait for it, then change it."))


def _check_open(campaign: Campaign) -> None:
    campaign.refresh_from_db(fields=["state"])
    if not campaign.open:
        raise ValidationError(
            _(
                "The campaign is “%(state)s”, so its words stay. Cancel the sending, or clone the campaign, to change them."
            )
            % {"state": campaign.get_state_display()}
        )


def _check_drafts(copy: CampaignCopy) -> None:
    need = copy.campaign.need
    if need is None:
        raise ValidationError(
            _("A draft answers a need. Choose the campaign’s need in the plan first, or begin with an empty copy.")
        )
    if not claims_for(copy).filter(needs=need).exists():
        raise ValidationError(
            _("No approved claim answers “%(need)s” here. Approve one first, or begin with an empty copy.")
            % {"need": need.name}
        )


def _stir(campaign: Campaign, by: User | None) -> None:
    """Make a given approval void, for it was for other words, and say so on the campaign."""
    if not Campaign.objects.filter(pk=campaign.pk, state=Campaign.State.APPROVED).exists():
        return
    campaign.refresh_from_db()
    edits.change(
        campaign, by=by, verb="void approval", state=Campaign.State.PLANNING, approved_hash="", approved_by=None,
        approved_at=None, problem=_("The copy was changed after it was approved, so the approval is void. Ask for it again."),
    )  # fmt: skip
