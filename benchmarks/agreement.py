"""How far two readers agree on the corpus: `python -m benchmarks.agreement`.

The second reader had the texts and the taxonomy, not the first reader's labels. Both labellings are kept as they were before
the differences were settled; what was settled is in `modelhub/corpus/train`. The evaluation set was left as first labelled.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "modelhub/corpus/two_readers"
NEEDS = len(json.loads((Path(__file__).parent.parent / "core/data/needs.json").read_text(encoding="utf-8")))
Pair = tuple[set[str], set[str]]


def pairs(language: str, *, evaluation: bool) -> list[Pair]:
    """The two label sets of each message of one language, of the training or the evaluation texts."""
    rows = [json.loads(line) for line in (FOLDER / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()]
    return [(set(row["first"]), set(row["second"])) for row in rows if row["id"].startswith("ev-") == evaluation]


def kappa(both: int, first: int, second: int, cells: int) -> float:
    """Cohen's kappa over all message × need cells (Cohen 1960)."""
    seen = 1 - (first + second) / cells
    a, b = (both + first) / cells, (both + second) / cells
    chance = a * b + (1 - a) * (1 - b)
    return (seen - chance) / (1 - chance)


def line(name: str, found: Iterable[Pair]) -> str:
    """One row of the table."""
    found = list(found)
    both, first, second = (sum(len(part(a, b)) for a, b in found) for part in (set.__and__, set.__sub__, _back))
    exact = sum(a == b for a, b in found) / len(found)
    f1 = 2 * both / (2 * both + first + second)
    return f"| {name} | {len(found)} | {exact:.3f} | {f1:.3f} | {kappa(both, first, second, len(found) * NEEDS):.3f} |"


def _back(a: set[str], b: set[str]) -> set[str]:
    return b - a


def hardest(found: Iterable[Pair], most: int = 6) -> str:
    """The needs the readers disagree on most, with the number of messages."""
    apart = Counter(need for a, b in found for need in a ^ b)
    return ", ".join(f"{need} {n}" for need, n in apart.most_common(most))


def main() -> None:
    """Print the table."""
    print("| texts | n | same labels | micro-F1 | kappa |\n|---|---|---|---|---|")
    for language in ("en", "zh"):
        for evaluation in (False, True):
            name = f"{'evaluation' if evaluation else 'training'}, {language}"
            print(line(name, pairs(language, evaluation=evaluation)))
    for language in ("en", "zh"):
        print(f"\nMost often apart in {language}: {hardest(pairs(language, evaluation=False))}.")


if __name__ == "__main__":
    main()
