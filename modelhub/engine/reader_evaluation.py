"""Figures of a reader on labelled messages: macro-F1, F1 of the quotes by tokens, calibration, and each need by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from modelhub.engine import corpus, evaluation
from modelhub.engine.corpus import CharSpan, Message
from modelhub.engine.evaluation import LabelFigures
from modelhub.engine.reader import Reader
from modelhub.engine.types import NeedScore

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# A token is a Chinese character or a word of any other script.
TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True)
class ReaderFigures:
    """Of `n` messages. `span_f1` pools the tokens of all quotes; `ece` is over all decisions message × need."""

    n: int
    macro_f1: float
    micro_f1: float
    span_f1: float
    ece: float
    needs: Mapping[str, LabelFigures]


def evaluate(reader: Reader, messages: Sequence[Message]) -> ReaderFigures:
    """Read the messages and compare with their labels, over the needs the reader knows."""
    import numpy as np

    needs = reader.needs
    truth = corpus.presence(messages, needs)
    said = np.zeros_like(truth)
    readings = reader.read([m.text for m in messages])
    quotes = []
    for row, (message, reading) in enumerate(zip(messages, readings, strict=True)):
        for need in reading.needs:
            if need.need in needs:
                said[row, needs.index(need.need)] = True
        quotes.append(overlap(message, reading.needs))
    probabilities = probabilities_of(reader, messages)
    hits, given, found = (sum(column) for column in zip(*quotes, strict=True))
    return ReaderFigures(
        len(messages),
        evaluation.macro_f1(truth, said),
        evaluation.micro_f1(truth, said),
        2 * hits / max(1, given + found),
        evaluation.calibration_error(probabilities, truth),
        evaluation.per_label(truth, said, needs),
    )


def figures(reader: Reader, messages: Sequence[Message]) -> dict[str, Any]:
    """The figures as plain values that JSON can keep; `needs` maps each need to precision, recall, f1 and n."""
    return asdict(evaluate(reader, messages))


def probabilities_of(reader: Reader, messages: Sequence[Message], step: int = 64) -> NDArray[np.float32]:
    """float32 [messages, needs], before thresholds."""
    import numpy as np

    texts = [m.text for m in messages]
    found = [reader.evidence(texts[i : i + step]).probabilities for i in range(0, len(texts), step)]
    return np.concatenate(found)


def overlap(message: Message, needs: Iterable[NeedScore]) -> tuple[int, int, int]:
    """Tokens quoted rightly, tokens to quote, tokens quoted; over all needs of one message."""
    mine = {need.need: [(s.start, s.end) for s in need.spans] for need in needs}
    return shared_tokens(message.text, message.needs, mine)


def shared_tokens(
    text: str, gold: Mapping[str, Iterable[CharSpan]], said: Mapping[str, Iterable[CharSpan]]
) -> tuple[int, int, int]:
    """The same for quotes by need, as character offsets."""
    tokens = [m.span() for m in TOKEN.finditer(text)]
    wanted = {key: _tokens(tokens, quotes) for key, quotes in gold.items()}
    found = {key: _tokens(tokens, quotes) for key, quotes in said.items()}
    hits = sum(len(wanted.get(key, set()) & mine) for key, mine in found.items())
    return hits, sum(map(len, wanted.values())), sum(map(len, found.values()))


def _tokens(tokens: Sequence[CharSpan], quotes: Iterable[CharSpan]) -> set[int]:
    quotes = list(quotes)
    return {i for i, (a, b) in enumerate(tokens) if any(a < end and b > start for start, end in quotes)}
