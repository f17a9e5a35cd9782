"""Versions loaded once a process, kept by version and stamp, and let go when memory would not do."""

from __future__ import annotations

import gc
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.utils.translation import gettext as _

from modelhub.engine.failures import EngineError
from modelhub.models import ModelVersion
from modelhub.services import building, sealing, versions

log = structlog.get_logger(__name__)
RETRY_AFTER = 300.0  # seconds until an unchanged version that failed is tried again


class NotAvailable(Exception):
    """A version cannot serve now; the text says why and is already written on the version."""


@dataclass(slots=True)
class _Held:
    stamp: str
    engine: Any
    used: float


@dataclass(slots=True)
class _Failure:
    stamp: str
    at: float
    why: str


@dataclass(slots=True)
class _Memory:
    """What this process holds and what failed in it."""

    held: dict[int, _Held] = field(default_factory=dict)
    failed: dict[int, _Failure] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)


_process = _Memory()


def engine(version: ModelVersion) -> Any:
    """The loaded engine of a version. A changed row or file gives a fresh one; a mended version comes back by itself.

    Raises NotAvailable, with the version marked broken, if it is damaged, swapped, of the wrong kind, or too big.
    """
    stamp = versions.stamp(version)
    with _process.lock:
        held = _process.held.get(version.pk)
        _refuse_early(version, stamp)
        if held is not None and held.stamp == stamp:
            held.used = time.monotonic()
            return held.engine
        _process.held.pop(version.pk, None)
        try:
            _make_room(version)
            found = sealing.wanted(version)
            made = _load(version)
            if sealing.seal(version, found):
                stamp = versions.stamp(version)  # the row changed with it
        except (EngineError, OSError, MemoryError) as error:
            why = str(error) or type(error).__name__
            _process.failed[version.pk] = _Failure(stamp, time.monotonic(), why)
            versions.mark_broken(version, why)
            raise NotAvailable(why) from None
        _process.failed.pop(version.pk, None)
        _process.held[version.pk] = _Held(stamp, made, time.monotonic())
        versions.mark_ready(version)
        return made


def failed_in_use(version: ModelVersion, why: str) -> None:
    """Remember that a loaded version could not answer (a server away, memory gone): told, and left alone for a while."""
    with _process.lock:
        _process.failed[version.pk] = _Failure(versions.stamp(version), time.monotonic(), why)
    versions.mark_broken(version, why, state=False)


def answered(version: ModelVersion) -> None:
    """Take back the told problem of a version that answers again."""
    if version.problem:
        with _process.lock:
            _process.failed.pop(version.pk, None)
        versions.mark_ready(version)


def held() -> list[int]:
    """Ids of the versions this process holds, least recently used first."""
    with _process.lock:
        return sorted(_process.held, key=lambda key: _process.held[key].used)


def let_go(version: int | None = None) -> None:
    """Drop one version, or all, from this process."""
    with _process.lock:
        keys = [version] if version is not None else list(_process.held)
        dropped = sum(_process.held.pop(key, None) is not None for key in keys)
        if version is None:
            _process.failed.clear()
        building.release(nothing_left=not _process.held)
    if dropped:
        gc.collect()


def _refuse_early(version: ModelVersion, stamp: str) -> None:
    if version.state == ModelVersion.State.RETIRED:
        raise NotAvailable(_("it was retired"))
    if version.state == ModelVersion.State.UNTRAINED:
        raise NotAvailable(_("it is not trained yet"))
    failure = _process.failed.get(version.pk)
    wait = building.retry_after(version, RETRY_AFTER)
    if failure and failure.stamp == stamp and time.monotonic() - failure.at < wait:
        raise NotAvailable(failure.why)


def _make_room(version: ModelVersion) -> None:
    needed = building.memory_needed(version)
    while needed > building.free_memory() and _process.held:
        oldest = min(_process.held, key=lambda key: _process.held[key].used)
        log.info("version let go for memory", version=oldest)
        let_go(oldest)


def _load(version: ModelVersion) -> Any:
    began = time.perf_counter()
    made = building.build(version)
    log.info("version loaded", version=version.key, seconds=round(time.perf_counter() - began, 2))
    return made
