"""Draft a pitch in the worker: what the drafter may know of a lead, and what is kept of its answer."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from typing import cast

from django.utils.translation import gettext as _

from core.models import Job, Need
from core.services import jobs
from crm.models import Claim, Lead, Message, Pitch, PitchSentence, Quote, Requirement
from crm.services import coverage, judges, verdicts, wording
from modelhub import interface

CLAIMS_PER_NEED = 2
QUESTIONS = 2
_BEGINS = re.compile(r"(?:^|[.!?:;…\n•*)。！？：；，])\s*[\"“「]?$")  # what stands before the first word of a sentence
_PRIORITIES = [Requirement.Priority.MUST, Requirement.Priority.SHOULD, Requirement.Priority.COULD]


def work(rows: Sequence[Job]) -> None:
    """Write the drafts these jobs ask for; each is kept with its job in one transaction."""
    for job in rows:
        pitch = Pitch.objects.select_related("lead__company", "lead__segment", "contact", "author").filter(
            pk=job.payload["pitch"], state=Pitch.State.DRAFTING
        )
        found = pitch.first()
        if found is None:
            with jobs.finishing(job, note="drafted already or gone"):
                pass
            continue
        offered = claims_for(found.lead)
        with jobs.held(rows):
            result = interface.draft(f"crm.pitch:{found.pk}", found.lead.segment_id, request_for(found, offered))
        with jobs.finishing(job, result={"version": result.serving.key}):
            keep(found, result, offered)


def failed(job: Job) -> None:
    """Say on the pitch that it could not be drafted, and why."""
    Pitch.objects.filter(pk=job.payload["pitch"], state=Pitch.State.DRAFTING).update(
        state=Pitch.State.FAILED, problem=_("No draft came: %(why)s") % {"why": job.error[:200]}
    )


def claims_for(lead: Lead) -> list[Claim]:
    """Return the best one or two claims for each requirement, most wanted requirement first, none twice."""
    ranked = coverage.rank(lead, limit=CLAIMS_PER_NEED)
    found: dict[int, Claim] = {}
    for requirement in _requirements(lead):
        for item in ranked.get(requirement.need_id, []):
            found.setdefault(item.claim.pk, item.claim)
    return list(found.values())


def request_for(pitch: Pitch, offered: Sequence[Claim]) -> interface.DraftRequest:
    """Return everything the drafter may know: nothing internal, and no words that order a machine about."""
    lead, contact = pitch.lead, pitch.contact
    answered = {need.pk for claim in offered for need in claim.needs.all()}
    requirements = [row for row in _requirements(lead) if pitch.mention_gaps or _no_gap(row, answered)]
    needs = {requirement.need.pk: requirement.need for requirement in requirements}
    needs |= {need.pk: need for claim in offered for need in claim.needs.all()}
    return interface.DraftRequest(
        language=pitch.language,
        form=cast(interface.DraftForm, pitch.form),
        tone=cast(interface.Tone, pitch.tone),
        length=cast(interface.Length, pitch.length),
        company=_harmless(lead.company.name if lead.company else ""),
        contact=_harmless(contact.name if contact else ""),
        role=contact.role if contact else "",
        sender=pitch.author.name if pitch.author else "",
        requirements=tuple(
            interface.RequirementText(requirement.need.key, quote_of(requirement), requirement.status)
            for requirement in requirements
        ),
        claims=tuple(verdicts.as_text(claim, pitch.language) for claim in offered),
        need_names={need.key: _need_name(need, pitch.language) for need in needs.values()},
        questions=_questions(lead, pitch.language),
        industry=_harmless(lead.company.industry if lead.company else ""),
        mention_gaps=pitch.mention_gaps,
        seed=_seed(pitch),
    )


def quote_of(requirement: Requirement) -> str:
    """Return the customer's words to take up: a person's choice first, the latest next, never an order to a machine.

    The question mark of a sentence that is quoted from its beginning comes with it, so that a question stays one.
    """
    quotes = sorted(requirement.quotes.all(), key=lambda quote: (quote.by_person, quote.message_id), reverse=True)
    return next((text + _asked(quote) for quote in quotes if (text := _harmless(quote.text))), "")


def _asked(quote: Quote) -> str:
    text = quote.message.text
    mark = text[quote.end :].lstrip()[:1]
    return mark if mark in ("?", "？") and _BEGINS.search(text[: quote.start]) else ""


def keep(pitch: Pitch, result: interface.DraftResult, offered: Sequence[Claim]) -> None:
    """Write the sentences with claims, verdicts and origin, and the draft as it came, for the diff."""
    by_name = {verdicts.name(claim): claim for claim in offered}
    composed = result.serving.key.startswith("composer")
    rows = []
    for position, drafted in enumerate(result.draft.sentences, start=1):
        cited = [by_name[key] for key in (drafted.verdict.claims or drafted.claims) if key in by_name]
        rows.append((
            PitchSentence(
                pitch=pitch, position=position, paragraph=drafted.paragraph, text=" ".join(drafted.text.split()),
                verdict=drafted.verdict.verdict, reasons=judges.kept(drafted.verdict), replaced=drafted.replaced,
                origin=PitchSentence.Origin.COMPOSED if composed or drafted.replaced else PitchSentence.Origin.MODEL,
                rests_on=verdicts.rests_on(cited, pitch.language),
            ),
            cited,
        ))  # fmt: skip
    pitch.sentences.all().delete()
    for sentence, cited in rows:
        sentence.save()
        sentence.claims.set(cited)
    subject = " ".join(result.draft.subject.split())[:200]
    Pitch.objects.filter(pk=pitch.pk).update(
        state=Pitch.State.DRAFT, problem="", subject=subject, drafted_subject=subject,
        drafted_text=wording.script(sentence for sentence, _cited in rows), drafted_by=result.serving.name[:120],
        prediction=result.prediction, notes=list(result.notes),
    )  # fmt: skip


def _requirements(lead: Lead) -> list[Requirement]:
    """Standing requirements, the most wanted first."""
    standing = Requirement.objects.filter(lead=lead).standing()
    rows = list(standing.select_related("need").prefetch_related("quotes__message"))
    return sorted(rows, key=lambda row: (_PRIORITIES.index(Requirement.Priority(row.priority)), row.need.position))


def _no_gap(row: Requirement, answered: set[int]) -> bool:
    """Whether something answers it, or it wants no claim: else a pitch that keeps silent on gaps must not take it up."""
    return row.need.facet == Need.Facet.INTENT or (row.need_id in answered and row.status != Requirement.Status.GAP)


def _questions(lead: Lead, language: str) -> tuple[str, ...]:
    """The most telling open questions of the latest message, if they were asked in the language of the pitch."""
    latest = Message.objects.filter(lead=lead).from_customer().exclude(language="").first()
    if latest is None or latest.language.startswith("zh") != language.startswith("zh"):
        return ()
    ranked = sorted(latest.questions, key=lambda question: -float(question.get("gain", 0)))
    texts = (_harmless(str(question.get("text", ""))) for question in ranked)
    return tuple(text for text in texts if text)[:QUESTIONS]


def _harmless(text: str) -> str:
    """The text, or nothing if it orders a machine about."""
    return "" if not text or interface.is_order(text) else text


def _need_name(need: Need, language: str) -> str:
    return need.name_zh if language.startswith("zh") and need.name_zh else need.name_en


def _seed(pitch: Pitch) -> int:
    """The same for the same lead and number of pitches before, so that a draft can be made again."""
    earlier = Pitch.objects.filter(lead_id=pitch.lead_id, pk__lt=pitch.pk).count()
    return zlib.crc32(f"{pitch.lead_id}:{earlier}".encode())
