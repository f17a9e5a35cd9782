"""Fine-tune an encoder for the reader: clauses scored in the message they stand in, then heads and calibration over it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelhub.engine import artifacts, corpus, group_split, reader_training, seen_texts, tuned_storage
from modelhub.engine.clause_tuning import ClauseTuning, Keeper
from modelhub.engine.corpus import Message
from modelhub.engine.datasets import group_key
from modelhub.engine.failures import TrainingError
from modelhub.engine.finetune import Settings, Tuned
from modelhub.engine.reader_training import Recipe, Report, TunedPart
from modelhub.engine.training_progress import Point, Told
from modelhub.engine.types import NeedDefinition

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEWEST_HELD = 8
ENOUGH_HELD = 100


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides a fine-tuning beside the data; kept with the version. Rates are AdamW's.

    `held` is the share of messages the encoder never sees: they stop it in time and calibrate what comes out. `patience` is
    how many epochs without a gain it waits.
    """

    tuning: Settings = field(default_factory=lambda: Settings(epochs=5, batch=8, rate=5e-5, max_tokens=256))
    heads: Recipe = field(default_factory=Recipe)
    held: float = 0.15
    patience: int = 2


@dataclass(frozen=True, slots=True)
class Layers:
    """What a tuning leaves: layers by name as they are stored, marks of the texts it saw, what was done, and its steps."""

    tensors: dict[str, NDArray[np.generic]]
    seen: frozenset[str]
    facts: dict[str, Any]
    steps: int
    of: int  # steps and what comes after them


def train(
    messages: Sequence[Message],
    definitions: Sequence[NeedDefinition],
    base: Path,
    folder: Path,
    *,
    plan: Plan | None = None,
    groups: Sequence[str] = (),
    report: Report = lambda _: None,
    told: Told = lambda _: None,
    keeper: Keeper | None = None,
    mark: str = "",
) -> artifacts.Artifact:
    """Tune a copy of the encoder in `base` and save a reader over it into `folder`; see `tune`."""
    plan = plan or Plan()
    done = tune(messages, definitions, base, plan=plan, groups=groups, report=report, told=told, keeper=keeper)
    # From here on the encoder is the one that will serve: its layers rounded as they are stored.
    encoder = tuned_storage.overlay(base, done.tensors, seen=done.seen)
    steps, of = done.steps, done.of
    return reader_training.train(
        messages, definitions, [encoder], folder, recipe=plan.heads, groups=groups, report=report,
        told=lambda point: told(Point(steps + int((of - steps) * point.step / point.of), of)), mark=mark,
        tuned=TunedPart(done.tensors, done.facts),
    )  # fmt: skip


def tune(
    messages: Sequence[Message],
    definitions: Sequence[NeedDefinition],
    base: Path,
    *,
    plan: Plan,
    groups: Sequence[str] = (),
    report: Report = lambda _: None,
    told: Told = lambda _: None,
    keeper: Keeper | None = None,
) -> Layers:
    """Train the layers of a copy of the encoder in `base` on the clauses of messages.

    `groups` names the customer or writer of each message (else texts stand alone); a group is never both trained on and
    held. With a keeper, a halted or killed training goes on from its checkpoint with the same result. Raises TrainingError
    if the data cannot train a reader, PackError if the base is not there or not as it was.
    """
    needs = reader_training.usable_needs(messages, definitions)
    places = list(groups) or [group_key(m.text) for m in messages]
    held = _held(messages, places, plan, seen_texts.of(base))
    unseen = [message for message, place in zip(messages, places, strict=True) if place in held]
    shown = [message for message, place in zip(messages, places, strict=True) if place not in held]
    tuned = Tuned(base, len(needs), plan.tuning)
    report(f"fine-tuning {tuned.shell.name} on {len(shown)} messages, {len(unseen)} held out")
    keeper = keeper or Keeper()
    examples = corpus.examples(definitions, needs)
    keeper.mark = _mark(messages, examples, places, needs, plan, tuned.shell.fingerprint)
    tuning = ClauseTuning(tuned, needs, plan.patience, report, told, keeper)
    best = tuning.run([*shown, *examples], unseen)
    layers = {n: t for n, t in tuned_storage.state_of(tuned).items() if n.startswith(tuned_storage.PREFIX)}
    facts = {"plan": asdict(plan), "epoch": best.epoch, "validation": round(best.figure, 4), "held": len(unseen)}
    return Layers(layers, seen_texts.marks(message.text for message in shown), facts, tuning.steps, tuning.of)


def _held(messages: Sequence[Message], places: Sequence[str], plan: Plan, seen: frozenset[str]) -> set[str]:
    """Groups that the encoder never sees: a share of all messages, out of the groups that the base was not tuned on."""
    known = {place for message, place in zip(messages, places, strict=True) if seen_texts.marks([message.text]) & seen}
    groups = {
        place: counts for place, counts in reader_training.by_group(messages, places).items() if place not in known
    }
    sizes = Counter(place for place in places if place not in known)
    share = plan.held
    if (
        plan.held * sizes.total() < ENOUGH_HELD
    ):  # few are new to the base: more of them, but never most, are kept from it
        share = min(0.5, ENOUGH_HELD / max(1, sizes.total()), plan.held * len(messages) / max(1, sizes.total()))
    held = group_split.held_out(groups, share, plan.tuning.seed) if groups else set()
    count = sum(sizes[place] for place in held)
    if count < FEWEST_HELD:
        raise TrainingError(
            f"only {count} messages can be held out to stop and calibrate a fine-tuning; it needs {FEWEST_HELD} at least: "
            "train linear heads, or add examples of more customers"
        )
    return held


def _mark(
    messages: Sequence[Message],
    examples: Sequence[Message],
    places: Sequence[str],
    needs: Sequence[str],
    plan: Plan,
    base: str,
) -> str:
    """A digest of all that decides the result: a checkpoint with another mark is not taken up."""
    shown = [corpus.digest(messages), corpus.digest(examples)]
    rows = [[message.id, message.unknown, message.weight] for message in messages]
    parts = [shown, rows, list(places), list(needs), asdict(plan), base]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
