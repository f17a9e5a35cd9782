"""Is fine-tuning worth it here? Tried on held-out rows within a fixed allowance of work, then run on all rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from modelhub.engine import linear
from modelhub.engine.encoders import encoder
from modelhub.engine.features import Recipe
from modelhub.engine.finetune import Progress, Settings, Tuned, tune
from modelhub.engine.selection import Bench, Choice, Say

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Indexes = NDArray[np.intp]

# Work is counted in tokens × layers × epochs, so that the same file always gets the same plan. Two busy CPU cores were
# measured at about 6,000 a second (MiniLM on Banking77); the allowance is five minutes of that.
ALLOWANCE = 1_800_000
FEWEST_EPOCHS = 3
ALL_FOLDS_BELOW = 800
FEWEST_ROWS = 40


@dataclass(frozen=True)
class Plan:
    """What to fine-tune and how; `every` tries all folds instead of one."""

    base: str
    folder: Path
    settings: Settings
    every: bool
    penalty: float


def plan(bench: Bench, bases: dict[str, Path], penalty: float, seed: int, *, forced: bool) -> Plan | None:
    """The best affordable plan, or None if the file is too small or too large (never None when `forced`)."""
    rows = len(bench.problem.rows)
    if not bases or (rows < FEWEST_ROWS and not forced):
        return None
    base = _best_base(bench, list(bases))
    shell = encoder(bases[base])
    sample = bench.problem.texts[:: max(1, rows // 500)]
    tokens = sum(min(128, len(e.ids)) for e in shell.tokenizer.encode_batch(sample)) / len(sample)
    layers = int(shell.model.config.num_hidden_layers)
    every = rows <= ALL_FOLDS_BELOW
    runs = int(bench.fold.max()) + 1 if every else 1.8
    epochs = 14 if rows < 400 else 10 if rows < 1200 else 8
    # Frozen layers are not trained but still computed: they cost a third.
    for frozen in (0, layers // 2):
        work = rows * tokens * (layers - frozen * 2 / 3) * runs
        affordable = min(epochs, int(ALLOWANCE / work))
        if affordable >= FEWEST_EPOCHS or (forced and frozen):
            settings = Settings(
                epochs=max(affordable, 1), frozen_layers=frozen, seed=seed, batch=16 if rows < 1200 else 32
            )
            return Plan(base, bases[base], settings, every, penalty)
    bench.say(f"fine-tuning {base} would take longer than the allowance for {rows} rows: left out")
    return None


def held_out(bench: Bench, chosen: Plan) -> tuple[Indexes, Floats]:
    """Rows held out, and what encoders tuned without them say: (indexes [m], logits [m, labels])."""
    import numpy as np

    places, found = [], []
    for rest, held in bench.splits(chosen.every):
        tuned = run(bench, chosen, rest)
        places.append(held)
        found.append(tuned.logits([bench.problem.rows[i].text for i in held]))
    return np.concatenate(places), np.concatenate(found)


def run(bench: Bench, chosen: Plan, rows: Indexes) -> Tuned:
    """Fine-tune on some rows, from the linear head of the same base."""
    import numpy as np

    problem = bench.problem
    tuned = Tuned(chosen.folder, problem.targets.shape[1], chosen.settings)
    features, head = bench.fit(Choice(Recipe((chosen.base,)), chosen.penalty), rows, steps=60)
    weights, bias = _on_unit_vectors(head, features.centres[chosen.base], features.scales[chosen.base])
    tuned.start_from(weights, bias.astype(np.float32))
    say = _counted(bench.say, chosen.base)
    tune(tuned, [problem.rows[i].text for i in rows], problem.targets[rows], many=problem.many, progress=say)
    return tuned


def _on_unit_vectors(head: linear.Head, centre: Floats, scale: float) -> tuple[Floats, Floats]:
    weights = head.weights[0] / max(scale, 1e-6)
    return weights, head.bias - centre @ weights


def _best_base(bench: Bench, bases: Sequence[str]) -> str:
    """The base whose vectors alone did best held out; the first one if they were never compared."""
    alone = {
        t.choice.recipe.bases[0]: t.merit
        for t in bench.trials
        if len(t.choice.recipe.bases) == 1 and not t.choice.recipe.ngrams
    }
    return max(bases, key=lambda base: alone.get(base, -1.0))


def _counted(say: Say, base: str) -> Progress:
    return lambda done, total: say(f"fine-tuning {base}: epoch {done} of {total}")
