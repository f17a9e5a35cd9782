"""What the classification benchmarks share: one task trained by us and by two plain references, as a markdown table."""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from modelhub.engine import evaluation, packs, scoring, training
from modelhub.engine.datasets import Row, label_names
from modelhub.engine.encoders import encoder

Figures = dict[str, float]
COLUMNS = {
    "accuracy": "accuracy",
    "micro_f1": "micro-F1",
    "macro_f1": "macro-F1",
    "ece": "ECE",
    "oos_recall_at_95": "OOS@95",
}


@dataclass(frozen=True)
class Task:
    """Rows to learn from and rows to be judged on (those with `oos` only for scope)."""

    name: str
    kind: str
    train: Sequence[Row]
    test: Sequence[Row]


def arguments(about: str | None) -> argparse.ArgumentParser:
    """--data, --packs, --recipe, --seed."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--data", type=Path, required=True, help="folder with the public data sets")
    parser.add_argument("--packs", type=Path, default=Path(os.environ.get("FAIRLEAD_DATA", "var")) / "packs")
    parser.add_argument("--recipe", choices=["auto", "linear", "finetune"], default="auto")
    parser.add_argument("--seed", type=int, default=0)
    return parser


def rows(pairs: Iterable[tuple[str, Sequence[str]]], *, oos: bool = False) -> list[Row]:
    """Rows from (text, labels)."""
    return [Row(str(i), text, tuple(labels), oos) for i, (text, labels) in enumerate(pairs)]


def shots(data: Sequence[Row], count: int, seed: int) -> list[Row]:
    """`count` random rows of each label."""
    order = list(data)
    random.Random(seed).shuffle(order)
    taken: dict[tuple[str, ...], int] = {}
    found = []
    for row in order:
        taken[row.labels] = taken.get(row.labels, 0) + 1
        if taken[row.labels] <= count:
            found.append(row)
    return found


def table(tasks: Iterable[Task], options: argparse.Namespace, *, goals: dict[str, str]) -> None:
    """Print a row for every recipe of every task as soon as it is known; tasks of one name are averaged."""
    groups: dict[str, list[Task]] = {}
    for task in tasks:
        groups.setdefault(task.name, []).append(task)
    print(f"| task | recipe | {' | '.join(COLUMNS.values())} | seconds | goal |")
    print(f"|---|---|{'---|' * len(COLUMNS)}---|---|", flush=True)
    for name, members in groups.items():
        for label, figures in _recipes(members, options):
            cells = [f"{figures[key]:.3f}" if key in figures else "" for key in COLUMNS]
            goal = goals.get(name, "") if label.startswith("Fairlead") else ""
            print(f"| {name} | {label} | {' | '.join(cells)} | {figures['seconds']:.0f} | {goal} |", flush=True)


def _recipes(tasks: Sequence[Task], options: argparse.Namespace) -> Iterable[tuple[str, Figures]]:
    yield "TF-IDF + LinearSVC", _average(_svc(task) for task in tasks)
    yield "MiniLM + LR", _average(_embedded(task, options.packs / "all-minilm-l6-v2") for task in tasks)
    yield f"Fairlead {options.recipe}", _average(_ours(task, options) for task in tasks)


def _average(found: Iterable[Figures]) -> Figures:
    each = list(found)
    return {key: mean(one[key] for one in each) for key in each[0]}


def _ours(task: Task, options: argparse.Namespace) -> Figures:
    started = time.monotonic()
    model = training.train(
        task.train, labels=task.kind, packs_root=options.packs, recipe=options.recipe, seed=options.seed,
        say=lambda line: print(f"  {time.monotonic() - started:5.0f} s {task.name}: {line}", file=sys.stderr, flush=True),
    )  # fmt: skip
    seconds = time.monotonic() - started
    figures = scoring.evaluate(model, task.test)
    return {key: figures[key] for key in COLUMNS if key in figures} | {"seconds": seconds}


def _svc(task: Task) -> Figures:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union

    started = time.monotonic()
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 5), sublinear_tf=True, min_df=2)
    union = make_union(words, letters)
    test = [row for row in task.test if not row.oos]
    learned = union.fit_transform([row.text for row in task.train])
    return _plain(task, learned, union.transform([row.text for row in test]), test, started, svm=True)


def _embedded(task: Task, folder: Path) -> Figures:
    started = time.monotonic()
    packs.card(folder)
    model = encoder(folder)
    test = [row for row in task.test if not row.oos]
    learned, asked = model.embed([row.text for row in task.train]), model.embed([row.text for row in test])
    return _plain(task, learned, asked, test, started, svm=False)


def _plain(task: Task, learned: Any, asked: Any, test: Sequence[Row], started: float, *, svm: bool) -> Figures:
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.svm import LinearSVC

    names = label_names([*task.train, *test])
    truth = scoring.table([row.labels for row in test], names)
    base = LinearSVC() if svm else LogisticRegression(C=30, max_iter=500)
    if task.kind == "single":
        base.fit(learned, [row.labels[0] for row in task.train])
        said = scoring.table([(label,) for label in base.predict(asked)], names)
    else:
        targets = scoring.table([row.labels for row in task.train], names).astype(int)
        many = OneVsRestClassifier(base).fit(learned, targets)
        said = np.asarray(many.predict(asked)) > 0
    return {
        "accuracy": evaluation.exact_match(truth, said),
        "micro_f1": evaluation.micro_f1(truth, said),
        "macro_f1": evaluation.macro_f1(truth, said),
        "seconds": time.monotonic() - started,
    }
