"""Train a reader from labelled messages: features, clause heads, calibration and thresholds out of cross-validation."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from modelhub.engine import artifacts, clauses, corpus, reader_heads, reader_novel, reader_scores, reader_states
from modelhub.engine.corpus import Message
from modelhub.engine.datasets import group_key
from modelhub.engine.encoders import Encoder
from modelhub.engine.failures import TrainingError
from modelhub.engine.reader_features import ENCODER_BLOCKS, Batch, Featuriser
from modelhub.engine.reader_heads import Reduced
from modelhub.engine.reader_scores import Calibration
from modelhub.engine.reader_store import KIND, pack
from modelhub.engine.types import NeedDefinition

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Report = Callable[[str], None]
GAPS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
FLOORS = (-3.0, -2.5, -2.0, -1.5, -1.0, -0.5, 0.0)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides a training run beside the data; kept with the version."""

    penalty: float = 7e-6
    steps: int = 80
    folds: int = 3
    words: bool = True
    seed: int = 0


@dataclass(frozen=True)
class Prepared:
    """Messages with their clauses, encoder states and targets."""

    messages: Sequence[Message]
    batch: Batch
    targets: NDArray[np.float32]  # [clauses, needs]
    truth: NDArray[np.bool_]  # [messages, needs]


def train(
    messages: Sequence[Message],
    definitions: Sequence[NeedDefinition],
    encoders: Sequence[Encoder],
    folder: Path,
    *,
    recipe: Recipe | None = None,
    report: Report = lambda _: None,
    mark: str = "",
) -> artifacts.Artifact:
    """Train on all messages and save the version into `folder`; `mark` is kept with it. Raises TrainingError if the data cannot train a reader."""
    started = time.monotonic()
    recipe = recipe or Recipe()
    needs = usable_needs(messages, definitions)
    extra = corpus.examples(definitions, needs)
    data = prepare([*messages, *extra], needs, encoders, report)
    report(f"cross-validating on {len(messages)} messages, {len(data.targets)} clauses")
    featuriser = Featuriser.fit(data.batch, with_words=recipe.words)
    blocks = featuriser.blocks(data.batch)
    reduced = reader_heads.reduce(blocks, len(encoders) * len(ENCODER_BLOCKS))
    calibration = calibrate(data, out_of_fold(data, reduced, recipe, report), len(messages))
    report("fitting the heads on all messages")
    head = reduced.expand(reduced.fit(data.targets, None, penalty=recipe.penalty, steps=recipe.steps))
    novel = reader_novel.fit(data.batch, data.targets, definitions, needs) if encoders else None
    tensors, extra_files = pack(featuriser, head, calibration, novel)
    meta = {
        "needs": list(needs),
        "bases": [{"name": e.name, "fingerprint": e.fingerprint} for e in encoders],
        "recipe": asdict(recipe),
        "mark": mark,
        "data": {"digest": corpus.digest(messages), "messages": len(messages), "clauses": len(data.targets)},
        "seconds": round(time.monotonic() - started, 1),
    }
    return artifacts.save(folder, KIND, tensors, extra_files, meta)


def usable_needs(messages: Sequence[Message], definitions: Sequence[NeedDefinition]) -> list[str]:
    """Needs with at least five messages, in the order of the taxonomy. Raises TrainingError if there are fewer than two."""
    counts = {need.key: sum(need.key in m.needs for m in messages) for need in definitions}
    kept = [key for key, count in counts.items() if count >= 5]
    if len(kept) < 2:
        raise TrainingError(
            f"only {len(kept)} needs have five messages or more; a reader needs at least two such needs"
        )
    return kept


def prepare(
    messages: Sequence[Message], needs: Sequence[str], encoders: Sequence[Encoder], report: Report = lambda _: None
) -> Prepared:
    """Clauses, states and targets of messages; encoding is what takes the time."""
    import numpy as np

    texts = [m.text for m in messages]
    parts = [clauses.split(text) for text in texts]
    states = []
    for encoder in encoders:
        report(f"encoding {len(texts)} messages with {encoder.name}")
        states.append(reader_states.read(encoder, texts, parts))
    targets = np.concatenate([corpus.clause_targets(m, p, needs) for m, p in zip(messages, parts, strict=True)])
    return Prepared(messages, Batch(texts, parts, states), targets, corpus.presence(messages, needs))


def folds(messages: Sequence[Message], count: int, seed: int) -> NDArray[np.intp]:
    """Fold of each message; texts that differ only in case, spacing and punctuation share one."""
    import numpy as np

    keys = [group_key(m.text) for m in messages]
    order = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    places = np.random.default_rng(seed).permutation(len(order)) % count
    return np.array([places[order[key]] for key in keys])


def out_of_fold(
    data: Prepared, reduced: Reduced, recipe: Recipe, report: Report = lambda _: None
) -> NDArray[np.float32]:
    """Clause logits [clauses, needs], each from a head that has not seen the message.

    Centres, vocabularies and directions come from all messages: they hold no labels, and once is enough of that work.
    """
    import numpy as np

    logits = np.zeros(data.targets.shape, np.float32)
    fold = folds(data.messages, recipe.folds, recipe.seed)[data.batch.owners]
    for number in range(recipe.folds):
        rest, held = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        head = reduced.fit(data.targets, rest, penalty=recipe.penalty, steps=recipe.steps)
        logits[held] = reduced.logits(head, held)
        report(f"fold {number + 1} of {recipe.folds} done")
    return logits


def calibrate(data: Prepared, logits: NDArray[np.float32], messages: int) -> Calibration:
    """Calibration from out-of-fold logits of the first `messages` messages (the rest are definitions' examples)."""
    owners = data.batch.owners
    real = owners < messages
    pooled = reader_scores.pool(logits[real], owners[real], messages)
    truth = data.truth[:messages]
    slopes, bias = reader_scores.calibrate(pooled, truth)
    rough = Calibration(slopes, bias, bias * 0, 0.0, 0.0)
    cuts = reader_scores.thresholds(rough.probabilities(pooled), truth)
    gap, floor = best_quotes(data, logits, messages)
    return Calibration(slopes, bias, cuts, gap, floor)


def best_quotes(data: Prepared, logits: NDArray[np.float32], messages: int) -> tuple[float, float]:
    """The gap and the floor that give the best token F1 of quotes of needs that are there."""
    import numpy as np

    ends = np.cumsum([len(p) for p in data.batch.parts])
    best = (0.0, 1.5, -1.5)
    for gap in GAPS:
        for floor in FLOORS:
            hits = said = given = 0
            for index in range(messages):
                parts = data.batch.parts[index]
                block = slice(int(ends[index]) - len(parts), int(ends[index]))
                sizes = np.array([p.end - p.start for p in parts])
                for need in np.flatnonzero(data.truth[index]):
                    gold = data.targets[block, need] > 0
                    mine = np.zeros(len(parts), bool)
                    mine[reader_scores.quoted(logits[block], parts, int(need), gap, floor)] = True
                    hits += int(sizes[gold & mine].sum())
                    said += int(sizes[mine].sum())
                    given += int(sizes[gold].sum())
            score = 2 * hits / max(1, said + given)
            best = max(best, (score, gap, floor))
    return best[1], best[2]
