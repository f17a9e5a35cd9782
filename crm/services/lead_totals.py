"""How many leads and what they are worth: one sum behind list, board and day, so that they cannot disagree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, Q, Sum

from crm.models import Stage
from crm.models.leads import LeadQuerySet, step_condition
from crm.money import Money, per_currency

STEP_STATES = ("late", "today", "planned", "none")


@dataclass(frozen=True, slots=True)
class Totals:
    """Count, sums and sums weighted by the stages' probability, per currency; leads by state of their next step."""

    count: int = 0
    sums: tuple[Money, ...] = ()
    weighted: tuple[Money, ...] = ()
    steps: dict[str, int] = field(default_factory=dict)


def by_stage(leads: LeadQuerySet) -> dict[int, Totals]:
    """Return the totals of each stage that has leads, by its id; one query."""
    gathered: dict[int, _Gathered] = defaultdict(_Gathered)
    for row in _rows(leads):
        gathered[int(str(row["stage_id"]))].add(row)
    return {stage: part.total() for stage, part in gathered.items()}


def of(leads: LeadQuerySet) -> Totals:
    """Return the totals of all of them; one query."""
    everything = _Gathered()
    for row in _rows(leads):
        everything.add(row)
    return everything.total()


def together(parts: Iterable[Totals]) -> Totals:
    """Return the totals of several groups as one."""
    everything = _Gathered()
    for part in parts:
        everything.count += part.count
        for sums, amounts in ((everything.sums, part.sums), (everything.weighted, part.weighted)):
            for money in amounts:
                sums[money.currency] += money.amount
        for state, n in part.steps.items():
            everything.steps[state] += n
    return everything.total()


class _Gathered:
    def __init__(self) -> None:
        self.count = 0
        self.sums: dict[str, Decimal] = defaultdict(Decimal)
        self.weighted: dict[str, Decimal] = defaultdict(Decimal)
        self.steps: dict[str, int] = dict.fromkeys(STEP_STATES, 0)

    def add(self, row: dict[str, object]) -> None:
        amount = Decimal(str(row["amount"] or 0)).quantize(Decimal("0.01"))  # SQLite adds decimals up as floats
        code = str(row["currency"])
        self.count += int(str(row["n"]))
        self.sums[code] += amount
        self.weighted[code] += amount * _chance(row) / 100
        for state in STEP_STATES:
            self.steps[state] += int(str(row[state]))

    def total(self) -> Totals:
        return Totals(self.count, per_currency(self.sums), per_currency(self.weighted), self.steps)


def _chance(row: dict[str, object]) -> int:
    kind = row["stage__kind"]
    return 100 if kind == Stage.Kind.WON else 0 if kind == Stage.Kind.LOST else int(str(row["stage__probability"]))


def _rows(leads: LeadQuerySet) -> list[dict[str, object]]:
    states = {
        state: Count("pk", filter=step_condition(state) & Q(stage__kind=Stage.Kind.OPEN)) for state in STEP_STATES
    }
    grouped = leads.order_by().values("stage_id", "stage__kind", "stage__probability", "currency")
    return list(grouped.annotate(n=Count("pk"), amount=Sum("value"), **states))
