"""Train an encoder on clauses: epochs with a look at held messages after each, an early stop, and checkpoints in between."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelhub.engine import checkpoints, clause_batches, corpus, evaluation, linear
from modelhub.engine.clause_batches import Clauses
from modelhub.engine.corpus import Message
from modelhub.engine.finetune import SCALE, Tuned, epochs_of, loop_over
from modelhub.engine.training_loop import Loop, chance, set_chance
from modelhub.engine.training_progress import Halt, Point, Told

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import torch
    from numpy.typing import NDArray

AFTER = 0.25  # what fitting the heads afterwards is told as, as a share of the steps
# A first head with large weights turns the noise of dropout into loss and has nothing left to teach the encoder.
START_STEPS, START_PENALTY = 40, 1e-2
BEST = "best."


@dataclass(slots=True)
class Keeper:
    """Where a checkpoint goes, after how many seconds of work one is due, and the mark of the training it belongs to."""

    path: Path | None = None
    every: float = 30.0
    mark: str = ""


@dataclass(slots=True)
class Best:
    """The best epoch so far, its macro-F1 on the held messages, and its weights."""

    figure: float = -1.0
    epoch: int = 0
    weights: dict[str, torch.Tensor] = field(default_factory=dict)


class ClauseTuning:
    """One training of an encoder with a head over clauses. What `told` raises as Halt leaves a checkpoint behind."""

    def __init__(
        self,
        tuned: Tuned,
        needs: Sequence[str],
        patience: int,
        report: Callable[[str], None],
        told: Told,
        keeper: Keeper,
    ) -> None:
        self.tuned, self.needs, self.patience = tuned, needs, patience
        self.report, self.told, self.keeper = report, told, keeper
        self.best, self.ends = Best(), [0]
        self.kept_at = time.monotonic()

    @property
    def steps(self) -> int:
        """Steps of all epochs."""
        return self.ends[-1]

    @property
    def of(self) -> int:
        """The same and what comes after the tuning."""
        return round(self.steps * (1 + AFTER))

    def run(self, shown: Sequence[Message], held: Sequence[Message]) -> Best:
        """Train on `shown`, watching `held`; the weights of the best epoch are in place afterwards."""
        data = clause_batches.make(self.tuned, shown, self.needs)
        watched = clause_batches.make(self.tuned, held, self.needs)
        truth, judged = corpus.presence(held, self.needs), corpus.judged(held, self.needs)
        epochs = epochs_of(data.lengths, self.tuned.settings)
        self.ends = list(accumulate(len(batches) for batches in epochs))
        loop = loop_over(self.tuned, epochs, lambda batch: clause_batches.loss(self.tuned, data, batch))
        if not self._take_up(loop):
            self._start(data)
        while not self._finished(loop):
            rate, figure = loop.rate, None
            self.tuned.shell.model.train()
            loss = loop.step()
            if loop.position in self.ends:
                figure = self._look(loop, watched, truth, judged)
            self._tell(loop, loss, rate, figure)
        loop.set_weights(self.best.weights)
        self.tuned.shell.model.eval()
        return self.best

    def _start(self, data: Clauses) -> None:
        """Begin with the linear head that fits the untouched vectors: the encoder is not bent by a head that knows nothing."""
        import numpy as np

        self.report("fitting a first head on the untouched encoder")
        before = chance()
        found = clause_batches.all_vectors(
            self.tuned, data, 4 * self.tuned.settings.batch, lambda: self.told(Point(0, self.of))
        )
        set_chance(before)
        targets, weights = np.concatenate(data.targets), np.concatenate(data.weights)
        head = linear.fit([found], targets, many=True, penalty=START_PENALTY, weights=weights, steps=START_STEPS)
        self.tuned.start_from(head.weights[0] * SCALE, head.bias)

    def _look(self, loop: Loop, watched: Clauses, truth: NDArray[np.bool_], judged: NDArray[np.bool_]) -> float:
        """Macro-F1 on the held messages at the threshold that suits it best; the best epoch's weights are kept."""
        import numpy as np

        epoch = self.ends.index(loop.position) + 1
        before = chance()
        logits = clause_batches.best_of_messages(self.tuned, watched, 4 * self.tuned.settings.batch)
        set_chance(before)
        figure = max(evaluation.macro_f1(truth, (logits >= cut) & judged) for cut in np.linspace(-4, 1, 11))
        self.report(f"epoch {epoch} of {len(self.ends)}: macro-F1 {figure:.3f} on the messages held out")
        if figure > self.best.figure:
            self.best = Best(figure, epoch, loop.weights())
        return figure

    def _finished(self, loop: Loop) -> bool:
        if loop.position in self.ends[:-1]:
            return self.ends.index(loop.position) + 1 - self.best.epoch >= self.patience
        return loop.position >= self.steps

    def _tell(self, loop: Loop, loss: float, rate: float, figure: float | None) -> None:
        """Tell where it is, and keep a checkpoint when one is due; other work in `told` may draw from the same chance."""
        epoch = round(loop.position / self.steps * len(self.ends), 3)
        point = Point(loop.position, self.of, epoch, loss, rate, None if figure is None else round(figure, 4))
        before = chance()
        try:
            self.told(point)
        except Halt:
            set_chance(before)
            self._keep(loop)
            raise
        set_chance(before)
        if figure is not None or time.monotonic() - self.kept_at >= self.keeper.every:
            self._keep(loop)

    def _keep(self, loop: Loop) -> None:
        if self.keeper.path is None:
            return
        tensors, facts = loop.state()
        tensors.update({BEST + name: value for name, value in self.best.weights.items()})
        told = {"mark": self.keeper.mark, "figure": self.best.figure, "epoch": self.best.epoch}
        checkpoints.save(self.keeper.path, tensors, {**facts, **told})
        self.kept_at = time.monotonic()

    def _take_up(self, loop: Loop) -> bool:
        """Go on from the checkpoint, if there is one of this very training."""
        kept = checkpoints.load(self.keeper.path, self.keeper.mark) if self.keeper.path else None
        if kept is None:
            return False
        tensors, facts = kept
        loop.restore(tensors, facts)
        self.best = Best(facts["figure"], facts["epoch"], _best(tensors))
        self.report(f"going on from the checkpoint at step {loop.position}")
        return True


def _best(tensors: Mapping[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(BEST): tensor for name, tensor in tensors.items() if name.startswith(BEST)}
