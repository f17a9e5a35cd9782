"""Which needs customers voice, in which segment, whether they rise, and which no claim answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet
from django.utils import timezone

from core.models import Need, Segment, User
from crm.models import Claim, Requirement
from crm.models.requirements import Quote

WINDOW = timedelta(days=30)
ENOUGH = 5  # below this many leads a change is not called a trend


@dataclass(frozen=True, slots=True)
class RadarRow:
    """A need: leads that have it, by segment (None: in no segment), lately and before, and the claims that answer it.

    `more_leads` is how many leads wrote lately for each one before: a need rises if it grows faster than that.
    """

    need: Need
    leads: int
    by_segment: Mapping[int | None, int]
    lately: int
    before: int
    claims: int
    more_leads: float = 1.0

    @property
    def trend(self) -> str:
        """`rising`, `falling`, `steady`, or `few` when there is too little to say."""
        if self.lately + self.before < ENOUGH:
            return "few"
        expected = self.before * self.more_leads
        if self.lately >= 1.25 * expected and self.lately - expected >= 2:
            return "rising"
        return "falling" if self.before >= 1.25 * self.lately and self.before - self.lately >= 2 else "steady"

    @property
    def unmet(self) -> bool:
        """Voiced, and no approved claim answers it."""
        return bool(self.leads) and not self.claims and self.need.facet != Need.Facet.INTENT


@dataclass(frozen=True, slots=True)
class Radar:
    """Needs × segments, counted over leads the user may see; `peak` is the largest cell."""

    rows: tuple[RadarRow, ...]
    segments: tuple[Segment, ...]
    peak: int
    leads: int


def radar(user: User, *, facet: str = "", now: datetime | None = None) -> Radar:
    """Count standing requirements by need and segment, newest 30 days against the 30 before (by date of the message)."""
    now = now or timezone.now()
    seen = Requirement.objects.for_user(user).standing()
    by_cell: dict[int, Counter[int | None]] = {}
    for need_id, segment_id, n in seen.values_list("need_id", "lead__segment_id").annotate(
        n=Count("lead_id", distinct=True)
    ):
        by_cell.setdefault(need_id, Counter())[segment_id] += n
    lately = _voiced(seen, now - WINDOW, now)
    before = _voiced(seen, now - 2 * WINDOW, now - WINDOW)
    wrote = [_wrote(seen, now - WINDOW, now), _wrote(seen, now - 2 * WINDOW, now - WINDOW)]
    more_leads = wrote[0] / wrote[1] if min(wrote) >= ENOUGH else 1.0
    answered = dict(Claim.objects.usable().values_list("needs").annotate(n=Count("id", distinct=True)))
    needs = Need.objects.filter(active=True)
    rows = [
        RadarRow(
            need, sum(by_cell.get(need.pk, Counter()).values()), by_cell.get(need.pk, Counter()),
            lately.get(need.pk, 0), before.get(need.pk, 0), answered.get(need.pk, 0), more_leads,
        )
        for need in (needs.filter(facet=facet) if facet else needs)
    ]  # fmt: skip
    rows.sort(key=lambda row: (-row.leads, row.need.position))
    used = [segment for cell in by_cell.values() for segment in cell if segment is not None]
    peak = max((n for row in rows for n in row.by_segment.values()), default=0)
    return Radar(
        tuple(rows), tuple(Segment.objects.filter(pk__in=used)), peak, seen.values("lead_id").distinct().count()
    )


def _voiced(seen: QuerySet[Requirement], start: datetime, end: datetime) -> dict[int, int]:
    """Leads per need with a quote from a message of that time."""
    quotes = Quote.objects.filter(requirement__in=seen, message__sent_at__gt=start, message__sent_at__lte=end)
    return dict(quotes.values_list("requirement__need_id").annotate(n=Count("requirement__lead_id", distinct=True)))


def _wrote(seen: QuerySet[Requirement], start: datetime, end: datetime) -> int:
    """Leads that voiced anything at that time."""
    quotes = Quote.objects.filter(requirement__in=seen, message__sent_at__gt=start, message__sent_at__lte=end)
    return quotes.values("requirement__lead_id").distinct().count()
