"""Freeze many examples in a worker: with tens of thousands, looking for near-copies takes minutes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.models import Job, Segment, User
from core.services import jobs
from modelhub.models import Dataset
from modelhub.services import datasets

AT_ONCE = 500  # examples that are frozen while the person waits; 20,000 took over a minute
STEPS = 3  # cleaned, split, written


class _Stopped(Exception):
    """The job was cancelled, or taken by another worker."""


def freeze(
    name: str, *, segment: Segment | None, with_corpus: bool, origins: Collection[str], by: User
) -> Dataset | Job:
    """Freeze few examples at once, as `datasets.freeze` does, and many as a job, which is returned; an open twin of it is."""
    few = datasets.count(segment, origins) <= AT_ONCE
    if few:
        return datasets.freeze(name, segment=segment, with_corpus=with_corpus, origins=origins, by=by)
    payload = {
        "name": name, "segment": segment.pk if segment else None, "with_corpus": with_corpus, "origins": sorted(origins),
    }  # fmt: skip
    key = hashlib.sha256(json.dumps(payload).encode()).hexdigest()
    return jobs.enqueue("hub.freeze", payload, dedupe_key=key, by=by, total=STEPS)


def again(dataset: Dataset, *, by: User) -> Dataset | Job:
    """Freeze what is there today under the same name, segment and options; the same dataset if nothing has changed.

    Datasets frozen before origins were kept take all of them. Raises ValidationError as `datasets.freeze` does, and if
    the segment was deleted.
    """
    if dataset.place and dataset.segment is None:
        raise ValidationError(_("The segment is no longer there."))
    origins = dataset.findings.get("origins", [])
    return freeze(dataset.name, segment=dataset.segment, with_corpus=dataset.with_corpus, origins=origins, by=by)


def work(rows: Sequence[Job]) -> None:
    """Freeze, for each of these jobs. Raises Unworkable, with the reason, if the examples make no dataset."""
    for job in rows:
        asked = job.payload
        segment = Segment.objects.filter(pk=asked["segment"]).first() if asked["segment"] else None
        if asked["segment"] and segment is None:
            raise jobs.Unworkable(_("The segment is no longer there."))

        def tell(done: int, job: Job = job) -> None:
            if not jobs.progress(job, done, STEPS):
                raise _Stopped

        try:
            with jobs.held(rows):
                ready = datasets.prepare(
                    asked["name"],
                    segment=segment,
                    with_corpus=asked["with_corpus"],
                    origins=asked["origins"],
                    tell=tell,
                )
            result: dict[str, int] = {}
            with jobs.finishing(job, result=result):
                result["dataset"] = datasets.write(ready, by=job.by).pk
        except _Stopped:
            continue
        except ValidationError as error:
            raise jobs.Unworkable(error.messages[0]) from None
