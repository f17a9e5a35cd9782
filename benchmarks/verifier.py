"""How well the verifier judges sentences it has not seen: recall of false ones, true ones refused, by kind and language.

`python -m benchmarks.verifier [--data FILE.jsonl …] [--detail] [--rules]` judges with the shipped verifier, or the rules
alone. Beside it runs a reference that most systems use: a sentence passes when enough of its words stand in the claims,
at the threshold that refuses as many true ones. `--train` trains the head anew from verify_train, and prints how each
writer's sentences are judged by a head that saw none of them.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from modelhub.engine.types import Verdict
from modelhub.engine.verifier import RuleVerifier
from modelhub.engine.verifier.learned import ENCODER, best
from modelhub.engine.verifier.rows import SentenceRow, read_rows
from modelhub.engine.verifier.training import SHOWN, Examples

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


def train(packs: Path) -> None:
    """Train the head that ships, and print recall of false ones and true ones refused for each held-out writer."""
    from modelhub.engine.encoders import encoder
    from modelhub.engine.verifier import head, training

    files = sorted((CORPUS / "verify_train").glob("*.jsonl"))
    tell = lambda line: print(f"  {line}", file=sys.stderr, flush=True)  # noqa: E731
    examples, probability, refused = training.train(encoder(packs / ENCODER), files, head.SHIPPED, tell)
    print_held_out(examples, refused)
    print_other_limits(examples, probability)


def print_held_out(examples: Examples, refused: NDArray[np.bool_]) -> None:
    """A row per writer and language: recall of false and share of true refused, by the head and by the rules alone."""
    print("| writer | n | false caught | true refused | rules: caught | refused |\n|---|---|---|---|---|---|")
    chosen = ~examples.made
    parts = [
        (f"{lang} · {writer}", chosen & (examples.writer == writer) & (examples.chinese == (lang == "zh")))
        for lang in ("en", "zh")
        for writer in dict.fromkeys(examples.writer[chosen])
    ]
    unseen = ~np.isin(examples.writer, SHOWN)
    for lang in ("en", "zh"):
        here = chosen & (examples.chinese == (lang == "zh"))
        parts += [(f"{lang} · all", here), (f"{lang} · unseen by the rules", here & unseen)]
    for name, rows in parts:
        false, true = rows & examples.false, rows & ~examples.false
        shares = [
            f"{said[part].mean():.3f}" if part.any() else "-"
            for said in (refused, examples.refused)
            for part in (false, true)
        ]
        print(f"| {name} | {rows.sum()} | {' | '.join(shares)} |")


def print_other_limits(examples: Examples, probability: NDArray[np.float64]) -> None:
    """What other thresholds would catch, of sentences by writers the rules had not seen."""
    print("\n| true ones refused | en: false caught | zh: false caught |\n|---|---|---|")
    score = np.where(examples.closed, np.where(examples.refused, 2.0, -1.0), probability)
    unseen = ~np.isin(examples.writer, SHOWN) & ~examples.made
    for share in (0.05, 0.10, 0.15, 0.20, 0.30, 0.40):
        cells = []
        for chinese in (False, True):
            here = unseen & (examples.chinese == chinese)
            limit = np.quantile(score[here & ~examples.false], 1 - share)
            cells.append(f"{(score[here & examples.false] > limit).mean():.3f}")
        print(f"| {share:.2f} | {' | '.join(cells)} |")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+", type=Path, default=None)
    parser.add_argument("--detail", action="store_true", help="also by kind of sentence")
    parser.add_argument("--rules", action="store_true", help="judge with the rules alone")
    parser.add_argument(
        "--train", action="store_true", help="train the shipped head anew, with each writer held out in turn"
    )
    parser.add_argument("--packs", type=Path, default=Path("var/packs"), help="folder of the base models")
    options = parser.parse_args()
    if options.train:
        train(options.packs)
        return
    files = options.data or default_files()
    rows = [row for file in files for row in read_rows(file)]
    verifier = RuleVerifier() if options.rules else best(options.packs)
    started = time.perf_counter()
    verdicts = verifier.verify([(row.sentence, row.claims) for row in rows])
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
