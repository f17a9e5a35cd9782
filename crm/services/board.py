"""The board: the open stages of a pipeline as columns, with true totals and the first cards of each."""

from __future__ import annotations

from dataclasses import dataclass

from crm import keyset
from crm.models import Pipeline, Stage
from crm.models.leads import LeadQuerySet
from crm.services import dates, lead_totals
from crm.services.lead_totals import Totals

CARDS = 50  # drawn per column at once
BY_STEP = keyset.Order("step_order", parse=keyset.timestamp)


@dataclass(frozen=True, slots=True)
class Column:
    """An open stage, its true totals, and a page of cards, the earliest next step first."""

    stage: Stage
    totals: Totals
    cards: keyset.Page

    @property
    def left(self) -> int:
        """How many cards come after the drawn ones."""
        return max(0, self.totals.count - self.cards.end)


@dataclass(frozen=True, slots=True)
class Drop:
    """A closed stage, and what went there this quarter."""

    stage: Stage
    totals: Totals


def columns(leads: LeadQuerySet, pipeline: Pipeline) -> list[Column]:
    """Return the open stages with totals and cards: one query for all totals, one per column for its cards."""
    totals = lead_totals.by_stage(leads.filter(pipeline=pipeline).open())
    stages = [stage for stage in pipeline.stages.all() if stage.kind == Stage.Kind.OPEN]
    return [Column(stage, totals.get(stage.pk, Totals()), cards(leads, stage)) for stage in stages]


def cards(leads: LeadQuerySet, stage: Stage, *, cursor: str = "") -> keyset.Page:
    """Return a page of a column's leads, with everything a card draws."""
    return keyset.page(leads.filter(stage=stage).by_step().with_related(), BY_STEP, cursor=cursor, size=CARDS)


def drops(leads: LeadQuerySet, pipeline: Pipeline) -> list[Drop]:
    """Return the won and lost stages of the pipeline, with what was closed since the quarter began; one query."""
    stages = [stage for stage in pipeline.stages.all() if stage.kind != Stage.Kind.OPEN]
    totals = lead_totals.by_stage(leads.filter(stage__in=stages, closed_at__gte=dates.start_of_quarter()))
    return [Drop(stage, totals.get(stage.pk, Totals())) for stage in stages]
