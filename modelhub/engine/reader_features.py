"""Feature blocks of clauses: scaled vectors of clause, sentence and message per encoder, n-grams, and whose words they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from modelhub.engine.clauses import Clause
from modelhub.engine.ngrams import Ngrams
from modelhub.engine.passages import Role
from modelhub.engine.reader_states import DEPTHS, LAST, MIDDLE, States

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

ROLES: tuple[str, ...] = get_args(Role)
# How loud each block is beside the others; the heads' penalty is the same for all. Found by cross-validation.
LOUDNESS = {"clause": 0.7, "sentence": 0.5, "message": 0.5, "words": 0.7, "role": 0.3}
# Names of the blocks of one encoder, in order.
CLAUSE_BLOCKS = tuple(f"clause.{i}" for i in range(len(DEPTHS)))
ENCODER_BLOCKS = (*CLAUSE_BLOCKS, "sentence.middle", "sentence.last", "message")


@dataclass(frozen=True)
class Scaling:
    """Centre [d] and one factor per block, so that a row has about unit length and encoders' crowded cosines spread."""

    centre: Vectors
    factor: float

    @classmethod
    def fit(cls, vectors: Vectors, loudness: float) -> Scaling:
        """From training vectors [n, d]."""
        import numpy as np

        centre = vectors.mean(0)
        return cls(centre.astype(np.float32), float(loudness / (vectors.std() * np.sqrt(vectors.shape[1]) + 1e-6)))

    def apply(self, vectors: Vectors) -> Vectors:
        """Scaled vectors, same shape."""
        result: Vectors = (vectors - self.centre) * self.factor
        return result


@dataclass(frozen=True)
class Batch:
    """Clauses of several messages in one run: their texts, sentences, roles, owners and (per encoder) states."""

    texts: Sequence[str]
    parts: Sequence[Sequence[Clause]]
    states: Sequence[Sequence[States]]  # [encoder][message]

    @property
    def owners(self) -> NDArray[np.intp]:
        """Index of the message of each clause."""
        import numpy as np

        return np.repeat(np.arange(len(self.parts)), [len(p) for p in self.parts])


@dataclass(frozen=True)
class Featuriser:
    """Turns a batch into blocks for `linear.Head`; fitted on training clauses."""

    scalings: Sequence[dict[str, Scaling]]  # one dict per encoder
    words: Ngrams | None

    @classmethod
    def fit(cls, batch: Batch, *, with_words: bool = True, groups: Sequence[str] = ()) -> Featuriser:
        """Learn centres, factors and vocabularies; `groups` says whose words each message is, see `Ngrams.fit`."""
        scalings = []
        for number in range(len(batch.states)):
            stacked = _stacked(batch, number)
            scalings.append(
                {name: Scaling.fit(vectors, LOUDNESS[name.split(".")[0]]) for name, vectors in stacked.items()}
            )
        owners = [groups[i] for i in batch.owners] if groups else ()
        words = Ngrams.fit(_own(batch), owners) if with_words else None
        return cls(scalings, words)

    def blocks(self, batch: Batch) -> list[Any]:
        """float32 matrices [clauses, d], dense per encoder vector, sparse for n-grams and roles; one order for all."""
        blocks: list[Any] = []
        for number, scalings in enumerate(self.scalings):
            stacked = _stacked(batch, number)
            blocks.extend(scalings[name].apply(stacked[name]) for name in ENCODER_BLOCKS)
        if self.words is not None:
            blocks.append(self.words.transform(_own(batch)) * LOUDNESS["words"])
        blocks.append(_roles(batch))
        return blocks


def _stacked(batch: Batch, number: int) -> dict[str, Vectors]:
    import numpy as np

    states = batch.states[number]
    counts = [len(each.clause) for each in states]
    clause = np.concatenate([each.clause for each in states])
    sentence = np.concatenate([each.sentence for each in states])
    found = {name: clause[:, i] for i, name in enumerate(CLAUSE_BLOCKS)}
    found["sentence.middle"], found["sentence.last"] = sentence[:, MIDDLE], sentence[:, LAST]
    found["message"] = np.repeat(np.stack([each.message for each in states]), counts, axis=0)
    return found


def _own(batch: Batch) -> list[str]:
    return [text[part.start : part.end] for text, parts in zip(batch.texts, batch.parts, strict=True) for part in parts]


def _roles(batch: Batch) -> Vectors:
    import numpy as np

    roles = [ROLES.index(part.role) for parts in batch.parts for part in parts]
    result: Vectors = np.eye(len(ROLES), dtype=np.float32)[roles] * np.float32(LOUDNESS["role"])
    return result.reshape(len(roles), len(ROLES))
