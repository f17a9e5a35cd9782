"""Read texts with the versions assigned to their segments, and keep a prediction of each answer."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from modelhub.engine.failures import EngineError
from modelhub.engine.types import Reader, Reading
from modelhub.interface import ReadRequest, ReadResult
from modelhub.models import ModelVersion, Prediction
from modelhub.services import serving
from modelhub.services.assignments import Candidate
from modelhub.services.serving import Answer

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a version said of one text: a reading or why there is none, and the milliseconds it took."""

    reading: Reading | None
    problem: str
    took_ms: float


def read(requests: Sequence[ReadRequest], *, keep: bool = True) -> list[ReadResult]:
    """Read in one batch per chain of versions; results in order. Assignments are looked up anew for every call.

    Without `keep` nothing is written yet; `kept` does it, in the transaction of whoever uses the readings.
    """
    chains = {segment: serving.chain("read", segment) for segment in {request.segment for request in requests}}
    groups: dict[tuple[tuple[int, int | None], ...], list[int]] = {}
    for index, request in enumerate(requests):
        key = tuple((candidate.version.pk, candidate.segment) for candidate in chains[request.segment])
        groups.setdefault(key, []).append(index)
    results: dict[int, ReadResult] = {}
    for indexes in groups.values():
        chosen = [requests[index] for index in indexes]
        results.update(zip(indexes, _read_group(chosen, chains[chosen[0].segment]), strict=True))
    found = [results[index] for index in range(len(requests))]
    return kept(found) if keep else found


def kept(results: Sequence[ReadResult]) -> list[ReadResult]:
    """Write a prediction for each reading that has none yet; returns the results with its id."""
    todo = [result for result in results if result.unkept is not None]
    rows = [Prediction(source=result.source, task=ModelVersion.Task.READ, **(result.unkept or {})) for result in todo]
    made = Prediction.objects.bulk_create(rows, batch_size=500)
    ids = {id(result): row.pk for result, row in zip(todo, made, strict=True)}
    return [
        replace(result, prediction=ids[id(result)], unkept=None) if id(result) in ids else result for result in results
    ]


def digest(text: str) -> str:
    """The hash that stands for a text in a prediction."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _read_group(requests: Sequence[ReadRequest], chain: Sequence[Candidate]) -> list[ReadResult]:
    texts = {digest(request.text): request.text for request in requests}  # identical texts are answered once
    try:
        answer = serving.ask(chain, "read", lambda engine, _version: _say(engine, list(texts.values())))
    except serving.NothingServes as error:
        return [ReadResult(request.source, None, None, None, str(error)) for request in requests]
    said = dict(zip(texts, answer.value, strict=True))
    return [_result(request, said[digest(request.text)], answer) for request in requests]


def _result(request: ReadRequest, said: _Said, answer: Answer[Any]) -> ReadResult:
    columns = None if said.reading is None else _columns(request, said.reading, said.took_ms, answer)
    return ReadResult(request.source, said.reading, None, answer.serving, said.problem, answer.notes, columns)


def _say(reader: Reader, texts: Sequence[str]) -> list[_Said]:
    """Read all at once; a text that brings the reader down is found by reading one by one, and the others stand."""
    began = time.perf_counter()
    try:
        readings = reader.read(texts)
    except EngineError:
        raise
    except Exception:
        log.exception("a batch could not be read; its texts are read one by one", texts=len(texts))
        return [_say_one(reader, text) for text in texts]
    each = (time.perf_counter() - began) * 1000 / max(len(texts), 1)
    return [_Said(reading, "", each) for reading in readings]


def _say_one(reader: Reader, text: str) -> _Said:
    began = time.perf_counter()
    try:
        reading = reader.read([text])[0]
    except EngineError:
        raise
    except Exception as error:
        log.exception("a text could not be read")
        return _Said(None, f"{type(error).__name__}: {error}", (time.perf_counter() - began) * 1000)
    return _Said(reading, "", (time.perf_counter() - began) * 1000)


def _columns(request: ReadRequest, reading: Reading, took_ms: float, answer: Answer[Any]) -> dict[str, Any]:
    return {
        "version_id": answer.version.pk,
        "segment_id": request.segment,
        "input_hash": digest(request.text),
        "language": reading.language,
        "sure": reading.sure,
        "clarity": reading.clarity.score,
        "output": _output(reading, answer.notes),
        "took_ms": took_ms,
    }


def _output(reading: Reading, notes: Sequence[str]) -> dict[str, Any]:
    """What is kept of a reading: needs with probability, quotes and reasons, what is known, and what was passed over."""
    return {
        "language_probability": round(reading.language_probability, 4),
        "needs": [
            {
                "need": need.need,
                "probability": round(need.probability, 4),
                "spans": [[span.start, span.end, _storable(span.text)] for span in need.spans],
                "reasons": [[_storable(reason.text), round(reason.weight, 4)] for reason in need.reasons],
            }
            for need in reading.needs
        ],
        "known": {part: [span.start, span.end, _storable(span.text)] for part, span in reading.clarity.known.items()},
        "missing": list(reading.clarity.missing),
        "doubts": dict(reading.doubts),
        "notes": list(notes),
    }


def _storable(text: str) -> str:
    """The text without what PostgreSQL's JSON refuses: NUL, and halves of surrogate pairs."""
    return text.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")
