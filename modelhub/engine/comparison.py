"""Two readers on the same labelled messages: figures of each, differences with a paired bootstrap, and what changed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from modelhub.engine import evaluation
from modelhub.engine.corpus import CharSpan, Message
from modelhub.engine.reader_evaluation import shared_tokens
from modelhub.engine.types import Reader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]
    Bits = NDArray[np.bool_]

Verdict = Literal["better", "worse", "none shown"]
# Figures that get a difference with an interval; the gate looks at the first.
COMPARED = ("macro_f1", "micro_f1", "accuracy", "precision", "recall", "span_f1")
BINS = 10
CONFUSIONS = 40  # pairs kept, the most frequent first
STEP = 32


@dataclass(frozen=True, slots=True)
class Answers:
    """What a reader said of messages, in order: quotes by need, probabilities by need as far as it gives them."""

    said: Sequence[Mapping[str, Sequence[CharSpan]]]
    probabilities: Sequence[Mapping[str, float]]
    milliseconds: float  # of one message, mean

    def of(self, indexes: Sequence[int]) -> Answers:
        """The answers to some of the messages."""
        return Answers([self.said[i] for i in indexes], [self.probabilities[i] for i in indexes], self.milliseconds)


class Difference(TypedDict):
    """Mean of new − old over resampled messages, the bounds of 95 % of them, and what that shows."""

    difference: float
    low: float
    high: float
    verdict: Verdict


def ask(reader: Reader, messages: Sequence[Message], report: Callable[[int], None] = lambda _: None) -> Answers:
    """Read the messages in batches; `report` hears how many are done. Only the reading is timed."""
    said: list[Mapping[str, Sequence[CharSpan]]] = []
    chances: list[Mapping[str, float]] = []
    seconds = 0.0
    for start in range(0, len(messages), STEP):
        texts = [message.text for message in messages[start : start + STEP]]
        began = time.perf_counter()
        readings = reader.read(texts)
        seconds += time.perf_counter() - began
        said += [{need.need: [(s.start, s.end) for s in need.spans] for need in one.needs} for one in readings]
        chances += _chances(reader, texts) or [{n.need: n.probability for n in one.needs} for one in readings]
        report(len(said))
    return Answers(said, chances, 1000 * seconds / max(1, len(messages)))


def figures(messages: Sequence[Message], needs: Sequence[str], answers: Answers) -> dict[str, Any]:
    """All figures of one reader over the needs given, as JSON keeps them.

    Needs that nobody judged in a message count neither way. Macro-F1 is the mean over needs that occur; precision and
    recall pool all decisions; quotes are compared where the gold has quotes.
    """
    truth, judged = _truth(messages, needs)
    said = _said(answers, needs) & judged
    table = _columns(messages, needs, truth, said, answers)
    values = _figures(table.sum(0), len(needs))
    confidence, right = _confidence(answers, needs, truth, judged)
    return {
        "n": len(messages),
        **{name: round(values[name], 4) for name in COMPARED},
        "ece": round(_ece(confidence, right), 4),
        "needs": {need: asdict(row) for need, row in evaluation.per_label(truth, said, needs).items()},
        "reliability": reliability(confidence, right),
        "confusion": confusion(truth, said, needs),
        "ms": round(answers.milliseconds, 2),
    }


def differences(
    messages: Sequence[Message], needs: Sequence[str], new: Answers, old: Answers, *, seed: int = 0, rounds: int = 1000
) -> dict[str, Difference]:
    """New − old for each of COMPARED, on the same resampled messages; empty without messages."""
    import numpy as np

    if not messages:
        return {}
    truth, judged = _truth(messages, needs)
    tables = [_columns(messages, needs, truth, _said(each, needs) & judged, each) for each in (new, old)]

    def of(name: str) -> Difference:
        def figure(indexes: NDArray[np.intp]) -> tuple[float, float]:
            weights = np.bincount(indexes, minlength=len(messages)).astype(np.float64)
            a, b = (_figures(weights @ table, len(needs))[name] for table in tables)
            return a, b

        return _difference(figure, len(messages), seed, rounds)

    return {name: of(name) for name in COMPARED}


def need_differences(
    messages: Sequence[Message], needs: Sequence[str], new: Answers, old: Answers, *, seed: int = 0, rounds: int = 1000
) -> dict[str, Difference]:
    """New − old F1 of each need that occurs in the messages."""
    import numpy as np

    truth, judged = _truth(messages, needs)
    said = [_said(each, needs) & judged for each in (new, old)]
    found = {}
    for place, need in enumerate(needs):
        if not truth[:, place].any():
            continue
        mine = [np.stack([truth[:, place] & s[:, place], s[:, place], truth[:, place]], 1).astype(float) for s in said]

        def figure(indexes: NDArray[np.intp], mine: Sequence[NDArray[np.float64]] = tuple(mine)) -> tuple[float, float]:
            weights = np.bincount(indexes, minlength=len(messages)).astype(np.float64)
            a, b = (_f1(*(weights @ columns)) for columns in mine)
            return a, b

        found[need] = _difference(figure, len(messages), seed, rounds)
    return found


def changed(messages: Sequence[Message], needs: Sequence[str], new: Answers, old: Answers) -> list[dict[str, Any]]:
    """Messages that the two answer differently: id, language, what each said, and how many errors each made."""
    known, found = set(needs), []
    for message, a, b in zip(messages, new.said, old.said, strict=True):
        masked = set(message.unknown)
        mine, theirs, gold = ((set(each) & known) - masked for each in (a, b, message.needs))
        if mine != theirs:
            row = {"id": message.id, "language": message.language, "new": sorted(mine), "old": sorted(theirs)}
            found.append({**row, "errors": [len(mine ^ gold), len(theirs ^ gold)]})
    return found


def reliability(confidence: Floats, right: Bits) -> list[dict[str, float]]:
    """Ten equal bins of confidence: bounds, n, mean confidence, share that was right; empty bins are left out."""
    import numpy as np

    places = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return [
        {
            "from": index / BINS,
            "to": (index + 1) / BINS,
            "n": int(inside.sum()),
            "said": round(float(confidence[inside].mean()), 4),
            "right": round(float(right[inside].mean()), 4),
        }
        for index in range(BINS)
        if (inside := places == index).any()
    ]


def confusion(truth: Bits, said: Bits, needs: Sequence[str]) -> list[tuple[str, str, int]]:
    """(need that is there, need said instead, messages): pairs of one missed and one wrongly said in a message."""
    pairs: Counter[tuple[str, str]] = Counter()
    for wanted, found in zip(truth, said, strict=True):
        missed = [needs[i] for i in (wanted & ~found).nonzero()[0]]
        extra = [needs[i] for i in (found & ~wanted).nonzero()[0]]
        pairs.update((a, b) for a in missed for b in extra)
    ordered = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    return [(a, b, n) for (a, b), n in ordered[:CONFUSIONS]]


def _chances(reader: Reader, texts: Sequence[str]) -> list[Mapping[str, float]] | None:
    """Probabilities of every need the reader knows, where it tells them; None for one that names only what it found."""
    evidence = getattr(reader, "evidence", None)
    if evidence is None:
        return None
    known = reader.needs  # type: ignore[attr-defined]
    return [dict(zip(known, map(float, row), strict=True)) for row in evidence(texts).probabilities]


def _truth(messages: Sequence[Message], needs: Sequence[str]) -> tuple[Bits, Bits]:
    """Which needs are there, and which were judged: bool [messages, needs] each."""
    import numpy as np

    shape = (len(messages), len(needs))
    judged = np.array([[need not in m.unknown for need in needs] for m in messages], bool).reshape(shape)
    there = np.array([[need in m.needs for need in needs] for m in messages], bool).reshape(shape)
    return there & judged, judged


def _said(answers: Answers, needs: Sequence[str]) -> Bits:
    import numpy as np

    rows = [[need in said for need in needs] for said in answers.said]
    return np.array(rows, bool).reshape(len(answers.said), len(needs))


def _columns(messages: Sequence[Message], needs: Sequence[str], truth: Bits, said: Bits, answers: Answers) -> Floats:
    """Per message what the figures add up: hits, said and given of each need; exactly right; tokens hit, given, quoted."""
    import numpy as np

    exact = (truth == said).all(1)[:, None]
    quotes = [_quotes(m, set(needs), a) for m, a in zip(messages, answers.said, strict=True)]
    tokens = np.array(quotes, float).reshape(len(messages), 3)
    count = np.ones((len(messages), 1))
    return np.concatenate([truth & said, said, truth, exact, tokens, count], 1).astype(np.float64)


def _quotes(message: Message, needs: set[str], said: Mapping[str, Sequence[CharSpan]]) -> tuple[int, int, int]:
    unquoted = {need for need, quotes in message.needs.items() if not quotes}  # confirmed without saying where
    counted = needs - unquoted - set(message.unknown)
    gold = {need: quotes for need, quotes in message.needs.items() if need in counted}
    return shared_tokens(message.text, gold, {need: quotes for need, quotes in said.items() if need in counted})


def _figures(sums: Floats, needs: int) -> dict[str, float]:
    """COMPARED from the summed columns of `_columns`."""
    hits, said, given = sums[:needs], sums[needs : 2 * needs], sums[2 * needs : 3 * needs]
    exact, right, wanted, quoted, count = sums[3 * needs :]
    live = given > 0
    each = 2 * hits[live] / (given[live] + said[live])
    return {
        "macro_f1": float(each.mean()) if live.any() else 0.0,
        "micro_f1": _f1(hits.sum(), said.sum(), given.sum()),
        "accuracy": float(exact / count) if count else 0.0,
        "precision": float(hits.sum() / said.sum()) if said.any() else 0.0,
        "recall": float(hits.sum() / given.sum()) if given.any() else 0.0,
        "span_f1": _f1(right, quoted, wanted),
    }


def _f1(hits: Any, said: Any, given: Any) -> float:
    return float(2 * hits / (said + given)) if said + given else 0.0


def _difference(
    figure: Callable[[NDArray[np.intp]], tuple[float, float]], n: int, seed: int, rounds: int
) -> Difference:
    mean, low, high = evaluation.bootstrap_difference(figure, n, seed=seed, rounds=rounds)
    verdict: Verdict = "better" if low > 0 else "worse" if high < 0 else "none shown"
    return {"difference": round(mean, 4), "low": round(low, 4), "high": round(high, 4), "verdict": verdict}


def _confidence(answers: Answers, needs: Sequence[str], truth: Bits, judged: Bits) -> tuple[Floats, Bits]:
    """Probability and truth of every judged decision for which the reader gave a probability."""
    import numpy as np

    pairs = [
        (chances[need], truth[row, column])
        for row, chances in enumerate(answers.probabilities)
        for column, need in enumerate(needs)
        if judged[row, column] and need in chances
    ]
    return np.array([p for p, _ in pairs], float), np.array([t for _, t in pairs], bool)


def _ece(confidence: Floats, right: Bits) -> float:
    """Expected calibration error over the ten bins that the reliability plot shows."""
    total = max(1, len(confidence))
    return sum(row["n"] * abs(row["said"] - row["right"]) for row in reliability(confidence, right)) / total
