"""FewCLUE in Chinese, all few-shot data: news titles and shop reviews. `python -m benchmarks.fewclue --data FOLDER`"""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.classification import Task, arguments, rows, table
from modelhub.engine.datasets import Row

GOALS = {"tnews": "accuracy ≥ .56", "eprstmt": "accuracy ≥ .86"}
LABEL = {"tnews": "label_desc", "eprstmt": "label"}


def main() -> None:
    """Print the table."""
    parser = arguments(__doc__)
    parser.add_argument("--only", nargs="*", choices=list(LABEL), default=list(LABEL))
    options = parser.parse_args()
    folder = options.data / "fewclue"
    tasks = [
        Task(
            name,
            "single",
            read(folder / name / "train_few_all.json", name),
            read(folder / name / "test_public.json", name),
        )
        for name in options.only
    ]
    table(tasks, options, goals=GOALS)


def read(path: Path, task: str) -> list[Row]:
    """Rows of one JSON Lines file. Keywords, which other systems may not have, are not used."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return rows((line["sentence"], (str(line[LABEL[task]]),)) for line in lines)


if __name__ == "__main__":
    main()
