"""What the hub's pages show of quality in use: agreement by week beside the evaluation, hints, and comparisons of a version."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from modelhub.models import Evaluation, ModelVersion
from modelhub.services import deciding
from modelhub.services import quality as service
from modelhub.views import charts, evaluations

LINES, TICKS = 4, 6  # versions, and dates, in one chart


def quality(versions: Sequence[ModelVersion], serving: Collection[int]) -> dict[str, Any]:
    """Agreement of the versions, those that serve first, and the hints to train again."""
    ordered = sorted(versions, key=lambda version: (version.pk not in serving, -version.pk))
    return {"agreed": agreement(ordered), "hints": service.hints(), "freeze_url": reverse("hub-dataset-new")}


def beside(version: ModelVersion) -> dict[str, Any]:
    """A version's comparisons, the sets it can be measured on, and its own agreement by week."""
    rows = Evaluation.objects.filter(version=version, language="").select_related("version", "beside", "data")
    decides = deciding.places(version)
    return {
        "compared": [(row, decides.get(row.pk)) for row in rows.order_by("-at", "-pk")[:5] if row.comparison],
        "sets": evaluations.held_out_sets(),
        "agreed": agreement([version]),
    }


def agreement(versions: Sequence[ModelVersion]) -> dict[str, Any]:
    """The chart of agreement by week, and its rows as a table; no chart while no week has enough verdicts."""
    found = service.weekly(versions)
    shown = [version for version in versions if any(week.rate is not None for week in found.get(version.pk, []))][
        :LINES
    ]
    rows = [(version.name, week) for version in versions for week in found.get(version.pk, [])]
    if not shown:
        return {"chart": None, "rows": rows}
    series = [
        charts.Series(
            version.name,
            [
                (week.start.toordinal(), week.rate, f"{date_format(week.start)}: {week.right} / {week.n}")
                for week in found[version.pk]
                if week.rate is not None
            ],
        )
        for version in shown
    ]
    days = sorted({int(x) for each in series for x, _y, _told in each.points})
    step = -(-len(days) // TICKS)
    ticks = [(float(day), f"{date.fromordinal(day):%m-%d}") for day in days[::step]]
    if ticks[-1][0] != days[-1]:
        ticks.append((float(days[-1]), ""))
    rules = []
    if promised := service.expected(shown[0]):
        told = _("%(name)s when measured, n = %(n)d") % {"name": shown[0].name, "n": promised[1]}
        rules = [charts.Rule(promised[0], told, (shown[0].name, _("when measured"), f"n = {promised[1]}"))]
    titles = (_("Agreement of people by week"), _("week"), _("let stand"))
    return {"chart": charts.lines(series, titles, ticks, rules), "rows": rows}
