"""Where every mail of a campaign is. The parts always add up to what was planned; the tabs Sending and Results show the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketing.models import Campaign, Delivery

State = Delivery.State
UNSENT = (State.PLANNED, State.CLAIMED)  # no server has heard of them
WAITING = (*UNSENT, State.ATTEMPTING)


def unclear() -> Q:
    """Return the condition of mails nobody knows about: said so, or handed over by a worker whose lease is over."""
    return Q(state=State.AMBIGUOUS) | Q(state=State.ATTEMPTING, lease_until__lt=timezone.now())


# The parts lie side by side and make up everything; "failed" is what the server refused, or what could never be made.
PARTS: dict[str, Callable[[], Q]] = {
    "sent": lambda: Q(state=State.SENT),
    "bounced": lambda: Q(state=State.BOUNCED),
    "failed": lambda: Q(state=State.FAILED),
    "skipped": lambda: Q(state=State.SKIPPED),
    "ambiguous": unclear,
    "waiting": lambda: Q(state__in=WAITING) & ~unclear(),
}
WORDS = {
    "sent": pgettext_lazy("number of mails", "sent"), "bounced": _("came back"), "failed": _("failed"),
    "skipped": _("skipped"), "ambiguous": _("unknown"), "waiting": _("waiting"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ledger:
    """planned = sent + bounced + failed + skipped + ambiguous + waiting. `reasons` are (key, words, n) of the skipped."""

    planned: int
    parts: dict[str, int]  # by PARTS
    retrying: int
    reasons: tuple[tuple[str, str, int], ...]

    @property
    def lines(self) -> list[tuple[str, str, int]]:
        """The parts as a page shows them: (name, words, n)."""
        return [(name, str(WORDS[name]), self.parts[name]) for name in PARTS]

    @property
    def share(self) -> int:
        """What needs nothing more from a worker, in per cent."""
        return 100 * (self.planned - self.parts["waiting"]) // self.planned if self.planned else 0


def of(campaign: Campaign) -> Ledger:
    """Count the mails of a campaign by where they are; one query."""
    return counted(campaign, {})[0]


def counted(campaign: Campaign, more: Mapping[str, Callable[[], Q]]) -> tuple[Ledger, dict[str, int]]:
    """Return the ledger, and with it a count for each condition of `more`, by its name; one query."""
    again = Q(state=State.PLANNED, attempts__gt=0)
    asked = {**{name: condition() for name, condition in {**PARTS, **more}.items()}, "retrying": again}
    names = {name.replace("-", "_"): name for name in asked}
    counts = {alias: Count("pk", filter=asked[name]) for alias, name in names.items()}
    totals: dict[str, int] = dict.fromkeys(["planned", *asked], 0)
    reasons = []
    for row in campaign.deliveries.order_by().values("reason").annotate(planned=Count("pk"), **counts):
        totals["planned"] += row["planned"]
        for alias, name in names.items():
            totals[name] += row[alias]
        if row["skipped"]:
            words = Delivery.Skipped(row["reason"]).label if row["reason"] else "–"
            reasons.append((row["reason"], str(words), row["skipped"]))
    parts = {name: totals[name] for name in PARTS}
    most_first = tuple(sorted(reasons, key=lambda one: -one[2]))
    found = Ledger(totals["planned"], parts, totals["retrying"], most_first)
    return found, {name: totals[name] for name in more}


def rows(campaign: Campaign, part: str) -> QuerySet[Delivery]:
    """Return the mails of one of PARTS, or all of them; each says whether it is `unclear`."""
    known = Case(When(unclear(), then=Value(True)), default=Value(False))
    found = campaign.deliveries.select_related("contact__company", "copy", "settled_by").annotate(unclear=known)
    return found.filter(PARTS[part]()) if part in PARTS else found
