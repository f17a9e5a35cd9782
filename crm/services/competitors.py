"""What to say against a competitor: a battlecard put together from claims, and how often we won."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.db.models import Count

from core.models import Need, Segment, User
from core.services import segments
from crm.models import Claim, Competitor, Lead, Stage

SAID = 6  # claims of ours on a card


@dataclass(frozen=True, slots=True)
class WinRate:
    """Won of closed leads where this competitor was in, with a 95 % Wilson interval (0–1)."""

    won: int
    closed: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Won over closed, 0–1."""
        return self.won / self.closed if self.closed else 0.0

    @property
    def enough(self) -> bool:
        """A rate over fewer than 8 closed leads is not shown."""
        return self.closed >= 8


@dataclass(frozen=True, slots=True)
class Battlecard:
    """`say`: our usable claims on the needs they are claimed on; `they_say`: facts about them; `beware`: inferences."""

    competitor: Competitor
    say: tuple[Claim, ...]
    they_say: tuple[Claim, ...]
    beware: tuple[Claim, ...]
    rate: WinRate


def battlecard(competitor: Competitor, user: User, segment: Segment | None = None) -> Battlecard:
    """Put the card together for a segment (None: for all); win rates count only leads the user may see."""
    standing = competitor.claims.exclude(status=Claim.Status.EXPIRED).order_by("pk")
    about = list(standing.prefetch_related("needs", "evidence"))
    needs = {need.pk for claim in about for need in claim.needs.all()}
    tasks = {need.pk for claim in about for need in claim.needs.all() if need.facet == Need.Facet.CAPABILITY}
    ours = Claim.objects.usable().filter(needs__in=needs, kind=Claim.Kind.FACT)
    way = {one.pk for one in segments.path(segment)}
    picked = (
        ours.annotate(hits=Count("needs", distinct=True), proofs=Count("evidence", distinct=True))
        .order_by("-hits", "-proofs", "pk")
        .prefetch_related("segments", "needs")
        .distinct()
    )
    fitting = [c for c in picked if not c.segments.all() or way & {s.pk for s in c.segments.all()}]
    return Battlecard(
        competitor,
        tuple(_widest(fitting, needs, tasks)[:SAID]),
        tuple(claim for claim in about if claim.kind == Claim.Kind.FACT),
        tuple(claim for claim in about if claim.kind != Claim.Kind.FACT),
        win_rate(competitor, user),
    )


def _widest(found: list[Claim], needs: set[int], tasks: set[int]) -> list[Claim]:
    """The claims of products that do what the competitor does (`tasks`) and of the house, one for each need before a second."""
    wanted = {claim.pk: {need.pk for need in claim.needs.all()} & needs for claim in found}
    products = {claim.product_id for claim in found if wanted[claim.pk] & tasks} - {None}
    found = [claim for claim in found if not products or claim.product_id is None or claim.product_id in products]
    met: set[int] = set()
    first = []
    for claim in found:
        if not wanted[claim.pk] <= met:
            first.append(claim)
            met |= wanted[claim.pk]
    return [*first, *(claim for claim in found if claim not in first)]


def win_rate(competitor: Competitor, user: User) -> WinRate:
    """Return how many of the closed leads were won where this competitor was in."""
    closed = Lead.objects.for_user(user).filter(
        competitors=competitor, stage__kind__in=[Stage.Kind.WON, Stage.Kind.LOST]
    )
    return wilson(closed.filter(stage__kind=Stage.Kind.WON).count(), closed.count())


def wilson(won: int, n: int) -> WinRate:
    """Return won of n with its 95 % score interval (Wilson 1927); without any closed lead nothing is known."""
    if not n:
        return WinRate(0, 0, 0.0, 1.0)
    z, share = 1.96, won / n
    middle = share + z * z / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return WinRate(won, n, (middle - spread) / (1 + z * z / n), (middle + spread) / (1 + z * z / n))
