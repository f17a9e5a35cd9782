"""CLINC150: trained on its training part, judged on its validation part. `python -m benchmarks.clinc150 --data FOLDER`"""

from __future__ import annotations

import json

from benchmarks.classification import Task, arguments, rows, shots, table

GOALS = {"CLINC150": "accuracy ≥ .965, OOS@95 ≥ .90"}


def main() -> None:
    """Print the table. Out-of-scope rows of both parts are only ever used to judge."""
    parser = arguments(__doc__)
    parser.add_argument("--shots", type=int, default=100, help="training rows of each label that are used, of 100")
    options = parser.parse_args()
    data = json.loads((options.data / "clinc150/data_dev.json").read_text("utf-8"))

    def part(name: str, *, oos: bool = False):  # noqa: ANN202
        return rows(((text, () if oos else (label,)) for text, label in data[name]), oos=oos)

    away = part("oos_val", oos=True) + part("oos_train", oos=True)
    train = shots(part("train"), options.shots, options.seed)
    table([Task("CLINC150", "single", train, part("val") + away)], options, goals=GOALS)


if __name__ == "__main__":
    main()
