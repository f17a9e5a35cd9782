"""What stands in a pitch and what does not: the verifier's verdicts, and whether the claims they rest on still hold."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from core.models import Job, User
from core.services import jobs
from crm.models import Claim, Lead, Pitch, PitchSentence
from crm.services import claims as claim_service
from crm.services import judges, nearest, splitting
from modelhub import interface

log = structlog.get_logger(__name__)
S = TypeVar("S")
Verdict = PitchSentence.Verdict
NEAR = 6  # claims beside the cited ones that a sentence is tried on
_WORST_FIRST = (Verdict.CONTRADICTED, Verdict.UNSUPPORTED, Verdict.SUPPORTED, Verdict.FREE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What one box says (at least one piece), and the claims it cites."""

    pieces: tuple[str, ...]
    claims: tuple[Claim, ...]
    language: str


@dataclass(frozen=True, slots=True)
class Standing(Generic[S]):
    """A sentence as it stands now. `verdict` is "" while the verifier has not spoken; `lost` are claims that fell away.

    `by` names the version that judged, where one is known. Pitches and campaign copies have sentences of their own, which
    stand in the same way.
    """

    sentence: S
    number: int
    verdict: str
    why: tuple[str, ...]
    claims: tuple[Claim, ...]
    lost: tuple[Claim, ...] = ()
    by: str = ""

    @property
    def waiting(self) -> bool:
        """The verifier has not judged these words yet."""
        return not self.verdict

    @property
    def unsupported(self) -> bool:
        """No claim says it, or a claim says otherwise."""
        return self.verdict in (Verdict.UNSUPPORTED, Verdict.CONTRADICTED)

    @property
    def blocks(self) -> bool:
        """Keeps the pitch or copy from being ready."""
        return self.waiting or self.unsupported


def as_text(claim: Claim, language: str) -> interface.ClaimText:
    """Return a claim as the hub takes it, worded in `language` where it has such words."""
    text = claim.text_in(language)
    worded = "zh" if text == claim.text_zh and text != claim.text_en else "en"
    about = claim.product.name if claim.product else "us"
    return interface.ClaimText(name(claim), text, worded, about, tuple(need.key for need in claim.needs.all()))


def name(claim: Claim) -> str:
    """Return the short name of a claim, as it stands on its chip."""
    return f"C{claim.pk}"


def digest(claim: Claim, language: str) -> str:
    """Return the mark of a claim's words, by which a later change of them is noticed."""
    return hashlib.sha256(claim.text_in(language).encode()).hexdigest()[:16]


def rests_on(claims: Sequence[Claim], language: str) -> dict[str, str]:
    """Return what a verdict keeps of the claims it rests on: {claim id: mark of its words}."""
    return {str(claim.pk): digest(claim, language) for claim in claims}


def of(pitch: Pitch) -> list[Standing[PitchSentence]]:
    """Return each sentence with its verdict as of now; what was sent keeps the verdicts it was sent with."""
    rows = list(pitch.sentences.prefetch_related("claims__needs", "claims__product").order_by("position", "id"))
    cited = {claim.pk for row in rows for claim in row.claims.all()}
    sent = pitch.state == Pitch.State.SENT
    good = cited if sent or not cited else _usable(pitch.lead, cited)
    return [standing(row, number, good, pitch.language, settled=sent) for number, row in enumerate(rows, start=1)]


def standing(row: S, number: int, good: Collection[int], language: str, *, settled: bool = False) -> Standing[S]:
    """Return how a sentence stands: supported only while every claim it rests on is among `good` and worded as then.

    `row` has verdict, reasons, claims and rests_on; a `settled` one was sent and keeps the verdict it was sent with.
    """
    kept: Any = row
    cited, (why, by) = tuple(kept.claims.all()), judges.told(kept.reasons)
    if kept.verdict != Verdict.SUPPORTED or settled:
        return Standing(row, number, kept.verdict, why, cited, by=by)
    gone = tuple(claim for claim in cited if claim.pk not in good)
    reworded = tuple(
        claim for claim in cited if claim.pk in good and kept.rests_on.get(str(claim.pk)) != digest(claim, language)
    )
    if not cited or gone or reworded:
        told = [_("%(claim)s may no longer be used") % {"claim": name(claim)} for claim in gone]
        told += [_("%(claim)s was reworded since") % {"claim": name(claim)} for claim in reworded]
        return Standing(row, number, Verdict.UNSUPPORTED, (*told,), cited, gone + reworded)
    return Standing(row, number, kept.verdict, why, cited, by=by)


def blocking(pitch: Pitch) -> list[Standing[PitchSentence]]:
    """Return the sentences that keep the pitch from being ready."""
    return [one for one in of(pitch) if one.blocks]


def recheck(sentence: PitchSentence, *, by: User | None) -> None:
    """Ask the verifier once more about the same words, for the claims may have changed."""
    with transaction.atomic():  # never a sentence that waits and no job that judges it
        PitchSentence.objects.filter(pk=sentence.pk).update(verdict="", reasons=[])
        queue(sentence, by=by, mark="again")


