"""How a figure grows with the texts of a dataset: one training a claim, so that messages waiting to be read get in between."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from core.models import Job, User
from core.services import jobs
from modelhub.engine import corpus, learning_curve, packs
from modelhub.engine.encoders import Encoder, encoder
from modelhub.engine.failures import EngineError, TrainingError
from modelhub.models import Dataset, DatasetRow
from modelhub.services import building, comparisons, datasets, engine_words, versions

BASE = packs.TUNED


def request(dataset: Dataset, *, base: str = BASE, by: User | None = None) -> Job:
    """Queue the learning curve of a dataset, over the encoder `base` (empty: n-grams alone); an open twin is returned.

    Raises ValueError if the dataset holds no rows to train on, or none out.
    """
    splits = set(dataset.rows.values_list("split", flat=True))
    if len(splits) < 2:
        raise ValueError(
            _("A learning curve needs texts to train on and texts held out; this dataset lacks one of them.")
        )
    total = len(learning_curve.SHARES)
    payload = {"dataset": dataset.pk, "base": base}
    return jobs.enqueue("hub.curve", payload, dedupe_key=f"curve:{dataset.pk}", by=by, total=total)


def running(dataset: Dataset) -> Job | None:
    """The open job that draws the curve of a dataset."""
    return Job.objects.filter(
        kind="hub.curve", dedupe_key=f"curve:{dataset.pk}", state__in=[Job.State.QUEUED, Job.State.RUNNING]
    ).first()


def work(rows: Sequence[Job]) -> None:
    """Train on the next share, keep the point, and go back to the end of the queue for the one after.

    Raises Unworkable if the dataset is gone, or the base model is not here.
    """
    for job in rows:
        dataset = Dataset.objects.filter(pk=job.payload["dataset"]).first()
        if dataset is None:
            raise jobs.Unworkable(_("The dataset is no longer there."))
        place, total = job.done, len(learning_curve.SHARES)
        found, note = None, job.note
        with jobs.held(rows):
            try:
                found = _point(dataset, learning_curve.SHARES[place], str(job.payload["base"]))
            except TrainingError as error:
                note = engine_words.told(str(error))[:300]  # too few texts at this share; a larger one may do
            except EngineError as error:
                raise jobs.Unworkable(engine_words.told(str(error))) from None
        if place + 1 == total:
            with jobs.finishing(job, note=note):
                _keep(dataset, found)
            continue
        with transaction.atomic():
            _keep(dataset, found)
            if not jobs.progress(job, place + 1, total, note) or not jobs.again(job):
                raise jobs.LeaseLost(str(job))


def _point(dataset: Dataset, share: float, base: str) -> dict[str, float]:
    own = datasets.messages(dataset, DatasetRow.Split.TRAIN)
    always = corpus.load_all(corpus.TRAIN) if dataset.with_corpus else []
    test = comparisons.held_out(dataset)
    return learning_curve.point(
        share, own, always, test, building.definitions(), _encoders(base), versions.packs_root()
    )


def _encoders(base: str) -> list[Encoder]:
    return [encoder(packs.location(base, versions.packs_root()))] if base else []


def _keep(dataset: Dataset, found: dict[str, float] | None) -> None:
    if found is None:
        return
    curve = Dataset.objects.select_for_update().get(pk=dataset.pk).curve
    kept = [row for row in curve if row["share"] != found["share"]]
    Dataset.objects.filter(pk=dataset.pk).update(curve=sorted([*kept, found], key=lambda row: row["share"]))
