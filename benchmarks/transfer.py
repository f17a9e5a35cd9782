"""`python -m benchmarks.transfer`: readers trained with some writers left out, and read on those; and on the other language.

These are the figures everything was chosen by: they need the shipped corpus alone, never the evaluation set.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from modelhub.engine import corpus, packs, reader_training
from modelhub.engine.corpus import Message
from modelhub.engine.encoders import Encoder, encoder
from modelhub.engine.reader import Reader
from modelhub.engine.reader_evaluation import evaluate
from modelhub.engine.types import NeedDefinition

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Print one row per split, as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", default="multilingual-e5-small")
    parser.add_argument("--only", nargs="*", help="names of splits")
    options = parser.parse_args()
    data = Path(os.environ.get("FAIRLEAD_DATA", ROOT / "var"))
    definitions = corpus.definitions(ROOT / "core" / "data" / "needs.json")
    encoders = [encoder(packs.location(options.base, data / "packs"))] if options.base else []
    messages = corpus.load_all(corpus.TRAIN)
    print("| trained on | read | messages | macro-F1 | quote F1 | ECE |\n|---|---|---|---|---|---|", flush=True)
    for name, train, test in splits(messages):
        if not options.only or name in options.only:
            row(name, train, test, definitions, encoders)


def splits(messages: Sequence[Message]) -> list[tuple[str, list[Message], list[Message]]]:
    """(what was trained on, training messages, messages to read): the last writer of each language left out; no Chinese; no English."""
    writers = {code: sorted({m.writer for m in messages if m.language == code}) for code in ("en", "zh")}
    held = {names[-1] for names in writers.values()}
    found = [
        ("all but one writer", [m for m in messages if m.writer not in held], [m for m in messages if m.writer in held])
    ]
    for code, other in (("en", "zh"), ("zh", "en")):
        found.append(
            (f"{code} alone", [m for m in messages if m.language == code], [m for m in messages if m.language == other])
        )
    return found


def row(
    name: str,
    train: Sequence[Message],
    test: Sequence[Message],
    definitions: Sequence[NeedDefinition],
    encoders: Sequence[Encoder],
) -> None:
    """Train, read, print. Examples of the needs' definitions in the language left out are left out as well."""
    languages = {m.language for m in train}
    shown = [_only(need, languages) for need in definitions]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "reader"
        reader_training.train(train, shown, encoders, folder, report=lambda line: print(line, file=sys.stderr))
        reader = Reader.load(folder, encoders[0].folder.parent if encoders else Path(scratch), definitions)
    for code in sorted({m.language for m in test}):
        found = evaluate(reader, [m for m in test if m.language == code])
        print(
            f"| {name} | {code} | {found.n} | {found.macro_f1:.3f} | {found.span_f1:.3f} | {found.ece:.3f} |",
            flush=True,
        )


def _only(need: NeedDefinition, languages: set[str]) -> NeedDefinition:
    examples = {code: texts for code, texts in need.examples.items() if code in languages}
    return NeedDefinition(need.key, need.facet, need.names, need.descriptions, examples)


if __name__ == "__main__":
    main()
