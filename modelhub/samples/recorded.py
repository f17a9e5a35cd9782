"""A run that really was trained and measured by this code, recorded here (README.md beside it says how to do it anew)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from core.models import Segment, User
from modelhub.models import BaseModel, Dataset, DatasetRow, Evaluation, Example, ModelVersion, TrainingRun

HERE = Path(__file__).parent
FACTS, READER = HERE / "run.json", HERE / "reader"
KEY, FOLDER = "reader-sample", "versions/reader-sample"
NOTE = "Sample data: trained and measured before it was shipped; times and figures are those of that run."


def there() -> bool:
    """Whether a run is recorded."""
    return FACTS.is_file() and READER.is_dir()


def facts() -> dict[str, Any]:
    """What was recorded."""
    found: dict[str, Any] = json.loads(FACTS.read_text(encoding="utf-8"))
    return found


def digest(text: str) -> str:
    """By what a text is known in the record, which holds none."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def version() -> ModelVersion:
    """Make the version, or return it if it is there."""
    told = facts()
    base = BaseModel.objects.get(key=told["run"]["base"])
    values = {
        "name": told["version"]["name"], "task": ModelVersion.Task.READ, "engine": ModelVersion.Engine.READER, "base": base,
        "folder": FOLDER, "card": f"{NOTE}\n\n{told['version']['card']}", "config": {"digest": told["version"]["digest"]},
    }  # fmt: skip
    return ModelVersion.objects.get_or_create(key=KEY, defaults=values)[0]


def run(segment: Segment, version: ModelVersion, *, by: User, at: datetime) -> TrainingRun:
    """Make the dataset, the run that made `version` of it, and the comparison, as of `at`."""
    told = facts()
    dataset, places = _dataset(told["dataset"], segment, by, at)
    row = TrainingRun.objects.create(
        name=told["run"]["name"], dataset=dataset, recipe=told["run"]["recipe"],
        base=BaseModel.objects.get(key=told["run"]["base"]), config=told["run"]["config"],
        state=TrainingRun.State.DONE, step=told["run"]["steps"], steps=told["run"]["steps"], curve=told["run"]["curve"],
        seconds=told["run"]["seconds"], memory_mb=told["run"]["memory_mb"], note=NOTE,
        log=[*told["run"]["log"], [told["run"]["seconds"], NOTE]], result=version, by=by, sample=True,
        started_at=at + timedelta(minutes=1), finished_at=at + timedelta(minutes=1, seconds=told["run"]["seconds"]),
    )  # fmt: skip
    TrainingRun.objects.filter(pk=row.pk).update(created_at=at + timedelta(seconds=50))
    ModelVersion.objects.filter(pk=version.pk).update(
        config={**version.config, "run": row.pk, "dataset": dataset.digest, "settings": row.config}
    )
    for one in told["evaluations"]:
        _evaluation(one, version, dataset, places, row.finished_at)
    return row


def _evaluation(
    told: dict[str, Any], version: ModelVersion, dataset: Dataset, places: dict[str, int], at: datetime | None
) -> None:
    comparison = told["comparison"]
    changed = comparison.get("changed", {})
    if changed:
        rows = [{**row, "id": str(places[row["id"]])} for row in changed["rows"] if row["id"] in places]
        comparison = {**comparison, "changed": {**changed, "rows": rows}}
    row = Evaluation.objects.create(
        version=version, beside=ModelVersion.objects.filter(key=told["beside"]).first(), data=dataset, dataset=dataset.name,
        language=told["language"], n=told["n"], figures=told["figures"], comparison=comparison,
    )  # fmt: skip
    Evaluation.objects.filter(pk=row.pk).update(at=at)


def _dataset(told: dict[str, Any], segment: Segment, by: User, at: datetime) -> tuple[Dataset, dict[str, int]]:
    """The frozen rows, their texts taken from the examples, and where each stands by the digest of its text."""
    dataset = Dataset.objects.create(
        name=told["name"], segment=segment, with_corpus=told["with_corpus"], corpus_digest=told["corpus_digest"],
        digest=told["digest"], counts=told["counts"], findings=told["findings"], curve=told["curve"], by=by, sample=True,
    )  # fmt: skip
    texts = {digest(row.text): row for row in Example.objects.all()}
    wanted: Counter[str] = Counter()
    for row in told["rows"]:
        example = texts.get(row["text"])
        if example is None or wanted[row["text"]]:
            continue
        wanted[row["text"]] += 1
        DatasetRow.objects.create(
            dataset=dataset, source=example.source, text=example.text, language=row["language"], labels=row["labels"],
            spans=row["spans"], unknown=row["unknown"], group=example.group, split=row["split"],
        )  # fmt: skip
    Dataset.objects.filter(pk=dataset.pk).update(created_at=at)
    return dataset, {digest(row.text): row.pk for row in dataset.rows.all()}
