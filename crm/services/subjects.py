"""The subject line of a pitch is judged like its sentences: it may name what the mail is about, and assert only what a claim says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.utils.translation import gettext as _

from core.models import Job, User
from core.services import jobs
from crm.models import Claim, Pitch
from crm.services import claims as claim_service
from crm.services import judges, splitting, verdicts
from crm.services.verdicts import Verdict

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SubjectStanding:
    """The subject line as it stands now, `verdict` "" while the verifier has not spoken; `by` names who judged."""

    verdict: str
    why: tuple[str, ...] = ()
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
        """Keeps the pitch from being ready."""
        return self.waiting or self.unsupported


def standing(pitch: Pitch) -> SubjectStanding:
    """Return how the subject stands. Nothing, and what the drafter wrote (the customer and their needs), asserts nothing."""
    if not pitch.subject or pitch.subject == pitch.drafted_subject:
        return SubjectStanding(Verdict.FREE)
    why, by = judges.told(pitch.subject_reasons)
    rests_on: Mapping[str, str] = pitch.subject_rests_on
    if pitch.subject_verdict != Verdict.SUPPORTED or pitch.state == Pitch.State.SENT:
        return SubjectStanding(pitch.subject_verdict, why, by)
    good = {
        str(claim.pk): verdicts.digest(claim, pitch.language)
        for claim in claim_service.for_lead(pitch.lead).filter(pk__in=rests_on)
    }
    if rests_on and all(good.get(key) == mark for key, mark in rests_on.items()):
        return SubjectStanding(pitch.subject_verdict, why, by)
    return SubjectStanding(Verdict.UNSUPPORTED, (_("what it rests on was changed or may no longer be used"),))


def changed(pitch: Pitch, subject: str, *, by: User | None) -> None:
    """Put another subject in place, in the caller's transaction, and queue its judging."""
    values: dict[str, Any] = {"subject": subject, "subject_verdict": "", "subject_reasons": [], "subject_rests_on": {}}
    Pitch.objects.filter(pk=pitch.pk).update(**values)
    for name, value in values.items():
        setattr(pitch, name, value)
    queue(pitch, by=by)


def queue(pitch: Pitch, *, by: User | None) -> None:
    """Queue the judging of a subject that waits for it; one that is queued already is not queued twice."""
    if standing(pitch).waiting:
        jobs.enqueue("crm.subject", {"pitch": pitch.pk}, dedupe_key=f"subject:{pitch.pk}:{pitch.version}", by=by)


def work(rows: Sequence[Job]) -> None:
    """Judge the waiting subjects of these jobs."""
    pitches = Pitch.objects.select_related("lead__segment", "lead__company", "contact")
    found = pitches.filter(subject_verdict="").in_bulk([job.payload["pitch"] for job in rows])
    for job in rows:
        pitch = found.get(job.payload["pitch"])
        try:
            if pitch is None:
                with jobs.finishing(job, note="judged already or gone"):
                    continue
            with jobs.held(rows):  # a server may be asked for a second opinion
                _judge(job, pitch)
        except jobs.LeaseLost:
            log.warning("lease lost", job=job.pk)


def failed(job: Job) -> None:
    """Say that the subject could not be judged; it counts as unsupported until it is."""
    Pitch.objects.filter(pk=job.payload["pitch"], subject_verdict="").exclude(subject="").update(
        subject_verdict=Verdict.UNSUPPORTED, subject_reasons=["the verifier could not judge it"]
    )


def said(pitch: Pitch) -> tuple[str, ...]:
    """Return what a subject says, the names of those it is written to left out: they are no subject of ours."""
    text = pitch.subject
    company, contact = pitch.lead.company, pitch.contact
    for name in (company and company.name, contact and contact.name):
        if name:
            text = text.replace(f"For {name}:", "").replace(f"给{name}：", "").replace(name, "")
    text = text.strip(" :：,，-–—")
    return tuple(splitting.pieces(text)) if text else ()


def _judge(job: Job, pitch: Pitch) -> None:
    pieces = said(pitch)
    usable = list(claim_service.for_lead(pitch.lead))
    values: dict[str, Any] = {"subject_verdict": Verdict.FREE}
    if pieces:
        [verdict] = verdicts.judge([verdicts.Asked(pieces, (), pitch.language)], usable, pitch.lead.segment_id)
        by_name: dict[str, Claim] = {verdicts.name(claim): claim for claim in usable}
        cited = [by_name[key] for key in verdict.claims if key in by_name]
        values = {
            "subject_verdict": verdict.verdict, "subject_reasons": judges.kept(verdict),
            "subject_rests_on": verdicts.rests_on(cited, pitch.language) if verdict.verdict == "supported" else {},
        }  # fmt: skip
    with jobs.finishing(job, result={"verdict": values["subject_verdict"]}):
        Pitch.objects.filter(pk=pitch.pk, subject=pitch.subject, subject_verdict="").update(**values)
