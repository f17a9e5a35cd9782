"""Train a reader from labelled messages: features, clause heads, calibration and thresholds out of cross-validation."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelhub.engine import (
    artifacts,
    clauses,
    corpus,
    group_split,
    kept_states,
    packs,
    reader_heads,
    reader_novel,
    reader_states,
    reader_store,
    seen_texts,
)
from modelhub.engine.corpus import Message
from modelhub.engine.datasets import group_key
from modelhub.engine.encoders import Encoder
from modelhub.engine.failures import TrainingError
from modelhub.engine.reader_calibration import Unseen, calibrate
from modelhub.engine.reader_card import card
from modelhub.engine.reader_features import ENCODER_BLOCKS, Batch, Featuriser
from modelhub.engine.reader_heads import Reduced
from modelhub.engine.reader_store import KIND, pack
from modelhub.engine.training_progress import Point, Share, Told
from modelhub.engine.types import NeedDefinition

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Indexes = NDArray[np.intp]

Report = Callable[[str], None]
FEWEST_JUDGES = 8


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
    """Messages with their clauses, encoder states and targets. `weights` and `judged` are None where all counts alike.

    `groups` says what belongs together, a name per message; empty where texts stand alone.
    """

    messages: Sequence[Message]
    batch: Batch
    targets: NDArray[np.float32]  # [clauses, needs]
    truth: NDArray[np.bool_]  # [messages, needs]
    weights: NDArray[np.float32] | None = None  # [clauses, needs]
    judged: NDArray[np.bool_] | None = None  # [messages, needs]
    groups: Sequence[str] = ()

    def unseen(self, logits: NDArray[np.float32], chosen: Indexes) -> Unseen:
        """Some messages with the logits [clauses of all, needs] of heads that have not seen them."""
        import numpy as np

        rows = np.flatnonzero(np.isin(self.batch.owners, chosen))
        judged = None if self.judged is None else self.judged[chosen]
        texts, parts = [self.batch.texts[i] for i in chosen], [self.batch.parts[i] for i in chosen]
        return Unseen(texts, parts, logits[rows], self.targets[rows], self.truth[chosen], judged)


@dataclass(frozen=True)
class TunedPart:
    """What fine-tuning adds to a version: the tuned layers, and what was done."""

    tensors: Mapping[str, NDArray[Any]]
    facts: Mapping[str, Any]


def train(
    messages: Sequence[Message],
    definitions: Sequence[NeedDefinition],
    encoders: Sequence[Encoder],
    folder: Path,
    *,
    recipe: Recipe | None = None,
    groups: Sequence[str] = (),
    report: Report = lambda _: None,
    told: Told = lambda _: None,
    mark: str = "",
    tuned: TunedPart | None = None,
    keep: Path | None = None,
) -> artifacts.Artifact:
    """Train on all messages and save the version into `folder`; `mark` is kept with it.

    `groups` names the customer each message is of, or its text where that is all there is: heads are judged on customers
    they have not seen, and the version keeps no word that only one of them used. Without it, as for the shipped corpus,
    texts stand alone and nobody's words are protected.
    `report` hears lines, `told` how far it is, between all stages; what they raise ends the training. What the encoders
    said is kept in the folder `keep`, if any, so that a training that ended goes on behind it. The layers of `tuned` are kept
    with the version. Calibration rests on messages that no encoder was tuned on. Raises TrainingError if the data cannot do.
    """
    started = time.monotonic()
    recipe = recipe or Recipe()
    needs = usable_needs(messages, definitions)
    extra = corpus.examples(definitions, needs)
    owners = [*groups, *(group_key(m.text) for m in extra)] if groups else ()
    data = prepare([*messages, *extra], needs, encoders, report, Share(told, 0, 600), groups=owners, keep=keep)
    report(f"cross-validating on {len(messages)} messages, {len(data.targets)} clauses")
    featuriser = Featuriser.fit(data.batch, with_words=recipe.words, groups=data.groups)
    told(Point(600, 1000))
    blocks = featuriser.blocks(data.batch)
    told(Point(600, 1000))
    reduced = reader_heads.reduce(blocks, len(encoders) * len(ENCODER_BLOCKS))
    told(Point(600, 1000))
    judges = _judges(messages, encoders)
    unseen = data.unseen(out_of_fold(data, reduced, recipe, judges, report, Share(told, 600, 900)), judges)
    calibration, figure = calibrate(unseen)
    told(Point(900, 1000))
    report(f"macro-F1 on messages the heads had not seen: {figure:.3f}")
    report("fitting the heads on all messages")
    head = reduced.expand(_fit(data, reduced, recipe, None, Share(told, 900, 1000, loss=True)))
    novel = reader_novel.fit(data.batch, data.targets, needs, of_people=bool(groups)) if encoders else None
    told(Point(1000, 1000, validation=round(figure, 4)))
    tensors, extra_files = pack(featuriser, head, calibration, novel)
    meta: dict[str, Any] = {
        **_facts(data, messages, needs, encoders, recipe, tuned),
        "mark": mark,
        "background": reader_store.DRAWN if groups else "",
        "figures": {"macro_f1": round(figure, 4), "n": len(unseen.parts)},
        "seconds": round(time.monotonic() - started, 1),
    }
    if featuriser.words is not None:
        meta["words"] = {"terms": len(featuriser.words.vocabulary), "shared": bool(groups)}
    if tuned is not None:
        meta["tuning"] = dict(tuned.facts)
        tensors.update(tuned.tensors)
    meta["card"] = card(messages, meta)
    return artifacts.save(folder, KIND, tensors, extra_files, meta)


def _facts(
    data: Prepared,
    messages: Sequence[Message],
    needs: Sequence[str],
    encoders: Sequence[Encoder],
    recipe: Recipe,
    tuned: TunedPart | None,
) -> dict[str, Any]:
    """What a version is made of, for its manifest."""
    return {
        "needs": list(needs),
        "bases": [_base(e, tuned if number == 0 else None) for number, e in enumerate(encoders)],
        "recipe": asdict(recipe),
        "data": {"digest": corpus.digest(messages), "messages": len(messages), "clauses": len(data.targets)},
    }


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
    messages: Sequence[Message],
    needs: Sequence[str],
    encoders: Sequence[Encoder],
    report: Report = lambda _: None,
    share: Share | None = None,
    *,
    groups: Sequence[str] = (),
    keep: Path | None = None,
) -> Prepared:
    """Clauses, states and targets of messages; encoding is what takes the time, and what it gives lies in `keep`."""
    import numpy as np

    texts = [m.text for m in messages]
    parts = [clauses.split(text) for text in texts]
    states = []
    for number, encoder in enumerate(encoders):
        report(f"encoding {len(texts)} messages with {encoder.name}")
        progress = share.part(number, len(encoders)).done if share else None
        if keep is None:
            states.append(reader_states.read(encoder, texts, parts, progress=progress))
        else:
            name = f"states-{number}"
            states.append(kept_states.read(encoder, texts, parts, keep, name, progress=progress, report=report))
    targets = np.concatenate([corpus.clause_targets(m, p, needs) for m, p in zip(messages, parts, strict=True)])
    weights = np.concatenate([corpus.clause_weights(m, p, needs) for m, p in zip(messages, parts, strict=True)])
    judged = corpus.judged(messages, needs)
    return Prepared(
        messages,
        Batch(texts, parts, states),
        targets,
        corpus.presence(messages, needs),
        None if (weights == 1).all() else weights,
        None if judged.all() else judged,
        groups,
    )


def folds(messages: Sequence[Message], count: int, seed: int, groups: Sequence[str] = ()) -> NDArray[np.intp]:
    """Fold of each message; a group is never on both sides, and folds are even in every need and language as far as can be.

    Some folds stay empty where groups are few. Without groups, or with a single one, texts are spread at random; those
    that differ only in case, spacing and punctuation share a fold.
    """
    import numpy as np

    if len(set(groups)) > 1:
        found = group_split.folds(by_group(messages, groups), count, seed)
        return np.array([found[group] for group in groups])
    keys = [group_key(m.text) for m in messages]
    order = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    places = np.random.default_rng(seed).permutation(len(order)) % count
    return np.array([places[order[key]] for key in keys])


def by_group(messages: Sequence[Message], groups: Sequence[str]) -> dict[str, Counter[str]]:
    """How many rows each group has, and how often each need in each language: what splits are made even in."""
    found: dict[str, Counter[str]] = {}
    for message, group in zip(messages, groups, strict=True):
        found.setdefault(group, Counter()).update([*(f"{message.language} {need}" for need in message.needs), "rows"])
    return found


def out_of_fold(
    data: Prepared,
    reduced: Reduced,
    recipe: Recipe,
    judges: Indexes,
    report: Report = lambda _: None,
    share: Share | None = None,
) -> NDArray[np.float32]:
    """Clause logits [clauses, needs] of the messages `judges`, each from a head that has not seen the message.

    All other messages are always trained on; their logits are zero. Centres, vocabularies and directions come from all
    messages: they hold no labels, and once is enough of that work.
    """
    import numpy as np

    logits = np.zeros(data.targets.shape, np.float32)
    places = folds(data.messages, recipe.folds, recipe.seed, data.groups)
    places[np.setdiff1d(np.arange(len(places)), judges)] = -1
    fold = places[data.batch.owners]
    for number in range(recipe.folds):
        rest, held = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        if not len(held):
            continue
        head = _fit(data, reduced, recipe, rest, share.part(number, recipe.folds) if share else None)
        logits[held] = reduced.logits(head, held)
        report(f"fold {number + 1} of {recipe.folds} done")
    return logits


def _judges(messages: Sequence[Message], encoders: Sequence[Encoder]) -> Indexes:
    """Messages that none of the encoders was tuned on; all of them if those are too few to judge by."""
    import numpy as np

    seen: frozenset[str] = frozenset().union(*(each.seen for each in encoders))
    found = seen_texts.unseen([message.text for message in messages], seen)
    return found if len(found) >= FEWEST_JUDGES else np.arange(len(messages))


def _fit(data: Prepared, reduced: Reduced, recipe: Recipe, rows: Indexes | None, share: Share | None) -> Any:
    watch = share.counting(recipe.steps) if share else None
    return reduced.fit(
        data.targets, rows, penalty=recipe.penalty, steps=recipe.steps, weights=data.weights, watch=watch
    )


def _base(encoder: Encoder, tuned: TunedPart | None) -> dict[str, Any]:
    """How a version finds its base model again: a pack by its name, any other folder by its path."""
    name = encoder.name if (encoder.folder / packs.CARD).is_file() else str(encoder.folder)
    return {"name": name, "fingerprint": encoder.fingerprint, **({"tuned": True} if tuned is not None else {})}
