"""What a segment gains when its reps correct 200 messages: `python -m benchmarks.segment_gain [--data FILE…]`.

A segment with its own jargon (`modelhub/corpus/jargon/`, or any file of labelled messages): 200 of its messages are what reps
corrected, drawn by the seed; the others are read. The default reader has seen none of them. The difference has a paired bootstrap
over the messages read.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.learning_curve import ROOT, encode_once
from modelhub.engine import corpus, evaluation, packs, reader_training
from modelhub.engine.corpus import Message
from modelhub.engine.datasets import group_key
from modelhub.engine.encoders import Encoder, encoder
from modelhub.engine.reader import Reader
from modelhub.engine.types import NeedDefinition

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bits = NDArray[np.bool_]

JARGON = corpus.CORPUS / "jargon"
CORRECTED = 200
OWN_WEIGHT = 2.0  # as runs weigh the examples of people here


def main() -> None:
    """Print one row per segment."""
    import numpy as np

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", default=packs.TUNED)
    parser.add_argument(
        "--data", type=Path, nargs="+", default=sorted(JARGON.glob("*.jsonl")), help="a file per segment"
    )
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    data = Path(os.environ.get("FAIRLEAD_DATA", ROOT / "var"))
    definitions = corpus.definitions(ROOT / "core" / "data" / "needs.json")
    base = encoder(packs.location(options.base, data / "packs"))
    encode_once()
    print(
        "| segment | read | default reader, micro-F1 | after 200 corrections | gain, points | 95 % |\n|---|---|---|---|---|---|"
    )
    rest = corpus.load_all(corpus.TRAIN)
    default = _train(rest, definitions, base)
    for path in options.data:
        own = corpus.load(path)
        order = np.random.default_rng(options.seed).permutation(len(own))
        taught = [replace(own[i], weight=OWN_WEIGHT) for i in order[:CORRECTED]]
        read = [own[i] for i in order[CORRECTED:]]
        segment = _train([*rest, *taught], definitions, base)
        truth = corpus.presence(read, [need.key for need in definitions])
        rows = np.stack([truth, _said(default, read, definitions), _said(segment, read, definitions)], 1)
        print(_row(path.stem, rows, options.seed), flush=True)


def _train(messages: Sequence[Message], definitions: Sequence[NeedDefinition], base: Encoder) -> Reader:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "reader"
        places = [group_key(message.text) for message in messages]  # as runs do: no word stays that one message used
        reader_training.train(messages, definitions, [base], folder, report=_say, groups=places)
        return Reader.load(folder, base.folder.parent, definitions)


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def _said(reader: Reader, messages: Sequence[Message], definitions: Sequence[NeedDefinition]) -> Bits:
    import numpy as np

    found = [{need.need for need in reading.needs} for reading in reader.read([m.text for m in messages])]
    return np.array([[need.key in said for need in definitions] for said in found])


def _row(name: str, rows: Bits, seed: int) -> str:
    """`rows` [messages, 3, needs]: truth, the default's answer, the segment's."""

    def both(indexes: NDArray[np.intp]) -> tuple[float, float]:
        part = rows[indexes]
        return evaluation.micro_f1(part[:, 0], part[:, 2]), evaluation.micro_f1(part[:, 0], part[:, 1])

    _mean, low, high = evaluation.bootstrap_difference(both, len(rows), seed=seed)
    before, after = evaluation.micro_f1(rows[:, 0], rows[:, 1]), evaluation.micro_f1(rows[:, 0], rows[:, 2])
    gain = f"{100 * (after - before):+.1f} | {100 * low:+.1f} to {100 * high:+.1f}"
    return f"| {name} | {len(rows)} | {before:.3f} | {after:.3f} | {gain} |"


if __name__ == "__main__":
    main()
