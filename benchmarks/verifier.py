"""How well the verifier judges sentences it has not seen: recall of false ones, true ones refused, by kind and language.

`python -m benchmarks.verifier [--data FILE.jsonl …] [--detail]`. Beside it runs a reference that most systems use: a
sentence passes when enough of its words stand in the claims, at the threshold that refuses as many true ones.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from modelhub.engine.types import Verdict
from modelhub.engine.verifier import RuleVerifier
from modelhub.engine.verifier.rows import SentenceRow, read_rows

CORPUS = Path(__file__).resolve().parent.parent / "modelhub" / "corpus"
FALSE = ("unsupported", "contradicted")
HAN = re.compile(r"[\u4e00-\u9fff]")


def default_files() -> list[Path]:
    """The evaluation set where it is there, else the development set."""
    held_out = sorted((CORPUS / "evaluation").glob("verify-*.jsonl"))
    return held_out or sorted((CORPUS / "verify_train").glob("*.jsonl"))


def language(row: SentenceRow) -> str:
    """zh for a sentence with Chinese characters, else en."""
    return "zh" if HAN.search(row.sentence) else "en"


def words(text: str) -> set[str]:
    """Words of a text; single characters in Chinese."""
    return set(re.findall(r"[a-z]+|\d+(?:\.\d+)?|[\u4e00-\u9fff]", text.lower()))


def overlap(row: SentenceRow) -> float:
    """Share of the sentence's words that stand in the claims."""
    said = words(row.sentence)
    return len(said & words(" ".join(c.text for c in row.claims))) / max(1, len(said))


def reference(rows: Sequence[SentenceRow], refused: float) -> tuple[float, float]:
    """Recall of false sentences by word overlap, at the threshold that refuses this share of true ones."""
    true = sorted(overlap(r) for r in rows if r.verdict not in FALSE)
    false = [overlap(r) for r in rows if r.verdict in FALSE]
    threshold = true[min(len(true) - 1, int(refused * len(true)))] if true else 0.0
    caught = sum(score < threshold for score in false)
    return caught / max(1, len(false)), sum(score < threshold for score in true) / max(1, len(true))


def figures(rows: Sequence[SentenceRow], verdicts: Sequence[Verdict]) -> tuple[int, int, int, int, float]:
    """False ones, of them caught, true ones, of them refused, and the share of exactly right verdicts."""
    false = [(r, v) for r, v in zip(rows, verdicts, strict=True) if r.verdict in FALSE]
    true = [(r, v) for r, v in zip(rows, verdicts, strict=True) if r.verdict not in FALSE]
    exact = sum(r.verdict == v.verdict for r, v in zip(rows, verdicts, strict=True)) / max(1, len(rows))
    return (
        len(false),
        sum(v.verdict in FALSE for _, v in false),
        len(true),
        sum(v.verdict in FALSE for _, v in true),
        exact,
    )


def line(name: str, rows: Sequence[SentenceRow], verdicts: Sequence[Verdict]) -> str:
    """One row of the table."""
    false, caught, true, refused, exact = figures(rows, verdicts)
    recall = f"{caught / false:.3f} ({caught}/{false})" if false else "-"
    share = f"{refused / true:.3f} ({refused}/{true})" if true else "-"
    return f"| {name} | {len(rows)} | {recall} | {share} | {exact:.3f} |"


def by_kind(rows: Sequence[SentenceRow], verdicts: Sequence[Verdict]) -> list[str]:
    """Rows of the table for each kind of sentence, by language."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        groups[language(row), row.kind or row.verdict].append(i)
    return [
        line(f"{lang} · {kind}", [rows[i] for i in found], [verdicts[i] for i in found])
        for (lang, kind), found in sorted(groups.items())
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+", type=Path, default=None)
    parser.add_argument("--detail", action="store_true", help="also by kind of sentence")
    options = parser.parse_args()
    files = options.data or default_files()
    rows = [row for file in files for row in read_rows(file)]
    started = time.perf_counter()
    verdicts = RuleVerifier().verify([(row.sentence, row.claims) for row in rows])
    spent = time.perf_counter() - started
    print(
        f"{len(rows)} sentences from {', '.join(f.name for f in files)}; {len(rows) / spent:.0f} a second, nothing cached\n"
    )
    print("| set | n | recall of false | true refused | exact verdict |\n|---|---|---|---|---|")
    print(line("all", rows, verdicts))
    for lang in ("en", "zh"):
        found = [i for i, row in enumerate(rows) if language(row) == lang]
        if found:
            print(line(lang, [rows[i] for i in found], [verdicts[i] for i in found]))
    for entry in by_kind(rows, verdicts) if options.detail else ():
        print(entry)
    recall, refused = reference(rows, 0.10)
    print(f"\nReference, word overlap at 10 % of true ones refused: recall {recall:.3f}, refused {refused:.3f}")


if __name__ == "__main__":
    main()
