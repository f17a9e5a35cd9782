"""How many of a campaign's audience would get its mail today, and why the others would not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from core.models import User
from marketing.models import Campaign, Delivery
from marketing.services import audiences, consents, copies

CHECKED, BATCH = 20_000, 1_000  # a page looks at no more; the sending looks at everybody
Skipped = Delivery.Skipped
ORDER = (
    Skipped.NO_ADDRESS,
    Skipped.NO_CONSENT,
    Skipped.UNSUBSCRIBED,
    Skipped.SUPPRESSED,
    Skipped.DUPLICATE,
    Skipped.NO_COPY,
)


@dataclass(frozen=True, slots=True)
class Reach:
    """`checked` of `total` contacts were looked at; `may` of them can be written to, the others by reason and its words."""

    total: int
    checked: int
    may: int
    reasons: tuple[tuple[str, str, int], ...]
    languages: tuple[tuple[str, int], ...]  # of those a copy is missing for

    @property
    def left(self) -> int:
        """How many of those looked at cannot be written to."""
        return self.checked - self.may


def reach(campaign: Campaign, *, user: User) -> Reach:
    """Return who can be written to, the newest contacts first where there are too many. Raises ValidationError."""
    if campaign.audience is None:
        return Reach(0, 0, 0, (), ())
    rows = audiences.contacts(campaign.audience.conditions, user=user)
    total = rows.order_by().count()
    members = copies.with_segment(rows).select_related("company").order_by("-pk")[:CHECKED]
    choose, written = copies.chooser(campaign), campaign.copies.exists()
    reasons: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    seen: set[str] = set()
    may = 0
    for start in range(0, min(total, CHECKED), BATCH):
        batch = list(members[start : start + BATCH])
        refused = consents.refusals(batch)
        for contact in batch:
            why, address = refused[contact.pk], contact.email.strip().lower()
            if not why and address in seen:
                why = Skipped.DUPLICATE
            elif not why and written and choose(contact) is None:
                why = Skipped.NO_COPY
                languages[copies.language_of(contact)] += 1
            if why:
                reasons[why] += 1
            else:
                seen.add(address)
                may += 1
    found = tuple((one.value, str(one.label), reasons[one]) for one in ORDER if reasons[one])
    return Reach(total, sum(reasons.values()) + may, may, found, tuple(languages.most_common(5)))
