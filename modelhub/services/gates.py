"""The gate before an assignment: a version that is worse than what serves, or was never measured, needs a written reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.models import Segment
from modelhub.interface import Task
from modelhub.models import ModelVersion

Verdict = Literal["passed", "worse", "unevaluated", "broken"]


@dataclass(frozen=True, slots=True)
class Gate:
    """What the gate says of a version for a place, and why in one line."""

    verdict: Verdict
    told: str


def judge(task: Task, segment: Segment | None, version: ModelVersion) -> Gate:
    """Judge a version for a place."""
    raise NotImplementedError
