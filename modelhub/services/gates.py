"""The gate before an assignment: a version that is worse than what serves, or was never measured, needs a written reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.models import Segment
from core.services import segments as tree
from modelhub.interface import Task
from modelhub.models import Evaluation, ModelVersion
from modelhub.services import inheritance

Verdict = Literal["passed", "worse", "unevaluated", "broken"]
REASON = 10  # characters that a reason has at least
# The figure whose interval decides, by task; names stand in `Evaluation.comparison["differences"]`.
DECIDES: Mapping[str, str] = {"read": "macro_f1", "draft": "supported", "verify": "balanced"}
# Rows that a comparison has at least to say anything, by task. Drafts are fixed requests, of which a language has six.
LEAST: Mapping[str, int] = {"read": 30, "draft": 6, "verify": 30}


@dataclass(frozen=True, slots=True)
class Gate:
    """What the gate says of a version for a place, why in one line, and the evaluation it rests on."""

    verdict: Verdict
    told: str
    evaluation: Evaluation | None = None

    @property
    def wants_reason(self) -> bool:
        """Whether the version may serve only for a written reason."""
        return self.verdict in ("worse", "unevaluated")

    def kept(self, reason: str) -> dict[str, str]:
        """As it is kept in the history: a refusal that a reason overruled says so."""
        overruled = self.wants_reason and long_enough(reason)
        return {"verdict": "overruled" if overruled else self.verdict, "told": self.told}


class Refused(ValidationError):
    """The gate refuses the version as long as no reason is written; `gate` says why."""

    def __init__(self, gate: Gate) -> None:
        text = _("%(told)s It may serve nevertheless if you write why, in %(n)d characters or more.")
        super().__init__(text % {"told": gate.told, "n": REASON})
        self.gate = gate


def judge(task: Task, segment: Segment | None, version: ModelVersion) -> Gate:
    """Judge a version for a place, by the comparison with what serves there that tells most of the place."""
    if version.state != ModelVersion.State.READY:
        return Gate("broken", _("It cannot serve: %(why)s") % {"why": version.problem or version.get_state_display()})
    current = inheritance.ready(task, segment.pk if segment else None)
    if current is not None and current.pk == version.pk:
        return Gate("passed", _("It serves here already."))
    measured = Evaluation.objects.filter(version=version).order_by("-at", "-pk").first()
    if current is None:
        told = _("Nothing else serves here.") if measured else _never()
        return Gate("passed" if measured else "unevaluated", told, measured)
    way = [place.pk for place in tree.path(segment)]
    beside = [row for row in compared(version, current) if difference(row, DECIDES[task])]
    found = choose(task, beside, way)
    if found is not None and found.n < least(found):
        return _too_few(found, task, version, current)
    if found is not None:
        return _by_interval(found, task, version, current)
    text = _("It was measured, but not beside %(name)s, which serves here.")
    if beside:
        text = _("It was measured beside %(name)s, which serves here, but only on what other segments' customers say.")
    return Gate("unevaluated", text % {"name": current.name} if measured else _never())


def judge_inheriting(task: Task, segment: Segment) -> Gate:
    """Judge, for a segment whose own assignment is to go, the version that would serve it then."""
    heir = inheritance.inherited(task, segment)
    if heir is None:
        return Gate("unevaluated", _("No version that is assigned above can serve; a shipped one would answer."))
    return judge(task, segment, heir)


def check(gate: Gate, reason: str) -> None:
    """Raise Refused if the gate wants a reason and none is written."""
    if gate.wants_reason and not long_enough(reason):
        raise Refused(gate)


def long_enough(reason: str) -> bool:
    """Whether somebody wrote a reason and not just a mark."""
    return len(reason.strip()) >= REASON


def difference(evaluation: Evaluation, figure: str) -> Mapping[str, Any] | None:
    """The difference of one figure to the version it was compared with: mean, bounds, verdict; None if there is none."""
    found: Mapping[str, Any] | None = evaluation.comparison.get("differences", {}).get(figure)
    return found


def compared(*versions: ModelVersion) -> list[Evaluation]:
    """All comparisons among these versions, in either direction, over all languages."""
    rows = Evaluation.objects.filter(version__in=versions, beside__in=versions, language="")
    return list(rows.select_related("version", "beside", "data"))


def least(evaluation: Evaluation) -> int:
    """How many rows an evaluation has at least for the gate to go by."""
    return next(n for task, n in LEAST.items() if task == evaluation.version.task)


def choose(task: Task, rows: Iterable[Evaluation], way: Sequence[int]) -> Evaluation | None:
    """The comparison that decides for a place: of enough rows, on the nearest segment's set, and of these the latest.

    `way` holds the ids of the place's segment and those above it, nearest first; sets of all segments are farther than
    these. What other segments' customers say decides nothing here.
    """

    def rank(row: Evaluation) -> tuple[Any, ...]:
        return row.n >= least(row), -(_distance(row, way) or 0), row.at, row.pk

    known = (row for row in rows if difference(row, DECIDES[task]) and _distance(row, way) is not None)
    return max(known, key=rank, default=None)


def _distance(row: Evaluation, way: Sequence[int]) -> int | None:
    """How far from a place the set is on which was compared: 0 for its own; None if it says nothing of the place."""
    segment = row.data.segment_id if row.data else None
    if segment is None:
        return None if row.data and row.data.place else len(way)  # a segment that is deleted is not everybody
    return way.index(segment) if segment in way else None


def _too_few(found: Evaluation, task: Task, version: ModelVersion, current: ModelVersion) -> Gate:
    values = _values(found, task, version, current) | {"least": LEAST[task]}
    text = _(
        "Too few to say, n = %(n)d: at least %(least)d are wanted. Difference to %(name)s so far: %(difference)s "
        "(%(low)s to %(high)s) on “%(set)s”."
    )
    return Gate("unevaluated", text % values, found)


def _values(found: Evaluation, task: Task, version: ModelVersion, current: ModelVersion) -> dict[str, Any]:
    """The difference of `version` to `current` as it is told."""
    told = difference(found, DECIDES[task]) or {}
    sign = 1 if found.version_id == version.pk else -1  # what serves may have been compared with this one
    low, high = sorted((sign * told["low"], sign * told["high"]))
    return {
        "difference": signed(sign * told["difference"]), "low": signed(low), "high": signed(high),
        "name": current.name, "set": _(found.dataset), "n": found.n, "bounds": (low, high),
    }  # fmt: skip


def _by_interval(found: Evaluation, task: Task, version: ModelVersion, current: ModelVersion) -> Gate:
    values = _values(found, task, version, current)
    low, high = values["bounds"]
    if high < 0:
        text = _("Worse than %(name)s: %(difference)s (%(low)s to %(high)s) on “%(set)s”, n = %(n)d.")
        return Gate("worse", text % values, found)
    if low > 0:
        text = _("Better than %(name)s: %(difference)s (%(low)s to %(high)s) on “%(set)s”, n = %(n)d.")
    else:
        text = _("No difference to %(name)s shown: %(difference)s (%(low)s to %(high)s) on “%(set)s”, n = %(n)d.")
    return Gate("passed", text % values, found)


def _never() -> str:
    return _("It was never measured.")


def signed(value: float) -> str:
    """A difference as people read it: +.034, −.013."""
    shown = f"{value:+.3f}"
    return shown.replace("+0.", "+.").replace("-0.", "−.").replace("-", "−")
