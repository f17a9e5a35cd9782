"""Choosing features and penalty of the linear head by cross-validation on the training file alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from modelhub.engine import calibration, linear
from modelhub.engine.evaluation import micro_f1
from modelhub.engine.features import Features, Recipe
from modelhub.engine.problem import Problem, spoken

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from modelhub.engine.features import Vectors

    Floats = NDArray[np.float32]
    Indexes = NDArray[np.intp]

Say = Callable[[str], None]
PENALTIES = (1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6)
NGRAM_WEIGHTS = (0.3, 0.6, 1.0, 1.6, 2.5)
NAME_WEIGHTS = (0.5, 1.0, 2.0, 4.0)
TIE = 0.0005
# Weight of the other bases beside the one that is best alone.
LESSER = 0.5
SEARCH_STEPS = 50
# Up to this many rows all folds judge a choice; beyond, one fold is large enough.
ALL_FOLDS_BELOW = 1000
# A richer choice must be better by this much in the figure of merit, or the simpler one stays.
MARGIN = 0.001


@dataclass(frozen=True)
class Choice:
    """A linear recipe with its penalty, and the weight of label names as examples (0: not used)."""

    recipe: Recipe
    penalty: float
    names: float = 0.0


@dataclass
class Trial:
    """Held-out logits of a choice, its figure of merit, and which rows were held out."""

    choice: Choice
    merit: float
    rows: Indexes
    logits: Floats


@dataclass
class Bench:
    """Everything a comparison needs: the problem, vectors of texts and of label names, and the folds."""

    problem: Problem
    vectors: Vectors
    names: Vectors
    fold: Indexes
    say: Say = lambda _: None
    trials: list[Trial] = field(default_factory=list)

    def splits(self, every: bool) -> Iterator[tuple[Indexes, Indexes]]:
        """(train, held-out) indexes; only the first fold unless `every`."""
        import numpy as np

        for number in range(int(self.fold.max()) + 1 if every else 1):
            held, rest = np.flatnonzero(self.fold == number), np.flatnonzero(self.fold != number)
            if len(held) and len(rest):
                yield rest, held

    def fit(
        self, choice: Choice, rows: Indexes, *, steps: int = 200, start: linear.Head | None = None
    ) -> tuple[Features, linear.Head]:
        """Features and head from some of the rows."""
        import numpy as np

        problem, names = self.problem, choice.names
        texts = [problem.rows[i].text for i in rows]
        vectors = {base: self.vectors[base][rows] for base in choice.recipe.bases}
        features = Features.fit(choice.recipe, texts, vectors)
        targets, weights = problem.targets[rows], np.ones(len(rows), np.float32)
        if names:
            texts = texts + [spoken(label) for label in problem.labels]
            vectors = {base: np.concatenate([v, self.names[base]]) for base, v in vectors.items()}
            own = np.eye(len(problem.labels), targets.shape[1], dtype=np.float32)
            targets = np.concatenate([targets, own])
            weights = np.concatenate([weights, np.full(len(own), names, np.float32)])
        blocks = features.transform(texts, vectors)
        head = linear.fit(
            blocks, targets, many=problem.many, penalty=choice.penalty, weights=weights, start=start, steps=steps
        )
        return features, head

    def logits(self, features: Features, head: linear.Head, rows: Indexes) -> Floats:
        """Logits of some of the rows."""
        texts = [self.problem.rows[i].text for i in rows]
        return head.logits(features.transform(texts, {b: self.vectors[b][rows] for b in features.recipe.bases}))

    def judge(self, choice: Choice, *, every: bool, steps: int = SEARCH_STEPS) -> Trial:
        """Train without each fold in turn and look at the figure of merit on what was held out."""
        import numpy as np

        places, found = [], []
        for rest, held in self.splits(every):
            features, head = self.fit(choice, rest, steps=steps)
            places.append(held)
            found.append(self.logits(features, head, held))
        rows, logits = np.concatenate(places), np.concatenate(found)
        trial = Trial(choice, merit([logits], self.problem.targets[rows], self.problem.many), rows, logits)
        names = f" + names×{choice.names:g}" if choice.names else ""
        self.say(f"linear {choice.recipe.name}{names} penalty {choice.penalty:g}: {trial.merit:.4f}")
        self.trials.append(trial)
        return trial


def merit(sources: Sequence[Floats], targets: Floats, many: bool) -> float:
    """Accuracy (one label) or micro-F1 at the best thresholds, less a little of the calibrated log-loss to break ties."""
    mix, loss = calibration.fit(sources, targets, many=many)
    if not many:
        hits = mix.logits(sources).argmax(1) == targets.argmax(1)
        return float(hits.mean()) - 0.02 * loss
    probabilities = mix.probabilities(sources, many=True)
    truth = targets > 0.5
    return micro_f1(truth, probabilities >= calibration.thresholds(probabilities, truth)) - 0.02 * loss


def search(bench: Bench, bases: Sequence[str]) -> Choice:
    """Step by step: penalty on all bases, fewer bases, n-grams, label names; each step keeps what is better held out."""
    every = len(bench.problem.rows) <= ALL_FOLDS_BELOW
    start = Recipe(tuple(bases), 0.0 if bases else 1.0)
    path = list(_climb(bench, [Choice(start, p) for p in PENALTIES], every, patience=2))
    # Of equals the most regularised: it forgives more where later texts differ from these.
    best = next(t for t in path if t.merit > max(each.merit for each in path) - TIE)
    if len(bases) > 1:
        singles = [bench.judge(replace(best.choice, recipe=Recipe((base,))), every=every) for base in bases]
        lead = max(singles, key=lambda t: t.merit).choice.recipe.bases[0]
        tilted = Recipe(tuple(bases), weights=tuple(1.0 if base == lead else LESSER for base in bases))
        best = _better(best, bench.judge(replace(best.choice, recipe=tilted), every=every), *singles, margin=0.0)
    if bases:
        grams = [replace(best.choice.recipe, ngrams=w) for w in NGRAM_WEIGHTS]
        best = _better(best, *_climb(bench, [replace(best.choice, recipe=r) for r in grams], every))
    if bench.problem.few and bench.names:
        best = _better(best, *_climb(bench, [replace(best.choice, names=w) for w in NAME_WEIGHTS], every))
    return best.choice


def _climb(bench: Bench, choices: Sequence[Choice], every: bool, patience: int = 1) -> Iterator[Trial]:
    """Try choices in order until so many in a row (`patience`) are worse than the best so far."""
    best, worse = -1.0, 0
    for choice in choices:
        trial = bench.judge(choice, every=every)
        yield trial
        worse = worse + 1 if trial.merit < best else 0
        if worse == patience:
            return
        best = max(best, trial.merit)


def _better(best: Trial, *others: Trial, margin: float = MARGIN) -> Trial:
    for other in others:
        if other.merit > best.merit + margin:
            best = other
    return best


def everything(problem: Problem) -> Any:
    """Indexes of all rows."""
    import numpy as np

    return np.arange(len(problem.rows))
