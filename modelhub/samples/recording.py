"""Write a finished run of this installation down as the sample's: what it learned from, how it went, what was measured."""

from __future__ import annotations

import json
import shutil
from typing import Any

from modelhub.models import DatasetRow, Evaluation, TrainingRun
from modelhub.samples import recorded
from modelhub.services import versions


def record(number: int) -> None:
    """Record run `number` with its version and latest comparison; texts are left out. Raises ValueError if it made none."""
    run = TrainingRun.objects.select_related("dataset", "result", "base").get(pk=number)
    if run.result is None:
        raise ValueError(f"run {number} made no version")
    rows = list(run.dataset.rows.all())
    digests = {str(row.pk): recorded.digest(row.text) for row in rows}
    told = {
        "dataset": {**_dataset(run), "rows": [_row(row) for row in rows]},
        "run": {
            "name": run.name, "recipe": run.recipe, "base": run.base.key, "config": run.config, "steps": run.steps,
            "curve": run.curve, "seconds": run.seconds, "memory_mb": run.memory_mb, "log": run.log,
        },
        "version": {"name": run.result.name, "digest": run.result.config["digest"], "card": run.result.card},
        "evaluations": [
            _evaluation(row, digests)
            for row in Evaluation.objects.filter(version=run.result, data=run.dataset).select_related("beside").order_by("pk")
        ],
    }  # fmt: skip
    recorded.FACTS.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    shutil.rmtree(recorded.READER, ignore_errors=True)
    shutil.copytree(versions.place(run.result.folder), recorded.READER)


def _dataset(run: TrainingRun) -> dict[str, Any]:
    names = ("name", "with_corpus", "corpus_digest", "digest", "counts", "findings", "curve")
    return {name: getattr(run.dataset, name) for name in names}


def _row(row: DatasetRow) -> dict[str, Any]:
    names = ("language", "labels", "spans", "unknown", "split")
    return {"text": recorded.digest(row.text), **{name: getattr(row, name) for name in names}}


def _evaluation(row: Evaluation, digests: dict[str, str]) -> dict[str, Any]:
    comparison = row.comparison
    changed = comparison.get("changed", {})
    if changed:
        kept = [{**each, "id": digests[str(each["id"])]} for each in changed["rows"]]
        comparison = {**comparison, "changed": {**changed, "rows": kept}}
    return {
        "language": row.language, "n": row.n, "beside": row.beside.key if row.beside else "", "figures": row.figures,
        "comparison": comparison,
    }  # fmt: skip
