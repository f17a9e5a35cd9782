"""How the reader grows with its corpus: `python -m benchmarks.learning_curve`. Trained on a quarter, half, three quarters and
all of each writer's messages but the last writer's of each language, which are read; then on one language alone.

The base is E5 as it is: the tuned encoder that ships has seen these writers. These are the figures everything was chosen by: they need the shipped corpus alone, never the evaluation set.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from modelhub.engine import corpus, packs, reader_states, reader_training
from modelhub.engine.corpus import Message
from modelhub.engine.encoders import Encoder, encoder
from modelhub.engine.reader import Reader
from modelhub.engine.reader_evaluation import evaluate
from modelhub.engine.types import NeedDefinition

ROOT = Path(__file__).resolve().parent.parent
SHARES = (0.25, 0.5, 0.75, 1.0)


def main() -> None:
    """Print one row per training set and language read, as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", default="multilingual-e5-small")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    data = Path(os.environ.get("FAIRLEAD_DATA", ROOT / "var"))
    definitions = corpus.definitions(ROOT / "core" / "data" / "needs.json")
    base = encoder(packs.location(options.base, data / "packs"))
    encode_once()
    print(
        "| trained on | messages | read | of it | macro-F1 | quote F1 | ECE |\n|---|---|---|---|---|---|---|",
        flush=True,
    )
    for name, train, test in splits(corpus.load_all(corpus.TRAIN), options.seed):
        for line in row(name, train, test, definitions, base):
            print(line, flush=True)


def splits(messages: Sequence[Message], seed: int) -> Iterator[tuple[str, list[Message], list[Message]]]:
    """(what is trained on, its messages, the messages read): growing shares, then one language alone."""
    import numpy as np

    writers = {code: sorted({m.writer for m in messages if m.language == code}) for code in ("en", "zh")}
    held = {names[-1] for names in writers.values()}
    test = [m for m in messages if m.writer in held]
    rest = [m for m in messages if m.writer not in held]
    order = np.random.default_rng(seed).permutation(len(rest))
    for share in SHARES:
        yield f"{share:.0%}", [rest[i] for i in sorted(order[: round(share * len(rest))])], test
    for code, name in (("en", "English alone"), ("zh", "Chinese alone")):
        yield name, [m for m in rest if m.language == code], test


def row(
    name: str, train: Sequence[Message], test: Sequence[Message], definitions: Sequence[NeedDefinition], base: Encoder
) -> Iterator[str]:
    """Train and read. Examples of the needs' definitions in a language left out are left out as well."""
    languages = {m.language for m in train}
    shown = [_only(need, languages) for need in definitions]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "reader"
        reader_training.train(train, shown, [base], folder, report=lambda line: print(line, file=sys.stderr))
        reader = Reader.load(folder, base.folder.parent, definitions)
    for code in sorted({m.language for m in test}):
        found = evaluate(reader, [m for m in test if m.language == code])
        yield (
            f"| {name} | {len(train)} | {code} | {found.n} | {found.macro_f1:.3f} | {found.span_f1:.3f} | {found.ece:.3f} |"
        )


def _only(need: NeedDefinition, languages: set[str]) -> NeedDefinition:
    examples = {code: texts for code, texts in need.examples.items() if code in languages}
    return NeedDefinition(need.key, need.facet, need.names, need.descriptions, examples)


def encode_once() -> None:
    """Keep the encoder's states of each text: they are the same in every row, and most of the time."""
    known: dict[str, reader_states.States] = {}
    read = reader_states.read

    def remembered(base: Encoder, texts: Sequence[str], parts: Any, **options: Any) -> list[reader_states.States]:
        if options.get("keep_tokens"):
            return read(base, texts, parts, **options)
        new = [i for i, text in enumerate(texts) if text not in known]
        for i, states in zip(new, read(base, [texts[i] for i in new], [parts[i] for i in new]), strict=True):
            known[texts[i]] = states
        return [known[text] for text in texts]

    reader_states.read = remembered


if __name__ == "__main__":
    main()
