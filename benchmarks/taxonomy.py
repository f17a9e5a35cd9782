"""`python -m benchmarks.taxonomy [--data FILE…] [--variant NAME]`: the shipped reader on messages it has not seen.

Beside it, in the same run: TF-IDF of words and characters + LinearSVC, trained on the same corpus, one label set a message.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from modelhub.engine import corpus, evaluation, reader_shipped
from modelhub.engine.corpus import Message
from modelhub.engine.reader import Reader
from modelhub.engine.reader_evaluation import ReaderFigures, evaluate

ROOT = Path(__file__).resolve().parent.parent
WORD = r"[^\W_\u3400-\u9fff]+|[\u3400-\u9fff]"
SHIPPED = [corpus.EVALUATION / "en.jsonl", corpus.EVALUATION / "zh.jsonl"]


def main() -> None:
    """Print the tables; they are Markdown."""
    options = _options()
    data = Path(os.environ.get("FAIRLEAD_DATA", ROOT / "var"))
    definitions = corpus.definitions(ROOT / "core" / "data" / "needs.json")
    folder = reader_shipped.ensure(options.variant, data, definitions, report=_say)
    reader = Reader.load(folder, data / "packs", definitions)
    messages = [message for path in options.data or SHIPPED for message in corpus.load(path)]
    languages = sorted({m.language for m in messages})
    chosen = {code: [m for m in messages if m.language == code] for code in languages}
    figures = {code: evaluate(reader, rows) for code, rows in chosen.items()}
    print("| language | messages | reader macro-F1 | micro-F1 | quote F1 | ECE | TF-IDF + LinearSVC macro-F1 |")
    print("|---|---|---|---|---|---|---|")
    for code, found in figures.items():
        reference = reference_f1(chosen[code], reader.needs)
        print(
            f"| {code} | {found.n} | **{found.macro_f1:.3f}** | {found.micro_f1:.3f} | {found.span_f1:.3f} "
            f"| {found.ece:.3f} | {reference:.3f} |"
        )
    if not options.short:
        _per_need(figures)


def reference_f1(messages: Sequence[Message], needs: Sequence[str]) -> float:
    """Macro-F1 of the reference on the messages."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    train = corpus.load_all(corpus.TRAIN)
    features = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=WORD),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, min_df=2),
    )
    model = make_pipeline(features, OneVsRestClassifier(LinearSVC(class_weight="balanced")))
    model.fit([m.text for m in train], corpus.presence(train, needs).astype(int))
    said = model.predict([m.text for m in messages]).astype(bool)
    return evaluation.macro_f1(corpus.presence(messages, needs), said)


def _per_need(figures: dict[str, ReaderFigures]) -> None:
    codes = list(figures)
    print("\n| need |" + "".join(f" {code} precision | {code} recall | {code} F1 | {code} n |" for code in codes))
    print("|---|" + "---|" * 4 * len(codes))
    for need in next(iter(figures.values())).needs:
        cells = [figures[code].needs[need] for code in codes]
        print(f"| {need} |" + "".join(f" {c.precision:.2f} | {c.recall:.2f} | {c.f1:.2f} | {c.n} |" for c in cells))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", help="other labelled sets in the corpus' format")
    parser.add_argument("--variant", choices=sorted(reader_shipped.VARIANTS), default="default")
    parser.add_argument("--short", action="store_true", help="no table per need")
    return parser.parse_args()


def _say(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    main()