def queue(sentence: PitchSentence, *, by: User | None, mark: object) -> None:
    """Queue the verification of a sentence; `mark` tells this wording from the one before, which may be in work."""
    jobs.enqueue("crm.verify", {"sentence": sentence.pk}, dedupe_key=f"sentence:{sentence.pk}:{mark}", by=by)


def work(rows: Sequence[Job]) -> None:
    """Judge the waiting sentences of these jobs, in one call for each lead."""
    waiting = PitchSentence.objects.filter(verdict="").select_related("pitch__lead__segment")
    sentences = waiting.prefetch_related("claims").in_bulk([job.payload["sentence"] for job in rows])
    by_lead: dict[int, list[tuple[Job, PitchSentence]]] = {}
    for job in rows:
        sentence = sentences.get(job.payload["sentence"])
        if sentence is None:
            with jobs.finishing(job, note="judged already or gone"):
                pass
        else:
            by_lead.setdefault(sentence.pitch.lead_id, []).append((job, sentence))
    with jobs.held(rows):  # a server may be asked for a second opinion
        for group in by_lead.values():
            _judge(group)


def failed(job: Job) -> None:
    """Say on the sentence that it could not be judged; it counts as unsupported until it is."""
    PitchSentence.objects.filter(pk=job.payload["sentence"], verdict="").update(
        verdict=Verdict.UNSUPPORTED, reasons=["the verifier could not judge it"]
    )


def judge(asked: Sequence[Asked], usable: Sequence[Claim], segment: int | None) -> list[interface.Verdict]:
    """Return the verdict on each: all its pieces on the claims it cites, then on those nearest to them as well.

    So an edit may find a new claim, and of several sentences typed into one box the worst decides. Worker only.
    """
    by_name = {name(claim): claim for claim in usable}
    items: list[tuple[str, list[interface.ClaimText]]] = []
    spans = []
    for one in asked:
        cited = [claim for claim in one.claims if name(claim) in by_name]
        own = [as_text(by_name[name(claim)], one.language) for claim in cited]
        start = len(items)
        for piece in one.pieces:
            near = nearest.closest(piece, usable, one.language, NEAR)
            items += [(piece, own), (piece, own + [as_text(c, one.language) for c in near if c not in cited])]
        spans.append((start, len(items), bool(own)))
    found = interface.verify(items, segment)
    return [
        _worst([_better(found[place], found[place + 1], cites) for place in range(start, end, 2)])
        for start, end, cites in spans
    ]


def _judge(group: Sequence[tuple[Job, PitchSentence]]) -> None:
    lead = group[0][1].pitch.lead
    usable = list(claim_service.for_lead(lead))
    by_name = {name(claim): claim for claim in usable}
    asked = [
        Asked(tuple(splitting.pieces(row.text)), tuple(row.claims.all()), row.pitch.language) for _job, row in group
    ]
    for (job, sentence), verdict in zip(group, judge(asked, usable, lead.segment_id), strict=True):
        try:
            with jobs.finishing(job, result={"verdict": verdict.verdict}):
                _keep(sentence, verdict, [by_name[key] for key in verdict.claims if key in by_name])
        except jobs.LeaseLost:
            log.warning("lease lost", sentence=sentence.pk)


def _better(narrow: interface.Verdict, wide: interface.Verdict, cites: bool) -> interface.Verdict:
    """The verdict on the cited claims, unless those beside them support what they do not, or none is cited."""
    return wide if narrow.verdict != "supported" and (wide.verdict == "supported" or not cites) else narrow


def _worst(found: Sequence[interface.Verdict]) -> interface.Verdict:
    """The verdict on several pieces: that of the worst, resting on the claims of all that claims support."""
    worst = min(found, key=lambda one: _WORST_FIRST.index(Verdict(one.verdict)))
    if worst.verdict != "supported":
        return worst
    stand = [one for one in found if one.verdict == "supported"]
    claims = dict.fromkeys(key for one in stand for key in one.claims)
    reasons = dict.fromkeys(reason for one in stand for reason in one.reasons)
    return interface.Verdict(worst.verdict, tuple(reasons), tuple(claims), worst.by)


def _keep(sentence: PitchSentence, verdict: interface.Verdict, claims: Sequence[Claim]) -> None:
    """Write the verdict unless the words changed meanwhile."""
    supported = verdict.verdict == "supported"
    changed = PitchSentence.objects.filter(pk=sentence.pk, text=sentence.text, verdict="").update(
        verdict=verdict.verdict,
        reasons=judges.kept(verdict),
        rests_on=rests_on(claims, sentence.pitch.language) if supported else {},
    )
    if changed and (supported or verdict.verdict == Verdict.FREE.value):
        sentence.claims.set(claims if supported else [])


def _usable(lead: Lead, cited: set[int]) -> set[int]:
    return set(claim_service.for_lead(lead).filter(pk__in=cited).values_list("pk", flat=True))
