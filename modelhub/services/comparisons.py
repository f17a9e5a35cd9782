"""A version beside the one that serves, on the same held-out messages; worked by the `ml` worker, kept as evaluations."""

from __future__ import annotations

from collections.abc import Sequence

from core.models import Job, User
from core.services import jobs
from modelhub.models import Dataset, Evaluation, ModelVersion


def request(version: ModelVersion, dataset: Dataset | None, *, by: User | None = None) -> Job:
    """Queue the comparison of a reader with the version that serves the dataset's segment; an open twin is returned.

    Without a dataset, or where it holds nothing out, the shipped evaluation messages are read, for the figures only.
    """
    payload = {"version": version.pk, "dataset": dataset.pk if dataset else None}
    return jobs.enqueue("hub.compare", payload, dedupe_key=f"compare:{version.pk}:{payload['dataset']}", by=by)


def latest(version: ModelVersion) -> Evaluation | None:
    """The latest measurement of a version over all languages; None if there is none."""
    return Evaluation.objects.filter(version=version, language="").select_related("beside", "data").first()


def work(rows: Sequence[Job]) -> None:
    """Compare, for each of these jobs."""
    raise NotImplementedError
