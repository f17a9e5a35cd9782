"""Which words carried a need: exact shares of a linear head's logit in n-grams and in the tokens of pooled vectors."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from modelhub.engine import ngrams as ngram_terms
from modelhub.engine.clauses import CJK, Clause
from modelhub.engine.linear import Head
from modelhub.engine.ngrams import Ngrams
from modelhub.engine.reader_features import CLAUSE_BLOCKS, ENCODER_BLOCKS, LOUDNESS, Featuriser
from modelhub.engine.reader_states import States
from modelhub.engine.types import Reason

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.floating]

WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
MOST = 5
TERMS = 24
WIDEST = 4  # Chinese characters shown as one reason


def reasons(
    text: str, part: Clause, need: int, featuriser: Featuriser, head: Head, states: Sequence[States]
) -> tuple[Reason, ...]:
    """The words of a quoted clause that speak for the need, strongest first; weights are shares of the logit."""
    import numpy as np

    shares = np.zeros(part.end - part.start)
    for number, each in enumerate(states):
        for depth, name in enumerate(CLAUSE_BLOCKS):
            weights = head.weights[number * len(ENCODER_BLOCKS) + depth][:, need]
            scaling = featuriser.scalings[number][name]
            for start, end, share in _token_shares(each, part, depth, weights * scaling.factor, scaling.centre):
                _spread(shares, start - part.start, end - part.start, share)
    if featuriser.words is not None:
        column = head.weights[len(states) * len(ENCODER_BLOCKS)][:, need]
        clause = text[part.start : part.end]
        for start, end, share in _term_shares(featuriser.words, clause, column * LOUDNESS["words"]):
            _spread(shares, start, end, share)
    return tuple(_strongest(text[part.start : part.end], shares))


def _token_shares(
    states: States, part: Clause, depth: int, weights: Floats, centre: Floats
) -> Iterator[tuple[int, int, float]]:
    """The clause vector is the mean of its tokens' states, so the logit is a sum over tokens, exactly."""
    import numpy as np

    for offsets, hidden in states.tokens:
        inside = (offsets[:, 1] > part.start) & (offsets[:, 0] < part.end)
        if not inside.any():
            continue
        found = hidden[inside, depth].astype(np.float32)
        length = float(np.linalg.norm(found.sum(0))) or 1.0
        values = found @ weights / length - float(centre @ weights) / len(found)
        for (start, end), value in zip(offsets[inside].tolist(), values.tolist(), strict=True):
            yield max(start, part.start), min(end, part.end), value


def _term_shares(vocabulary: Ngrams, clause: str, weights: Floats) -> Iterator[tuple[int, int, float]]:
    """TF-IDF shares of n-grams at the places where they stand in the clause."""
    import numpy as np

    lowered = clause.lower()
    for half in ngram_terms.terms(clause):
        found = Counter(term for term in half if term in vocabulary.vocabulary)
        columns = [vocabulary.vocabulary[term] for term in found]
        values = (1 + np.log(np.fromiter(found.values(), float, len(found)))) * vocabulary.idf[columns]
        norm = float(np.linalg.norm(values)) or 1.0
        shares = values / norm * weights[columns]
        # A clause has hundreds of n-grams; the few dozen that weigh anything settle which words are shown.
        strongest = sorted(zip(found, shares.tolist(), strict=True), key=lambda pair: -abs(pair[1]))[:TERMS]
        for term, share in strongest:
            places = list(_places(lowered, term[2:].strip()))
            for start, end in places:
                yield start, end, share / len(places)


def _places(text: str, term: str) -> Iterator[tuple[int, int]]:
    at = text.find(term)
    while term and at >= 0:
        yield at, at + len(term)
        at = text.find(term, at + len(term))


def _spread(shares: Floats, start: int, end: int, share: float) -> None:
    start, end = max(start, 0), min(end, len(shares))
    if end > start:
        shares[start:end] += share / (end - start)


def _strongest(clause: str, shares: Floats) -> Iterator[Reason]:
    found: dict[str, float] = defaultdict(float)
    for start, end in _words(clause, shares):
        found[clause[start:end]] += float(shares[start:end].sum())
    for word, weight in sorted(found.items(), key=lambda pair: -pair[1])[:MOST]:
        if weight > 0.01:
            yield Reason(word, round(weight, 3))


def _words(clause: str, shares: Floats) -> Iterator[tuple[int, int]]:
    """Words; in unspaced scripts runs of up to four characters that pull the same way."""
    for found in WORD.finditer(clause):
        if not CJK.search(found.group()):
            yield found.span()
            continue
        start = found.start()
        for at in range(start + 1, found.end() + 1):
            if at == found.end() or at - start >= WIDEST or (shares[at] > 0) != (shares[start] > 0):
                yield start, at
                start = at
