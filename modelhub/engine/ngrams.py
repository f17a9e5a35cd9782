"""Word and character n-grams with TF-IDF weights: the part of a model that sees exact wording, in any script."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

# Chinese, Japanese kana and Hangul are written without spaces: every character is a unit of its own.
UNIT = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+|[^\W_]+(?:'[^\W_]+)?|[?!%€$£]")
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
LONGEST_TEXT = 20_000
LARGEST_VOCABULARY = 20_000


def terms(text: str) -> tuple[list[str], list[str]]:
    """Word terms (one and two words) and character terms (2–5 inside words; 1–3 in unspaced scripts) of a text."""
    words: list[str] = []
    characters: list[str] = []
    units = UNIT.findall(unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).lower())
    for unit in units:
        if UNSPACED.match(unit):
            characters.extend("c:" + gram for gram in _grams(unit, 1, 3))
        else:
            characters.extend("c:" + gram for gram in _grams(f" {unit} ", 2, 5))
            words.append("w:" + unit)
    words.extend(f"w:{a} {b}" for a, b in pairwise(units) if not UNSPACED.match(a + b))
    return words, characters


def _grams(text: str, shortest: int, longest: int) -> Iterator[str]:
    for size in range(shortest, longest + 1):
        for start in range(len(text) - size + 1):
            yield text[start : start + size]


@dataclass(frozen=True)
class Ngrams:
    """A fitted vocabulary: terms in column order, and the inverse document frequency of each, float32 [columns].

    The terms are kept as words beside the weights, so what `fit` leaves out of them is in no file of a version.
    """

    vocabulary: dict[str, int]
    idf: NDArray[np.float32]

    @classmethod
    def fit(cls, texts: Sequence[str], owners: Sequence[str] = ()) -> Ngrams:
        """Learn the vocabulary. Terms of a single text are dropped once there are enough texts to do without.

        With `owners`, whose words each text is, a term is kept only if two of them use it, however few the texts are:
        names, figures and phrases of one customer are learned from by the encoder's vectors alone.
        """
        import numpy as np

        seen: Counter[str] = Counter()
        first: dict[str, str] = {}
        shared: set[str] = set()
        for text, owner in zip(texts, owners or repeat(""), strict=False):
            words, characters = terms(text)
            found = dict.fromkeys([*words, *characters])
            seen.update(found.keys())
            shared.update(term for term in found if first.setdefault(term, owner) != owner)
        if owners:
            seen = Counter({term: count for term, count in seen.items() if term in shared})
        least = 1 if len(texts) < 300 else 2
        kept = [term for term, count in seen.most_common(LARGEST_VOCABULARY) if count >= least]
        kept.sort()
        counts = np.array([seen[term] for term in kept], np.float32)
        idf = np.log((1 + len(texts)) / (1 + counts)) + 1
        return cls({term: i for i, term in enumerate(kept)}, idf.astype(np.float32))

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Sparse float32 [n, columns]; the word half and the character half of a row have unit length each."""
        import numpy as np
        from scipy.sparse import csr_matrix

        columns: list[int] = []
        values: list[float] = []
        ends = [0]
        for text in texts:
            for half in terms(text):
                found = Counter(self.vocabulary[term] for term in half if term in self.vocabulary)
                weights = (1 + np.log(np.fromiter(found.values(), np.float32, len(found)))) * self.idf[list(found)]
                norm = float(np.linalg.norm(weights)) or 1.0
                columns.extend(found)
                values.extend((weights / norm).tolist())
            ends.append(len(columns))
        shape = (len(texts), len(self.idf))
        return csr_matrix((np.array(values, np.float32), np.array(columns, np.int32), np.array(ends, np.int32)), shape)
