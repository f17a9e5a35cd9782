"""What a training run works with: its complete configuration, its messages, and the folder of its base model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop

from modelhub.engine import corpus, packs, reader_shipped
from modelhub.engine.corpus import Message
from modelhub.engine.datasets import group_key
from modelhub.engine.failures import PackError, TrainingError
from modelhub.engine.finetune import Settings
from modelhub.engine.reader_finetune import Plan
from modelhub.engine.reader_training import Recipe
from modelhub.models import Assignment, BaseModel, Dataset, DatasetRow, TrainingRun
from modelhub.services import datasets, versions

OUTDATED = gettext_noop("the shipped corpus has changed since this dataset was frozen; freeze it again")
OWN_WEIGHT = 2.0  # how much an example of people here counts beside a message of the shipped corpus


def complete(recipe: str, base: BaseModel, given: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration with every setting in it, from those a person gave. Raises ValueError for one that is unknown.

    {"own_weight", "languages", "heads": {…}} and, for fine-tuning, {"tuning": {…}, "held", "patience"}.
    """
    rest = dict(given)
    config: dict[str, Any] = {
        "own_weight": float(rest.pop("own_weight", OWN_WEIGHT)),
        "languages": list(rest.pop("languages", languages(base))),
    }
    plan = Plan()
    seed = int(rest.pop("seed", 0))
    heads = {**asdict(plan.heads), **_taken(rest, Recipe), "seed": seed}
    config["heads"] = asdict(Recipe(**heads))
    if recipe == TrainingRun.Recipe.FINETUNE:
        config["tuning"] = asdict(Settings(**{**asdict(plan.tuning), **_taken(rest, Settings), "seed": seed}))
        config["held"] = float(rest.pop("held", plan.held))
        config["patience"] = int(rest.pop("patience", plan.patience))
    if rest:
        raise ValueError(f"no such setting: {', '.join(sorted(rest))}")
    return config


def plan(config: Mapping[str, Any]) -> Plan:
    """The engine's plan of a fine-tuning from a complete configuration."""
    return Plan(Settings(**config["tuning"]), Recipe(**config["heads"]), config["held"], config["patience"])


def material(run: TrainingRun) -> tuple[list[Message], list[str]]:
    """Messages to train on and the customer or text each belongs to; what is held out is not among them.

    Raises TrainingError if the shipped corpus is another than the dataset was frozen with.
    """
    dataset: Dataset = run.dataset
    own = datasets.messages(dataset, DatasetRow.Split.TRAIN, weight=float(run.config["own_weight"]))
    shipped: list[Message] = []
    if dataset.with_corpus:
        if datasets.outdated(dataset):
            raise TrainingError(OUTDATED)
        shipped = corpus.load_all(corpus.TRAIN)
    wanted = run.config["languages"]
    if wanted:
        own = [message for message in own if message.language in wanted]
        shipped = [message for message in shipped if message.language in wanted]
    return [*shipped, *own], [*(group_key(message.text) for message in shipped), *(message.writer for message in own)]


def base_folder(base: BaseModel) -> Path:
    """Where a base model lies. Raises PackError if it is not there, or not as it was when it was added."""
    own = versions.place(base.source)
    there = not base.source.startswith("pack ") and (own / "config.json").is_file()
    folder = own if there else packs.location(base.key, versions.packs_root())
    if base.sha256 and packs.fingerprint(folder)[:64] != base.sha256:
        raise PackError(f"the weights of {base.key} are others than when it was added; pull it again")
    return folder


def _taken(rest: dict[str, Any], kind: type) -> dict[str, Any]:
    """Settings that a dataclass knows, each as the kind of its default; they are taken out of `rest`."""
    return {f.name: type(f.default)(rest.pop(f.name)) for f in fields(kind) if f.name in rest}  # type: ignore[misc]


def languages(base: BaseModel) -> list[str]:
    """Languages a base can read at all; empty for no limit."""
    english = [names for names, alone in reader_shipped.VARIANTS.values() if alone]
    return ["en"] if (base.key,) in english else []


def usual_base() -> int | None:
    """The base of the reader that serves by default: it reads every language that customers are read in now."""
    row = Assignment.objects.filter(task="read", segment=None, version__base__kind=BaseModel.Kind.ENCODER).first()
    return row.version.base_id if row else None
