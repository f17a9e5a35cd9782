"""Draft a copy in the worker, from the claims that answer the campaign's need, with the personal parts left open."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import cast

from django.utils.translation import gettext as _

from core.models import Job, Need
from core.services import jobs
from crm.models import Claim
from crm.services import claims, judges, verdicts
from marketing.models import CampaignCopy, CopySentence
from marketing.services import copy_verdicts, copywriting, links
from modelhub import interface

FOR_THE_NEED = 3  # claims
# What a reader asks next, whatever the mail is about; one claim each, of the products the first claims speak of.
NEXT_QUESTIONS = ("integration-api", "cost-control", "support-sla")
BESIDE = 2
# The sentence that leads to the campaign's landing page, by tone; it asserts nothing, and the verifier is asked all the same.
CALLS = {
    "en": {"plain": "Read more: {url}", "warm": "You can read more about it here: {url}", "formal": "More information: {url}"},
    "zh": {"plain": "了解更多：{url}", "warm": "了解详情，请点击：{url}", "formal": "详情请见：{url}"},
}  # fmt: skip
State = CampaignCopy.State


def work(rows: Sequence[Job]) -> None:
    """Write the drafts these jobs ask for; each is kept with its job in one transaction."""
    for job in rows:
        found = CampaignCopy.objects.select_related("campaign__need", "campaign__segment", "segment").filter(
            pk=job.payload["copy"], state=State.DRAFTING
        )
        copy = found.first()
        if copy is None:
            with jobs.finishing(job, note="drafted already or gone"):
                pass
            continue
        offered = offer(copy)
        if not offered or copy.campaign.need is None:
            raise jobs.Unworkable(_("no approved claim answers the need any more"))
        segment = copy.segment_id or copy.campaign.segment_id
        with jobs.held(rows):
            result = interface.draft(
                f"marketing.copy:{copy.pk}", segment, request_for(copy, copy.campaign.need, offered)
            )
        with jobs.finishing(job, result={"version": result.serving.key}):
            keep(copy, result, offered)


def failed(job: Job) -> None:
    """Say on the copy that it could not be drafted, and why; its words are as before."""
    CampaignCopy.objects.filter(pk=job.payload["copy"], state=State.DRAFTING).update(
        state=State.DRAFT, problem=_("No draft came: %(why)s") % {"why": job.error[:200]}
    )


def offer(copy: CampaignCopy) -> list[Claim]:
    """Return the claims to write from: the best of the need, then one each for what the reader asks next."""
    pool = list(copywriting.claims_for(copy).prefetch_related("segments"))
    ranked = claims.not_superseded(sorted(pool, key=_rank))
    need = copy.campaign.need
    found = [claim for claim in ranked if need in claim.needs.all()][:FOR_THE_NEED]
    products = {claim.product_id for claim in found}
    for key in NEXT_QUESTIONS:
        if need and key == need.key:
            continue
        fitting = (
            claim for claim in ranked
            if claim not in found and claim.product_id in products and key in {row.key for row in claim.needs.all()}
        )  # fmt: skip
        beside = next(fitting, None)
        if beside and len(found) < FOR_THE_NEED + BESIDE:
            found.append(beside)
    return found


def request_for(copy: CampaignCopy, need: Need, offered: Sequence[Claim]) -> interface.DraftRequest:
    """Return what the drafter may know: no recipient, only where a recipient's name will stand."""
    chinese = copy.language.startswith("zh")
    whole = chinese or copy.tone == "formal"
    needs = {row.key: row for claim in offered for row in claim.needs.all()} | {need.key: need}
    beside = [key for key in NEXT_QUESTIONS if key in needs and key != need.key]
    return interface.DraftRequest(
        language=copy.language,
        form="campaign",
        tone=cast(interface.Tone, copy.tone),
        length="medium",
        company="{{ company.name }}",
        contact="{{ contact.name }}" if whole else "{{ contact.first_name }}",
        role="",
        sender="{{ sender.name }}",
        requirements=tuple(interface.RequirementText(key) for key in (need.key, *beside)),
        claims=tuple(verdicts.as_text(claim, copy.language) for claim in offered),
        need_names={key: row.name_zh if chinese and row.name_zh else row.name_en for key, row in needs.items()},
        mention_gaps=False,
        seed=zlib.crc32(f"{copy.campaign_id}:{copy.pk}:{copy.version}".encode()),
    )


def keep(copy: CampaignCopy, result: interface.DraftResult, offered: Sequence[Claim]) -> None:
    """Write subject lines and sentences with claims and verdicts, in place of those that were there."""
    by_name = {verdicts.name(claim): claim for claim in offered}
    copy.sentences.all().delete()
    for position, drafted in enumerate(result.draft.sentences, start=1):
        cited = [by_name[key] for key in (drafted.verdict.claims or drafted.claims) if key in by_name]
        sentence = CopySentence.objects.create(
            copy=copy, position=position, paragraph=drafted.paragraph, text=" ".join(drafted.text.split()),
            verdict=drafted.verdict.verdict, reasons=judges.kept(drafted.verdict),
            rests_on=verdicts.rests_on(cited, copy.language),
        )  # fmt: skip
        sentence.claims.set(cited)
    _lead_on(copy)
    lines = [" ".join(line.split())[: copywriting.LONGEST_SUBJECT] for line in result.draft.subject.split("\n")]
    CampaignCopy.objects.filter(pk=copy.pk).update(
        state=State.DRAFT, problem="", subjects=[line for line in lines if line][: copywriting.SUBJECTS],
        drafted_by=result.serving.name[:120], prediction=result.prediction,
    )  # fmt: skip


def _lead_on(copy: CampaignCopy) -> None:
    """Lead to the landing page, in a paragraph before the closing, unless there is none or the draft leads there itself."""
    url, rows = copy.campaign.landing_page, list(copy.sentences.order_by("position"))
    if not url or not rows or url in links.find(row.text for row in rows):
        return
    last = rows[-1].paragraph
    closing = [row for row in rows if row.paragraph == last] if "{{ sender." in rows[-1].text else []
    if len(closing) == len(rows):  # all in one paragraph: only its last sentence closes
        closing = rows[-1:]
    position, paragraph = len(rows) - len(closing) + 1, last if closing else last + 1
    for row in closing:
        row.position, row.paragraph = row.position + 1, row.paragraph + 1
    CopySentence.objects.bulk_update(closing, ["position", "paragraph"])
    text = CALLS["zh" if copy.language.startswith("zh") else "en"][copy.tone].format(url=url)
    made = CopySentence.objects.create(copy=copy, position=position, paragraph=paragraph, text=text)
    copy_verdicts.queue(made, by=None, mark=copy.version)


def _rank(claim: Claim) -> tuple[bool, bool, int, int]:
    """Made for the segment first, facts before inferences, the better proved one first."""
    return (not claim.segments.all(), claim.kind != Claim.Kind.FACT, -getattr(claim, "proofs", 0), claim.pk)
