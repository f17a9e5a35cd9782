"""Where every mail of a campaign is. The parts always add up to what was planned."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.utils import timezone

from marketing.models import Campaign, Delivery

State = Delivery.State
PARTS = ("sent", "failed", "skipped", "ambiguous", "waiting")


@dataclass(frozen=True, slots=True)
class Ledger:
    """planned = sent + failed + skipped + ambiguous + waiting. `failed` counts those that came back (`bounced`) too."""

    planned: int
    sent: int
    failed: int
    skipped: int
    ambiguous: int
    waiting: int
    bounced: int
    retrying: int
    reasons: tuple[tuple[str, int], ...]

    @property
    def refused(self) -> int:
        """Refused by the server, or never to be made: failed without having left."""
        return self.failed - self.bounced

    @property
    def settled(self) -> int:
        """How many need nothing more from a worker."""
        return self.planned - self.waiting

    @property
    def share(self) -> int:
        """Settled, in per cent."""
        return 100 * self.settled // self.planned if self.planned else 0


def unclear() -> Q:
    """Return the condition of mails nobody knows about: said so, or handed over by a worker whose lease is over."""
    return Q(state=State.AMBIGUOUS) | Q(state=State.ATTEMPTING, lease_until__lt=timezone.now())


def of(campaign: Campaign) -> Ledger:
    """Count the mails of a campaign by where they are; one query."""
    shown = Case(When(unclear(), then=Value(State.AMBIGUOUS.value)), default=F("state"))
    rows = (
        campaign.deliveries.order_by()
        .annotate(shown=shown)
        .values("shown", "reason")
        .annotate(n=Count("pk"), retrying=Count("pk", filter=Q(attempts__gt=0)))
    )
    by_state: dict[str, int] = {}
    reasons, retrying = [], 0
    for row in rows:
        by_state[row["shown"]] = by_state.get(row["shown"], 0) + row["n"]
        if row["shown"] == State.SKIPPED:
            reasons.append((str(Delivery.Skipped(row["reason"]).label) if row["reason"] else "–", row["n"]))
        elif row["shown"] == State.PLANNED:
            retrying += row["retrying"]
    n = by_state.get
    return Ledger(
        planned=sum(by_state.values()),
        sent=n(State.SENT, 0),
        failed=n(State.FAILED, 0) + n(State.BOUNCED, 0),
        skipped=n(State.SKIPPED, 0),
        ambiguous=n(State.AMBIGUOUS, 0),
        waiting=n(State.PLANNED, 0) + n(State.CLAIMED, 0) + n(State.ATTEMPTING, 0),
        bounced=n(State.BOUNCED, 0),
        retrying=retrying,
        reasons=tuple(sorted(reasons, key=lambda pair: -pair[1])),
    )


def rows(campaign: Campaign, part: str) -> QuerySet[Delivery]:
    """Return the mails of one of PARTS, or all of them; each says whether it is `unclear`."""
    known = Case(When(unclear(), then=Value(True)), default=Value(False))
    found = campaign.deliveries.select_related("contact__company", "copy", "settled_by").annotate(unclear=known)
    states = {
        "sent": [State.SENT], "failed": [State.FAILED, State.BOUNCED], "skipped": [State.SKIPPED],
        "waiting": [State.PLANNED, State.CLAIMED, State.ATTEMPTING],
    }  # fmt: skip
    if part == "ambiguous":
        return found.filter(unclear())
    if part == "waiting":
        return found.filter(state__in=states[part]).exclude(unclear())
    return found.filter(state__in=states[part]) if part in states else found
