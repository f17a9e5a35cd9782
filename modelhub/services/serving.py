"""Let the first version that can answer do so, and say what was passed over and why."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import DatabaseError
from django.utils.translation import gettext as _

from modelhub.engine.failures import EngineError
from modelhub.interface import Serving, Task
from modelhub.models import ModelVersion
from modelhub.services import assignments, engine_words, loading, shipped
from modelhub.services.assignments import Candidate

T = TypeVar("T")
WARM_TEXT = "Hello, we would like an assistant that answers our customers within a second."


class NothingServes(EngineError):
    """No version of the chain could answer; the text names each and why."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What came out, who gave it, and one note for each version that was passed over."""

    value: T
    version: ModelVersion
    segment: int | None
    notes: tuple[str, ...] = ()

    @property
    def serving(self) -> Serving:
        """The same, as the interface tells it."""
        return Serving(self.version.key, self.version.name, self.segment)


def ask(chain: Sequence[Candidate], task: Task, use: Callable[[Any, ModelVersion], T]) -> Answer[T]:
    """Call `use(engine, version)` with the first version of the chain that loads and answers.

    Behind the chain stand the shipped versions of the task, so that a broken default is not the end. Raises
    NothingServes if none can answer.
    """
    notes: list[str] = []
    for candidate in [*chain, *_last_resorts(chain, task)]:
        version = candidate.version
        try:
            engine = loading.engine(version)
        except loading.NotAvailable as error:
            notes.append(_note(version, str(error)))
            continue
        try:
            value = use(engine, version)
        except (EngineError, MemoryError) as error:
            why = str(error) or _("it ran out of memory")
            loading.failed_in_use(version, why)
            notes.append(_note(version, why))
            continue
        loading.answered(version)
        return Answer(value, version, candidate.segment, tuple(notes))
    raise NothingServes(" ".join(notes) or _("No version is assigned; an admin assigns one in the admin."))


def chain(task: Task, segment: int | None) -> list[Candidate]:
    """The assigned versions in the order they are tried; the shipped ones are registered first if nothing is assigned."""
    found = assignments.chain(task, segment)
    if not found:
        shipped.ensure()
        found = assignments.chain(task, segment)
    return found


def _last_resorts(chain: Sequence[Candidate], task: Task) -> list[Candidate]:
    tried = {candidate.version.pk for candidate in chain}
    there = {v.key: v for v in ModelVersion.objects.filter(key__in=shipped.LAST_RESORTS[task]).exclude(pk__in=tried)}
    return [Candidate(there[key], None) for key in shipped.LAST_RESORTS[task] if key in there]


def _note(version: ModelVersion, why: str) -> str:
    told = engine_words.told(why).rstrip(".。")
    return _("%(name)s did not answer: %(why)s.") % {"name": version.name, "why": told}


def warm() -> None:
    """Load the versions that serve by default and let the reader read once, so that the first message does not wait.

    What cannot load is told on its version as in use; nothing is raised.
    """
    for task in assignments.TASKS:
        with contextlib.suppress(NothingServes, DatabaseError):  # not migrated yet: the first job loads
            ask(chain(task, None), task, _once)


def _once(engine: Any, version: ModelVersion) -> None:
    if version.task == ModelVersion.Task.READ:
        engine.read([WARM_TEXT])
