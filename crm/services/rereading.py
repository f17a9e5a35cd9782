"""Read the open messages of a segment again after another version was assigned there, and keep what changed on each lead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import Job, Need, User
from core.services import audit, jobs
from crm.models import Lead, Message, Requirement, Rereading, RereadLead, Stage
from crm.services import reading
from modelhub import interface

log = structlog.get_logger(__name__)
SLICE = 32  # messages a claim; then the job goes back to the end of the queue, behind new messages
State = Rereading.State


@dataclass(frozen=True, slots=True)
class NeedChange:
    """A need, on how many leads its proposal came, and on how many it went."""

    name: str
    came: int
    went: int


def offer(change: int, *, segment: int | None, segments: Sequence[int | None], before: str, after: str) -> Rereading:
    """Keep that a change of assignment can be followed by a re-reading; the same change is kept once."""
    values = {"segment_id": segment, "segments": list(segments), "before": before[:120], "after": after[:120]}
    return Rereading.objects.get_or_create(change=change, defaults=values)[0]


def pending(row: Rereading) -> QuerySet[Message]:
    """Messages of open leads in the segments that another version read last, oldest first."""
    places = [place for place in row.segments if place is not None]
    where = Q(lead__segment__in=places)
    if None in row.segments:
        where |= Q(lead__segment__isnull=True)
    found = Message.objects.from_customer().filter(where, lead__stage__kind=Stage.Kind.OPEN)
    found = found.filter(state__in=[Message.State.READ, Message.State.FAILED]).exclude(text="")
    return found.exclude(read_by=row.after).filter(pk__gt=row.cursor).order_by("pk")


def start(row: Rereading, *, by: User) -> Job | None:
    """Queue the re-reading, or go on with a stopped one. None if it runs or is done already: nothing happens twice."""
    with transaction.atomic():
        total = row.done + row.failed + pending(row).count()
        started = Rereading.objects.filter(pk=row.pk, state__in=[State.OFFERED, State.STOPPED]).update(
            state=State.RUNNING, by=by, total=total, problem="", finished_at=None
        )
        if not started:
            return None
        audit.record("read again", row, by=by, after={"messages": total})
        return jobs.enqueue("crm.reread", {"rereading": row.pk}, dedupe_key=f"reread:{row.pk}", by=by, total=total)


def running(row: Rereading) -> Job | None:
    """The open job of a re-reading."""
    return Job.objects.filter(
        kind="crm.reread", dedupe_key=f"reread:{row.pk}", state__in=[Job.State.QUEUED, Job.State.RUNNING]
    ).first()


def work(rows: Sequence[Job]) -> None:
    """Read one slice of each job's messages; each message is written with the cursor in a transaction of its own."""
    for job in rows:
        row = Rereading.objects.filter(pk=job.payload["rereading"], state=State.RUNNING).first()
        if row and not _still_serves(row):
            with jobs.finishing(job):
                _stop(row.pk, _("Another version serves there by now. Nothing more was read."))
            continue
        batch = list(pending(row).select_related("lead")[:SLICE]) if row else []
        if row is None or not batch:
            with jobs.finishing(job):
                Rereading.objects.filter(pk=job.payload["rereading"], state=State.RUNNING).update(
                    state=State.DONE, finished_at=timezone.now()
                )
            continue
        requests = [interface.ReadRequest(message.source, message.text, message.lead.segment_id) for message in batch]
        with jobs.held(rows):
            results = interface.read(requests, keep=False)
        needs = {need.key: need for need in Need.objects.filter(active=True)}
        for message, result in zip(batch, results, strict=True):
            _keep(job, row, message, result, needs)
        jobs.again(job)


def failed(job: Job) -> None:
    """Say that a re-reading was stopped and why; what was read so far stays, and it can go on."""
    _stop(job.payload["rereading"], job.error)


def _still_serves(row: Rereading) -> bool:
    now = interface.serving("read", row.segment_id)
    return now is not None and now.name == row.after


def _stop(pk: int, why: str) -> None:
    Rereading.objects.filter(pk=pk, state=State.RUNNING).update(
        state=State.STOPPED, problem=why[:300], finished_at=timezone.now()
    )


def summary(row: Rereading) -> list[NeedChange]:
    """Needs whose proposals came or went, over all leads, the most changed first."""
    came: Counter[str] = Counter()
    went: Counter[str] = Counter()
    for more, less in row.leads.values_list("came", "went"):
        came.update(more)
        went.update(less)
    names = {need.key: need.name for need in Need.objects.filter(key__in={*came, *went})}
    changes = [NeedChange(names.get(key, key), came[key], went[key]) for key in {*came, *went}]
    return sorted(changes, key=lambda one: (-one.came - one.went, one.name))


def _keep(job: Job, row: Rereading, message: Message, result: interface.ReadResult, needs: Mapping[str, Need]) -> None:
    """Write one message's reading, what it changed, and how far the job is. Raises LeaseLost, with nothing written."""
    with transaction.atomic():
        lead = Lead.objects.select_for_update(of=("self",)).filter(pk=message.lead_id).first()
        there = Message.objects.filter(pk=message.pk, text=message.text).exclude(state=Message.State.WAITING).exists()
        read = lead is not None and there and result.reading is not None
        if read and lead is not None:
            before = _proposed(lead)
            reading.keep(message, result, needs, in_bulk=True)
            _note(row, lead, before, _proposed(lead))
        changes = {"cursor": message.pk, "done" if read else "failed": F("done" if read else "failed") + 1}
        if result.reading is None:
            changes["problem"] = (result.problem or _("It gave no reading."))[:300]
        Rereading.objects.filter(pk=row.pk).update(**changes)
        row.refresh_from_db(fields=["done", "failed"])
        if not jobs.progress(job, row.done + row.failed, max(row.total, row.done + row.failed)):
            raise jobs.LeaseLost(str(job))


def _proposed(lead: Lead) -> set[str]:
    rows = Requirement.objects.filter(lead=lead, status=Requirement.Status.PROPOSED)
    return set(rows.values_list("need__key", flat=True))


def _note(row: Rereading, lead: Lead, before: set[str], after: set[str]) -> None:
    """Add to what changed on the lead; what one message took away and the next brought back did not change."""
    line, _created = RereadLead.objects.get_or_create(rereading=row, lead=lead)
    more, less = after - before, before - after
    came, went = set(line.came), set(line.went)
    line.came = sorted((came - less) | (more - went))
    line.went = sorted((went - more) | (less - came))
    line.messages += 1
    line.save(update_fields=["came", "went", "messages"])
