"""Read waiting messages in batches through the model hub and turn what it found into proposed requirements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core.models import Job, Need
from core.services import jobs
from crm.models import Lead, Message, Quote, Requirement
from crm.services import clarity
from modelhub import interface

log = structlog.get_logger(__name__)


class NotRead(Exception):
    """The hub gave no reading for some message of a batch; the job is tried again, alone."""


def work(rows: Sequence[Job]) -> None:
    """Read the messages of these jobs in one call; each is written with its job in a transaction of its own.

    Raises NotRead after the good ones are written, so that only the others are tried again.
    """
    messages = Message.objects.select_related("lead").in_bulk([job.payload["message"] for job in rows])
    todo: list[tuple[Job, Message]] = []
    for job in rows:
        message = messages.get(job.payload["message"])
        if message is not None and message.state == Message.State.WAITING:
            todo.append((job, message))
        else:
            if message is None:  # deleted while it was read: what the hub wrote of it meanwhile goes as well
                interface.forget(f"crm.message:{job.payload['message']}")
            _finish_empty(job)
    if not todo:
        return
    requests = [interface.ReadRequest(message.source, message.text, message.lead.segment_id) for _job, message in todo]
    with jobs.held(rows):
        results = interface.read(requests, keep=False)
    needs = {need.key: need for need in Need.objects.filter(active=True)}
    problems: list[str] = []
    for (job, message), result in zip(todo, results, strict=True):
        if result.reading is None:
            problems.append(result.problem)
            Message.objects.filter(pk=message.pk, state=Message.State.WAITING).update(problem=result.problem[:300])
            continue
        try:
            with jobs.finishing(job, result={"needs": [score.need for score in result.reading.needs]}):
                keep(message, result, needs)
        except jobs.LeaseLost:
            log.warning("lease lost", message=message.pk)
    if problems:
        raise NotRead(problems[0])


def failed(job: Job) -> None:
    """Say on the message that it could not be read; why was written at each attempt."""
    Message.objects.filter(pk=job.payload["message"], state=Message.State.WAITING).update(state=Message.State.FAILED)


def _finish_empty(job: Job) -> None:
    try:
        with jobs.finishing(job, note="nothing to read"):
            pass
    except jobs.LeaseLost:
        log.warning("lease lost", job=job.pk)


@transaction.atomic(savepoint=False)
def keep(message: Message, result: interface.ReadResult, needs: Mapping[str, Need], *, in_bulk: bool = False) -> None:
    """Write one reading: its prediction, language, clarity and questions on the message, proposals and clarity on the lead.

    What a person confirmed or declined is never overwritten; a declined need is proposed again only if this message
    quotes it and did not do so before, and never when messages are read again `in_bulk`: nobody said anything new then.
    """
    lead = Lead.objects.select_for_update().get(pk=message.lead_id)  # two messages of a lead are written one by one
    if not Message.objects.select_for_update(of=("self",)).filter(pk=message.pk).exists():
        return  # deleted while it was read: nothing is kept of it
    result = interface.kept(result)  # here, so that a worker killed before the end leaves no row that nothing rests on
    reading = result.reading
    assert reading is not None  # noqa: S101 (work() sends no other)
    earlier = message.prediction
    reader = result.serving.name if result.serving else ""
    Message.objects.filter(pk=message.pk).update(
        state=Message.State.READ,
        problem="",
        language=reading.language[:12],
        sure=reading.sure,
        clarity={
            "score": round(reading.clarity.score, 4),
            "known": {
                part: [span.start, span.end]
                for part, span in reading.clarity.known.items()
                if message.text[span.start : span.end]
            },
            "missing": list(reading.clarity.missing),
        },
        questions=[{"part": q.part, "text": q.text, "gain": round(q.gain, 4)} for q in reading.questions],
        read_by=reader[:120],
        prediction=result.prediction,
        read_at=timezone.now(),
    )
    _propose(lead, message, result, needs, in_bulk=in_bulk)
    if earlier is not None:
        _withdraw(message, earlier, {score.need for score in reading.needs})
    clarity.refresh(lead)
    if result.prediction is not None:
        interface.offer(
            interface.Offered(message.source, message.text, result.prediction, lead.segment_id, lead.customer)
        )


def _propose(
    lead: Lead, message: Message, result: interface.ReadResult, needs: Mapping[str, Need], *, in_bulk: bool
) -> None:
    reading = result.reading
    assert reading is not None  # noqa: S101
    standing = {row.need_id: row for row in Requirement.objects.filter(lead=lead)}
    first = {
        score.need: min((span.start for span in score.spans), default=len(message.text)) for score in reading.needs
    }
    quotes: list[Quote] = []
    for score in sorted(reading.needs, key=lambda score: (first[score.need], score.need)):
        need = needs.get(score.need)
        if need is None:
            log.warning("unknown need", need=score.need)
            continue
        spans = [(s.start, s.end) for s in score.spans if s.text and message.text[s.start : s.end] == s.text]
        row = standing.get(need.pk)
        if row is None:
            row = Requirement.objects.create(lead=lead, need=need, **_said(score, result))
        elif row.status == Requirement.Status.DECLINED:
            if (
                in_bulk
                or not spans
                or row.quotes.filter(message=message).exists()
                or not _propose_again(row, score, result)
            ):
                continue
        elif row.status == Requirement.Status.PROPOSED and (
            score.probability > (row.probability or 0) or _rests_on(row, message)
        ):
            # not a person's change, so the version a person has open stays good
            Requirement.objects.filter(pk=row.pk, status=Requirement.Status.PROPOSED).update(**_said(score, result))
        quotes += [
            Quote(requirement=row, message=message, start=start, end=end, text=message.text[start:end])
            for start, end in spans
        ]
    Quote.objects.bulk_create(quotes, ignore_conflicts=True)


def _said(score: interface.NeedScore, result: interface.ReadResult) -> dict[str, object]:
    return {
        "probability": round(score.probability, 4),
        "reasons": [[reason.text, round(reason.weight, 3)] for reason in score.reasons],
        "read_by": (result.serving.name if result.serving else "")[:120],
        "prediction": result.prediction,
    }


def _rests_on(row: Requirement, message: Message) -> bool:
    """Whether the proposal was made by an earlier reading of this message."""
    return row.prediction is not None and row.prediction == message.prediction


def _propose_again(row: Requirement, score: interface.NeedScore, result: interface.ReadResult) -> bool:
    return bool(
        Requirement.objects.filter(pk=row.pk, version=row.version, status=Requirement.Status.DECLINED).update(
            status=Requirement.Status.PROPOSED, version=row.version + 1, **_said(score, result)
        )
    )


def _withdraw(message: Message, earlier: int, found: set[str]) -> None:
    """After another reading of the same text: its quotes of needs it no longer finds go, and proposals left without a ground.

    A proposal that other messages quote stays, and rests on one of them from now on.
    """
    quoted = Quote.objects.filter(message=message).values("requirement")
    stale = (  # locked, so that a person who confirms one at this moment keeps it or is told
        Requirement.objects.select_for_update(of=("self",))
        .filter(Q(prediction=earlier) | Q(pk__in=quoted), lead_id=message.lead_id, status=Requirement.Status.PROPOSED)
        .exclude(need__key__in=found)
    )
    for row in stale:
        row.quotes.filter(message=message, by_person=False).delete()
        left = row.quotes.select_related("message").first()
        if left is None and row.prediction == earlier:
            row.delete()
        elif left is not None and row.prediction == earlier:
            Requirement.objects.filter(pk=row.pk).update(prediction=left.message.prediction)
