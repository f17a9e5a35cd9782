"""What stands in a copy and what does not: the verifier's verdicts, and whether the claims they rest on still hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import structlog
from django.db import transaction

from core.models import Job, User
from core.services import jobs
from crm.models import Claim, PitchSentence
from crm.services import judges, splitting, verdicts
from marketing.models import CampaignCopy, CopySentence
from marketing.services import copywriting, links, personal
from modelhub import interface

log = structlog.get_logger(__name__)
Verdict = PitchSentence.Verdict
# What only leads to a link says nothing of us: "Read more: https://…".
_POINTER = re.compile(
    r"(?:(?:you (?:can|will) )?(?:read|see|find|learn|look)(?: (?:out|up|on|more|it|all|this|details|the details)){0,3}"
    r"(?: (?:about|on) (?:it|this|that))?|more(?: (?:information|details|on this|about it|about this))?|(?:the )?details)"
    r"(?: (?:here|at|on|under))?|(?:了解)?(?:(?:更多|详细)(?:信息|内容|详情|介绍)?|详情)(?:[，,]?请?(?:看|见|访问|点击))?|(?:请)?(?:点击|查看|访问)(?:这里|此处)?",
    re.IGNORECASE,
)

# A line of names alone, as at the end of a letter, says nothing either: "{{ sender.name }}".
_NAMES = re.compile(r"(?:\{\{\s*[\w.]+\s*\}\}|[\W_])+")
_NOTHING = "Please see this."

Standing = verdicts.Standing[CopySentence]


def of(copy: CampaignCopy) -> list[Standing]:
    """Return each sentence with its verdict as of now."""
    rows = list(copy.sentences.prefetch_related("claims__needs", "claims__product").order_by("position", "id"))
    cited = {claim.pk for row in rows for claim in row.claims.all()}
    usable = copywriting.claims_for(copy).filter(pk__in=cited) if cited else []
    good = {claim.pk for claim in usable}
    return [verdicts.standing(row, number, good, copy.language) for number, row in enumerate(rows, start=1)]


def queue(sentence: CopySentence, *, by: User | None, mark: object) -> None:
    """Queue the verification of a sentence; `mark` tells this wording from the one before, which may be in work."""
    jobs.enqueue("marketing.verify", {"sentence": sentence.pk}, dedupe_key=f"copy-sentence:{sentence.pk}:{mark}", by=by)


def recheck(sentence: CopySentence, *, by: User | None) -> None:
    """Ask the verifier once more about the same words, for the claims may have changed."""
    with transaction.atomic():  # never a sentence that waits and no job that judges it
        CopySentence.objects.filter(pk=sentence.pk).update(verdict="", reasons=[])
        queue(sentence, by=by, mark="again")


def work(rows: Sequence[Job]) -> None:
    """Judge the waiting sentences of these jobs, in one call for each copy."""
    waiting = CopySentence.objects.filter(verdict="").select_related("copy__campaign__segment", "copy__segment")
    found = waiting.prefetch_related("claims").in_bulk([job.payload["sentence"] for job in rows])
    by_copy: dict[int, list[tuple[Job, CopySentence]]] = {}
    for job in rows:
        sentence = found.get(job.payload["sentence"])
        if sentence is None:
            with jobs.finishing(job, note="judged already or gone"):
                pass
        else:
            by_copy.setdefault(sentence.copy_id, []).append((job, sentence))
    with jobs.held(rows):  # a server may be asked for a second opinion
        for group in by_copy.values():
            _judge(group)


def failed(job: Job) -> None:
    """Say on the sentence that it could not be judged; it counts as unsupported until it is."""
    CopySentence.objects.filter(pk=job.payload["sentence"], verdict="").update(
        verdict=Verdict.UNSUPPORTED, reasons=["the verifier could not judge it"]
    )


def _judge(group: Sequence[tuple[Job, CopySentence]]) -> None:
    """Judge all readings of each sentence in one call."""
    copy = group[0][1].copy
    usable = list(copywriting.claims_for(copy))
    asked = [
        verdicts.Asked(tuple(_pieces(row.text, copy.language)), tuple(row.claims.all()), copy.language)
        for _job, row in group
    ]
    segment = copy.segment_id or copy.campaign.segment_id
    for (job, sentence), verdict in zip(group, verdicts.judge(asked, usable, segment), strict=True):
        try:
            with jobs.finishing(job, result={"verdict": verdict.verdict}):
                _keep(sentence, verdict, {verdicts.name(claim): claim for claim in usable})
        except jobs.LeaseLost:
            log.warning("lease lost", sentence=sentence.pk)


def _pieces(text: str, language: str) -> list[str]:
    """All that a sentence may say, cut where more than one was typed, so that none can hide behind another."""
    if _NAMES.fullmatch(text):
        return [_NOTHING]
    readings = personal.readings(text, language)
    return list(dict.fromkeys(_said(piece) for reading in readings for piece in splitting.pieces(reading)))


def _said(piece: str) -> str:
    """What a piece says: without the address, where it does no more than lead there."""
    rest = piece
    for url in links.find([piece]):
        rest = rest.replace(url, "")
    leads = rest != piece and _POINTER.fullmatch(rest.strip(" :：.。,，()（）"))
    return _NOTHING if leads else piece


def _keep(sentence: CopySentence, verdict: interface.Verdict, usable: Mapping[str, Claim]) -> None:
    """Write the verdict unless the words changed meanwhile."""
    claims = [usable[key] for key in verdict.claims if key in usable]
    supported = verdict.verdict == "supported"
    changed = CopySentence.objects.filter(pk=sentence.pk, text=sentence.text, verdict="").update(
        verdict=verdict.verdict, reasons=judges.kept(verdict),
        rests_on=verdicts.rests_on(claims, sentence.copy.language) if supported else {},
    )  # fmt: skip
    if changed and (supported or verdict.verdict == Verdict.FREE.value):
        sentence.claims.set(claims if supported else [])
