"""The stage stepper of a lead: its pipeline's stages, and the days it spent in each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from crm.models import Activity, Lead, Stage


@dataclass(frozen=True, slots=True)
class Step:
    """An open stage; `used` is the share of the expected days in per cent (100 once passed), `days` None if never there."""

    stage: Stage
    current: bool
    used: int
    days: int | None


def of(lead: Lead) -> list[Step]:
    """Return the open stages in order; two queries."""
    spent = _days_by_stage(lead)
    stages = [stage for stage in lead.pipeline.stages.all() if stage.kind == Stage.Kind.OPEN]
    here = next((place for place, stage in enumerate(stages) if stage.pk == lead.stage_id), None)
    steps = []
    for place, stage in enumerate(stages):
        if place == here:
            used = 100 * lead.days_in_stage // max(1, stage.expected_days)
            steps.append(Step(stage, True, max(4, min(100, used)), lead.days_in_stage))
        else:
            passed = here is not None and place < here
            steps.append(Step(stage, False, 100 if passed else 0, spent.get(stage.pk)))
    return steps


def closed_stages(lead: Lead) -> dict[str, Stage]:
    """Return the pipeline's won and lost stages by kind."""
    return {stage.kind: stage for stage in lead.pipeline.stages.all() if stage.kind != Stage.Kind.OPEN}


def _days_by_stage(lead: Lead) -> dict[int, int]:
    spent: dict[int, int] = defaultdict(int)
    for data in lead.activities.filter(kind=Activity.Kind.STAGE).values_list("data", flat=True):
        if "from" in data:
            spent[data["from"]] += data.get("days", 0)
    return dict(spent)
