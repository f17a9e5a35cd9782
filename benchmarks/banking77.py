"""Banking77: all data, 10 and 5 examples a label. `python -m benchmarks.banking77 --data FOLDER`"""

from __future__ import annotations

import csv
from pathlib import Path

from benchmarks.classification import Task, arguments, rows, shots, table
from modelhub.engine.datasets import Row

GOALS = {
    "Banking77": "accuracy ≥ .943, ECE ≤ .03",
    "Banking77 10-shot": "accuracy ≥ .88",
    "Banking77 5-shot": "accuracy ≥ .83",
}


def main() -> None:
    """Print the table; `--only` picks full, 10 or 5; `--held-out` adds the test of labels never seen."""
    parser = arguments(__doc__)
    parser.add_argument("--only", nargs="*", choices=["full", "10", "5"], default=["full", "10", "5"])
    parser.add_argument("--held-out", action="store_true", help="leave 27 labels out of training, as out-of-scope rows")
    options = parser.parse_args()
    train, test = read(options.data / "banking77/train.csv"), read(options.data / "banking77/test.csv")
    tasks = []
    if "full" in options.only:
        tasks.append(Task("Banking77", "single", train, test))
    tasks.extend(
        Task(f"Banking77 {count}-shot", "single", shots(train, int(count), options.seed), test)
        for count in ("10", "5")
        if count in options.only
    )
    if options.held_out:
        tasks.append(held_out(train, test))
    table(tasks, options, goals=GOALS | {"Banking77, 27 labels held out": "OOS@95 ≥ .65"})


def read(path: Path) -> list[Row]:
    """Rows of one of the two CSV files."""
    with path.open(encoding="utf-8", newline="") as handle:
        return rows((line["text"], (line["category"],)) for line in csv.DictReader(handle))


def held_out(train: list[Row], test: list[Row]) -> Task:
    """The last 27 labels in alphabetical order are unknown in training and out of scope in the test."""
    away = set(sorted({row.labels[0] for row in train})[-27:])
    kept = [row for row in train if row.labels[0] not in away]
    asked = [Row(row.id, row.text, () if row.labels[0] in away else row.labels, row.labels[0] in away) for row in test]
    return Task("Banking77, 27 labels held out", "single", kept, asked)


if __name__ == "__main__":
    main()
