"""Vectors of clauses, sentences and messages from one pass of the encoder over the message they stand in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from modelhub.engine import hardware
from modelhub.engine.clauses import Clause, weight
from modelhub.engine.encoders import Encoder, batches

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

# Tokens of a window; the encoder cuts at 256, and the estimate by `clauses.weight` may be a third too low.
WINDOW = 180
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class States:
    """Of one message: unit vectors per clause and of its sentence [clauses, d], of the message [d], and its tokens.

    `tokens` holds per window the character offsets [t, 2] and hidden states [t, d] of its tokens, for explanations.
    """

    clause: Vectors
    sentence: Vectors
    message: Vectors
    tokens: list[tuple[NDArray[np.intp], Vectors]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Window:
    message: int
    first: int  # index of its first clause
    last: int  # behind its last clause
    start: int
    end: int


def read(
    encoder: Encoder,
    texts: Sequence[str],
    parts: Sequence[Sequence[Clause]],
    *,
    model: Any = None,
    keep_tokens: bool = False,
    progress: Progress | None = None,
) -> list[States]:
    """States per text. `model` replaces the encoder's own network (a tuned copy of the same shape)."""
    import numpy as np

    size = encoder.dimensions
    found = [
        States(np.zeros((len(p), size), np.float32), np.zeros((len(p), size), np.float32), np.zeros(size, np.float32))
        for p in parts
    ]
    windows = [window for index, each in enumerate(parts) for window in _windows(index, texts[index], each)]
    shown = [texts[w.message][w.start : w.end] for w in windows]
    done = 0
    for indexes, hidden, encodings in _hidden(encoder, shown, model or encoder.model):
        for row, encoding, index in zip(hidden, encodings, indexes, strict=True):
            _fill(encoder, found, parts, windows[index], row, encoding, keep_tokens)
        done += len(indexes)
        if progress:
            progress(done, len(windows))
    for states in found:
        norm = float(np.linalg.norm(states.message))
        states.message /= norm or 1.0
    return found


def _windows(index: int, text: str, parts: Sequence[Clause]) -> Iterator[_Window]:
    """Runs of clauses that fit the encoder together, cut between sentences where possible."""
    first, load = 0, 0.0
    for number, part in enumerate(parts):
        size = weight(text[part.start : part.end]) + 1.5
        if number > first and load + size > WINDOW:
            yield _window(index, parts, first, number)
            first, load = number, 0.0
        load += size
    if len(parts) > first:
        yield _window(index, parts, first, len(parts))


def _window(index: int, parts: Sequence[Clause], first: int, last: int) -> _Window:
    return _Window(index, first, last, parts[first].start, parts[last - 1].end)


def _hidden(encoder: Encoder, texts: Sequence[str], model: Any) -> Iterator[tuple[list[int], Any, list[Any]]]:
    import torch

    encodings = encoder.tokenizer.encode_batch([encoder.prefix + text for text in texts])
    for indexes in batches([len(e.ids) for e in encodings], hardware.plan().token_budget):
        chosen = [encodings[i] for i in indexes]
        with torch.inference_mode(), hardware.autocast(encoder.device):
            hidden = model(**encoder.tensors(chosen)).last_hidden_state
        yield indexes, hidden.float(), chosen


def _fill(
    encoder: Encoder,
    found: list[States],
    parts: Sequence[Sequence[Clause]],
    window: _Window,
    row: Any,
    encoding: Any,
    keep: bool,
) -> None:
    import numpy as np
    import torch

    shift = window.start - len(encoder.prefix)
    offsets = np.asarray(encoding.offsets) + shift
    real = (np.asarray(encoding.special_tokens_mask) == 0) & (offsets[:, 0] >= window.start)
    inside = parts[window.message][window.first : window.last]
    stretches = [(c.start, c.end) for c in inside] + [c.sentence for c in inside]
    edges = np.asarray(stretches)
    member = real & (offsets[None, :, 1] > edges[:, :1]) & (offsets[None, :, 0] < edges[:, 1:])
    grid = torch.from_numpy(np.vstack([member, real]).astype(np.float32)).to(row.device)
    means = torch.nn.functional.normalize(grid @ row[: len(offsets)] / grid.sum(1, keepdim=True).clamp(min=1), dim=-1)
    vectors = means.cpu().numpy()
    states, count = found[window.message], len(inside)
    states.clause[window.first : window.last] = vectors[:count]
    states.sentence[window.first : window.last] = vectors[count : 2 * count]
    states.message += vectors[-1] * float(real.sum())
    if keep:
        states.tokens.append((offsets[real], row[: len(offsets)].cpu().numpy()[real]))
