"""What the heads' logits say of a need in a message, and of a clause as its quote: the numbers that are weighed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from modelhub.engine.clauses import Clause, weight
from modelhub.engine.linear import sigmoid

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]
    Bits = NDArray[np.bool_]

# A head sees one clause; what the other clauses say, of this need and of others, is weighed beside it.
# Of a need: its best clause's logit, the noisy-or of all clauses as a logit, the best logit of another need at the best
# clause, how much that clause says, and the number of needs to expect in the message.
OF_A_NEED = ("best", "either", "rival", "size", "crowd")
# Of a clause: its logit, how far that is under the message's best and its sentence's best is, the best logit of another
# listed need, its share of the need's probability (square root), and the probabilities of its neighbours in the sentence.
OF_A_QUOTE = ("logit", "drop", "sentence", "rival", "share", "before", "behind")
LOW, HIGH = -12.0, 60.0


def of_needs(logits: Floats, texts: Sequence[str], parts: Sequence[Sequence[Clause]]) -> Floats:
    """Evidence [messages, needs, 5] from clause logits [clauses of all messages, needs]."""
    import numpy as np

    found = np.full((len(parts), logits.shape[1], len(OF_A_NEED)), LOW)
    found[..., 3:] = 0
    start = 0
    for index, (text, inside) in enumerate(zip(texts, parts, strict=True)):
        if inside:
            found[index] = _of_message(logits[start : start + len(inside)], text, inside)
        start += len(inside)
    return found.clip(LOW, HIGH)


def _of_message(logits: Floats, text: str, parts: Sequence[Clause]) -> Floats:
    import numpy as np

    count = logits.shape[1]
    place = logits.argmax(0)
    rivals = logits[place].copy()  # [needs, needs]: what each need's best clause says of all needs
    rivals[np.arange(count), np.arange(count)] = LOW
    none = -np.logaddexp(0, logits).sum(0)  # log of the probability that no clause says it
    either = -np.expm1(np.minimum(none, -1e-9))
    sizes = np.log1p([weight(text[part.start : part.end]) for part in parts])
    crowd = np.full(count, either.sum())
    return np.stack([logits.max(0), np.log(either) - none, rivals.max(1), sizes[place], crowd], 1)


def of_quotes(logits: Floats, parts: Sequence[Clause], need: int, listed: Bits) -> Floats:
    """Evidence [clauses, 7] of one message's clauses as quotes of a need; `listed` [needs]: which needs the message has."""
    import numpy as np

    column, chances = logits[:, need].astype(np.float64), sigmoid(logits[:, need])
    others = listed.copy()
    others[need] = False
    rival = logits[:, others].max(1) if others.any() else np.full(len(parts), LOW)
    starts = np.array([part.sentence[0] for part in parts])
    with_next = starts[1:] == starts[:-1]
    before, behind = np.zeros(len(parts)), np.zeros(len(parts))
    before[1:], behind[:-1] = chances[:-1] * with_next, chances[1:] * with_next
    best = column.max()
    in_sentence = np.array([column[starts == start].max() for start in starts])
    share = np.sqrt(chances / max(float(chances.sum()), 1e-9))
    found: Floats = np.stack([column, best - column, best - in_sentence, rival, share, before, behind], 1)
    return found.clip(LOW, -LOW)
