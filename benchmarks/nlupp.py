"""NLU++ banking, several labels a sentence, over its twenty folds. `python -m benchmarks.nlupp --data FOLDER`"""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.classification import Task, arguments, rows, table
from modelhub.engine.datasets import Row

FOLDS = 20
GOALS = {"NLU++ 90 %": "micro-F1 ≥ .93", "NLU++ 10 %": "micro-F1 ≥ .81", "NLU++ 5 %": "micro-F1 ≥ .70"}
SIZES = {"90": 18, "10": 2, "5": 1}


def main() -> None:
    """Print the table; `--splits` of each size are averaged, spread evenly over the possible ones."""
    parser = arguments(__doc__)
    parser.add_argument("--only", nargs="*", choices=list(SIZES), default=list(SIZES))
    parser.add_argument("--splits", type=int, default=2)
    options = parser.parse_args()
    folds = [read(options.data / f"nlupp/banking/fold{i}.json") for i in range(FOLDS)]
    tasks = [split(folds, size, turn, options.splits) for size in options.only for turn in range(options.splits)]
    table(tasks, options, goals=GOALS)


def read(path: Path) -> list[Row]:
    """Rows of one fold; a sentence without intents has no labels."""
    return rows((one["text"], one.get("intents", [])) for one in json.loads(path.read_text("utf-8")))


def split(folds: list[list[Row]], size: str, turn: int, turns: int) -> Task:
    """Training folds in a row from a starting point that depends on the turn; all others are the test."""
    start = turn * FOLDS // turns
    chosen = {(start + i) % FOLDS for i in range(SIZES[size])}
    train = [row for i, fold in enumerate(folds) if i in chosen for row in fold]
    test = [row for i, fold in enumerate(folds) if i not in chosen for row in fold]
    return Task(f"NLU++ {size} %", "multi", train, test)


if __name__ == "__main__":
    main()
