"""Encoder states kept on disk while a training reads its messages: one that was killed encodes only what is missing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelhub.engine import checkpoints, reader_states
from modelhub.engine.clauses import Clause
from modelhub.engine.encoders import Encoder
from modelhub.engine.failures import TrainingError
from modelhub.engine.reader_states import Progress, States

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

CHUNK = 64  # messages a file: what a killed worker loses at most


def read(
    encoder: Encoder,
    texts: Sequence[str],
    parts: Sequence[Sequence[Clause]],
    folder: Path,
    name: str,
    *,
    progress: Progress | None = None,
    report: Callable[[str], None] = lambda _line: None,
) -> list[States]:
    """As `reader_states.read`, with each CHUNK of messages kept in `folder` as `name`-number.safetensors once it is read.

    Always read in the same chunks, so that what comes out does not depend on where a training was killed. A file of
    other texts, of another encoder, or one whose digest does not match is read anew. If the disk does not take one,
    `report` hears it once, and the rest is read without being kept.
    """
    found: list[States] = []
    keeping = True
    for number, start in enumerate(range(0, len(texts), CHUNK)):
        some, clauses = texts[start : start + CHUNK], parts[start : start + CHUNK]
        path, mark = folder / f"{name}-{number:05}.safetensors", _mark(encoder, some, clauses)
        states = _load(path, mark, clauses)
        if states is None:
            within = _within(progress, start, len(some), len(texts)) if progress else None
            states = reader_states.read(encoder, some, clauses, progress=within)
            keeping = keeping and _save(path, mark, states, report)
        found.extend(states)
        if progress:
            progress(len(found), len(texts))
    return found


def _within(progress: Progress, start: int, count: int, total: int) -> Progress:
    return lambda done, of: progress(start + count * done // of, total)


def _mark(encoder: Encoder, texts: Sequence[str], parts: Sequence[Sequence[Clause]]) -> str:
    """A digest of all that decides the states."""
    edges = [[(part.start, part.end, *part.sentence) for part in each] for each in parts]
    told = json.dumps([encoder.fingerprint, encoder.prefix, list(texts), edges], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def _save(path: Path, mark: str, states: Sequence[States], report: Callable[[str], None]) -> bool:
    """Write a file; False, with the reason told, if the disk does not take it."""
    import numpy as np
    import torch

    arrays = {
        "clause": np.concatenate([each.clause for each in states]),
        "sentence": np.concatenate([each.sentence for each in states]),
        "message": np.stack([each.message for each in states]),
    }
    tensors = {key: torch.from_numpy(value) for key, value in arrays.items()}
    try:
        checkpoints.save(path, tensors, {"mark": mark, "digest": _digest(arrays)})
    except TrainingError as error:
        report(f"{str(error).partition(';')[0]}; going on without it")
        return False
    return True


def _load(path: Path, mark: str, parts: Sequence[Sequence[Clause]]) -> list[States] | None:
    """The states of a file; None if it is not there, of something else, or damaged."""
    kept = checkpoints.load(path, mark)
    if kept is None:
        return None
    arrays = {key: tensor.numpy() for key, tensor in kept[0].items()}
    if kept[1].get("digest") != _digest(arrays):
        return None
    return list(_split(arrays, [len(each) for each in parts]))


def _split(arrays: Mapping[str, Vectors], counts: Sequence[int]) -> Iterator[States]:
    start = 0
    for row, count in enumerate(counts):
        end = start + count
        yield States(arrays["clause"][start:end], arrays["sentence"][start:end], arrays["message"][row])
        start = end


def _digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    found = hashlib.sha256()
    for key in sorted(arrays):
        found.update(f"{key} {arrays[key].shape} {arrays[key].dtype};".encode())
        found.update(arrays[key].tobytes())
    return found.hexdigest()
