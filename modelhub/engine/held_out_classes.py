"""Rehearsing the unknown: leave whole labels out of training and see which signals notice their texts."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from modelhub.engine.classifiers import unit
from modelhub.engine.scope import choose, signals
from modelhub.engine.selection import Bench, Choice

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from modelhub.engine.scope import Signals

    Indexes = NDArray[np.intp]

SHARE = 0.3
TRIALS = 2
FEWEST_LABELS = 4
MOST_ROWS = 6000


def choose_signals(bench: Bench, choice: Choice, base: str, seed: int) -> tuple[tuple[str, ...], float]:
    """Signals for `scope`, and the recall of left-out labels at 95 % kept. With under four labels: a fixed pair."""
    problem = bench.problem
    if len(problem.labels) < FEWEST_LABELS:
        return choose([])
    dice = random.Random(seed)
    trials = []
    for _ in range(TRIALS):
        away = set(dice.sample(problem.labels, max(1, round(len(problem.labels) * SHARE))))
        if (trial := _trial(bench, replace(choice, names=0.0), base, away, dice)) is not None:
            trials.append(trial)
    names, recall = choose(trials)
    bench.say(f"in scope by {', '.join(names)}: {recall:.3f} of left-out labels noticed")
    return names, recall


def _trial(
    bench: Bench, choice: Choice, base: str, away: set[str], dice: random.Random
) -> tuple[Signals, Signals] | None:
    """Signals of (held-out rows with known labels, rows that only have labels never seen)."""
    import numpy as np

    rows = bench.problem.rows
    strange = [i for i, row in enumerate(rows) if row.labels and set(row.labels) <= away]
    usual = [i for i, row in enumerate(rows) if row.labels and not set(row.labels) & away]
    dice.shuffle(usual)
    judged, learned = usual[: len(usual) // 4][:2000], usual[len(usual) // 4 :][:MOST_ROWS]
    if len(strange) < 5 or len(judged) < 5 or not learned:
        return None
    light = replace(choice, recipe=replace(choice.recipe, ngrams=0.0)) if choice.recipe.bases else choice
    features, head = bench.fit(light, np.array(learned), steps=60)
    live = np.flatnonzero(bench.problem.targets[learned].any(0))
    known = unit(features.centred(base, bench.vectors[base][learned]))

    def look(indexes: list[int]) -> Signals:
        logits = bench.logits(features, head, np.array(indexes))[:, live]
        return signals(logits, unit(features.centred(base, bench.vectors[base][indexes])), known)

    return look(judged), look(strange[:2000])
