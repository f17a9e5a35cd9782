"""From labelled rows to a calibrated classifier: recipe and base chosen by cross-validation on those rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from modelhub.engine import calibration, packs, tuning
from modelhub.engine.calibration import Calibration
from modelhub.engine.classifiers import Classifier, unit
from modelhub.engine.datasets import Row
from modelhub.engine.failures import PackError
from modelhub.engine.features import Features, Recipe, embed
from modelhub.engine.held_out_classes import choose_signals
from modelhub.engine.problem import LabelKind, Problem, build, spoken
from modelhub.engine.scope import Scope
from modelhub.engine.scope import fit as fit_scope
from modelhub.engine.selection import Bench, Choice, Say, everything, merit, search

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from modelhub.engine.finetune import Tuned
    from modelhub.engine.linear import Head

    Floats = NDArray[np.float32]
    Indexes = NDArray[np.intp]

RecipeName = Literal["auto", "linear", "finetune"]
DEFAULT_BASES = ("multilingual-e5-small", "all-minilm-l6-v2")
# With fewer distinct texts nothing can be held out, and defaults are used unjudged.
FEWEST_TO_VALIDATE = 8
MOST_KNOWN = 20_000


@dataclass
class Parts:
    """What training arrives at before it is put together: sources of logits, on all rows and held out."""

    features: Features
    head: Head | None
    tuned: Tuned | None
    tuned_base: str
    held: Indexes
    sources: list[Floats]


def train(
    rows: Sequence[Row],
    *,
    labels: LabelKind,
    packs_root: Path,
    recipe: RecipeName = "auto",
    base: str = "",
    seed: int = 0,
    say: Say = lambda _: None,
) -> Classifier:
    """Train on rows (no label is allowed). The same rows, seed and machine give the same model.

    `base` names one pack or model folder instead of those that are installed. `say` hears progress, a line at a time.
    Raises TrainingError when the rows cannot train anything, PackError when no base model is there.
    """
    problem = build(rows, labels)
    if problem.skipped:
        say(f"{problem.skipped} rows without text were left out")
    folders = _folders(base, packs_root)
    bench = _bench(problem, folders, seed, say)
    if problem.distinct() < FEWEST_TO_VALIDATE or (problem.targets.shape[1] == 1 and not problem.many):
        choice, parts = _unjudged(bench, tuple(folders))
    else:
        choice, parts = _judged(bench, folders, recipe, seed)
    return _assemble(bench, choice, parts, folders, {"seed": seed, "recipe_asked": recipe, "base_asked": base})


def _folders(base: str, packs_root: Path) -> dict[str, Path]:
    if base:
        return {base: packs.location(base, packs_root)}
    found = {name: packs_root / name for name in DEFAULT_BASES if (packs_root / name / "config.json").is_file()}
    if not found:
        raise PackError(f"no base model is in {packs_root}; run `python manage.py models pull`")
    return found


def _bench(problem: Problem, folders: dict[str, Path], seed: int, say: Say) -> Bench:
    say(f"{len(problem.rows)} rows, {len(problem.labels)} labels; reading them with {', '.join(folders)}")
    vectors = embed(list(folders), folders, problem.texts)
    names = embed(list(folders), folders, [spoken(label) for label in problem.labels]) if problem.few else {}
    count = 5 if len(problem.rows) <= 1000 else 4
    return Bench(problem, vectors, names, problem.folds(min(count, problem.distinct()), seed), say)


def _unjudged(bench: Bench, bases: tuple[str, ...]) -> tuple[Choice, Parts]:
    """Too few texts to hold any out: all bases, strong regularisation, probabilities as they come."""
    import numpy as np

    choice = Choice(Recipe(bases), 1e-3, names=0.5 if bench.names else 0.0)
    features, head = bench.fit(choice, everything(bench.problem))
    bench.say("too few different texts to hold some out: defaults are used, unjudged")
    return choice, Parts(features, head, None, "", np.zeros(0, np.intp), [])


def _judged(bench: Bench, folders: dict[str, Path], recipe: RecipeName, seed: int) -> tuple[Choice, Parts]:
    choice = search(bench, tuple(folders))
    trial = bench.judge(choice, every=True, steps=120)
    tuned_plan = None
    if recipe != "linear":
        tuned_plan = tuning.plan(bench, folders, choice.penalty, seed, forced=recipe == "finetune")
    held, sources = trial.rows, [trial.logits]
    if tuned_plan:
        held, sources = _with_tuned(bench, tuned_plan, trial.rows, trial.logits, only=recipe == "finetune")
        if len(sources) == 1 and recipe == "auto":
            tuned_plan, held, sources = None, trial.rows, [trial.logits]
    whole = everything(bench.problem)
    features, head = bench.fit(choice, whole)
    tuned = tuning.run(bench, tuned_plan, whole) if tuned_plan else None
    use_head = head if not tuned or len(sources) == 2 else None
    return choice, Parts(features, use_head, tuned, tuned_plan.base if tuned_plan else "", held, sources)


def _with_tuned(
    bench: Bench, chosen: tuning.Plan, rows: Indexes, logits: Floats, *, only: bool
) -> tuple[Indexes, list[Floats]]:
    """Held-out rows and sources with the tuned encoder added, if it helps there (or alone, if only it is wanted)."""
    import numpy as np

    problem = bench.problem
    held, tuned = tuning.held_out(bench, chosen)
    if only:
        return held, [tuned]
    place = {int(row): i for i, row in enumerate(rows)}
    plain = logits[[place[int(row)] for row in held]]
    before = merit([plain], problem.targets[held], problem.many)
    alone = merit([tuned], problem.targets[held], problem.many)
    after = merit([plain, tuned], problem.targets[held], problem.many)
    bench.say(f"held out: linear {before:.4f}, fine-tuned {alone:.4f}, both {after:.4f}")
    return (held, [plain, tuned]) if after > before + 0.002 else (np.asarray(held), [plain])


def _assemble(bench: Bench, choice: Choice, parts: Parts, folders: dict[str, Path], meta: dict[str, Any]) -> Classifier:
    import numpy as np

    problem = bench.problem
    mix, limits = Calibration((1.0,)), np.full(len(problem.labels), 0.5, np.float32)
    figures: dict[str, float] = {}
    if parts.sources:
        targets = problem.targets[parts.held]
        mix, loss = calibration.fit(parts.sources, targets, many=problem.many)
        probabilities = mix.probabilities(parts.sources, many=problem.many)
        if problem.many:
            limits = calibration.thresholds(probabilities, targets > 0.5)
        figures = {"merit": merit(parts.sources, targets, problem.many), "log_loss": loss}
    base = _known_base(choice, folders)
    known = _sample(unit(parts.features.centred(base, bench.vectors[base])), int(meta["seed"]))
    model = Classifier(
        problem.labels, problem.many, parts.features, parts.head, mix, limits, Scope((), (), ()), known, base, folders,
        problem.nothing, parts.tuned, parts.tuned_base,
    )  # fmt: skip
    signals, recall = choose_signals(bench, choice, base, int(meta["seed"]))
    model.scope = fit_scope(signals, _home(bench, model, parts))
    model.meta = {
        **meta,
        "data_sha256": problem.data_hash,
        "rows": len(problem.rows),
        "skipped": problem.skipped,
        "choice": asdict(choice),
        "tuned": asdict(parts.tuned.settings) if parts.tuned else None,
        "cross_validation": {**figures, "held_out_class_recall": recall},
        "trials": [{"choice": asdict(t.choice), "merit": round(t.merit, 5)} for t in bench.trials],
    }
    model.meta["card"] = card(model)
    return model


def _known_base(choice: Choice, folders: dict[str, Path]) -> str:
    used = [base for base in choice.recipe.bases if base in folders]
    return used[-1] if used else next(iter(folders))


def _home(bench: Bench, model: Classifier, parts: Parts) -> dict[str, Floats]:
    """Signals of in-scope texts: held out if there are any, else of the training texts without themselves."""
    from modelhub.engine.scope import signals

    rows = parts.held if len(parts.held) else everything(bench.problem)
    if model.nothing:
        rows = rows[bench.problem.targets[rows, -1] == 0]
    texts = [bench.problem.rows[i].text for i in rows]
    vectors = {base: bench.vectors[base][rows] for base in bench.vectors}
    if parts.sources:
        place = {int(row): i for i, row in enumerate(parts.held)}
        sources = [source[[place[int(r)] for r in rows]] for source in parts.sources]
    else:
        sources = model.sources(texts, vectors)
    logits = model.calibration.logits(sources)[:, : len(model.labels)]
    own = unit(model.features.centred(model.known_base, vectors[model.known_base]))
    return signals(logits, own, model.known, itself=True)


def _sample(known: Floats, seed: int) -> Floats:
    import numpy as np

    if len(known) <= MOST_KNOWN:
        return known
    return known[np.random.default_rng(seed).choice(len(known), MOST_KNOWN, replace=False)]


def card(model: Classifier) -> str:
    """The model card: what it is, what it was trained on, how it did held out."""
    meta, figures = model.meta, model.meta["cross_validation"]
    kind = "several labels a text" if model.many else "one label a text"
    lines = [
        f"Text classifier, {kind}: {', '.join(model.labels[:40])}{' …' if len(model.labels) > 40 else ''}.",
        f"Trained on {meta['rows']} rows (data {meta['data_sha256'][:12]}), seed {meta['seed']}.",
        f"Linear head on {model.features.recipe.name}{f', fine-tuned {model.tuned_base}' if model.tuned else ''}.",
        f"Held out: {', '.join(f'{k} {v:.4f}' for k, v in figures.items())}."
        if figures
        else "Not judged: too few texts.",
        "Not meant for texts unlike those it was trained on; `in_scope` says how far a text is from them.",
    ]
    return "\n".join(lines)
