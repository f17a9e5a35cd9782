"""The worker's side of a sending: claim, check once more, commit `attempting`, hand over, record.

A row leaves `attempting` only by the server's answer or by a person; what a killed worker had in hand is unknown."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import Job
from core.services import jobs
from marketing.engine import dkim
from marketing.engine.smtp import Answer
from marketing.models import Campaign, Delivery
from marketing.services import carriers, claiming, fitness, letters, rates
from marketing.services.carriers import Letter
from marketing.services.claiming import Claim
from marketing.services.fitness import Stopped

State = Delivery.State
Pairs = list[tuple[Delivery, Letter]]
CLAIM = 50  # rows taken at once
HANDFUL = 10  # rows that are `attempting` at once: at most these are unknown when a worker is killed
SLICE = 5.0  # seconds after which other work of the queue has its turn
NAP = 7.0  # seconds a worker waits for a token itself; longer waits go back to the queue
WAITS = (60, 300, 900, 3600, 4 * 3600, 8 * 3600)  # seconds before the next attempt after "later"


@dataclass(slots=True)
class Round:
    """One slice of sending a campaign."""

    job: Job
    campaign: Campaign
    press: letters.Press = field(init=False)
    carrier: carriers.Carrier = field(init=False)
    done: int = field(init=False, default=0)
    first: bool = field(init=False, default=True)  # nothing of this slice is done yet
    slowed: set[str] = field(init=False, default_factory=set)

    def run(self) -> datetime | None:
        """Send for a slice; returns when to go on, None when nothing waits any more. Raises Stopped."""
        claiming.expire()
        self.campaign = fitness.check(self.campaign)
        self.done = self.campaign.deliveries.exclude(state__in=[State.PLANNED, State.CLAIMED]).count()
        try:
            self.press = letters.Press(self.campaign, carriers.signer())
        except (dkim.BadKey, ValueError) as error:
            raise Stopped(str(error)) from error
        self.carrier, ends = carriers.open_carrier(), time.monotonic() + SLICE
        try:
            while time.monotonic() < ends:
                wait = self._batch()
                if wait is None:
                    return claiming.next_due(self.campaign)
                if wait > NAP:
                    return timezone.now() + timedelta(seconds=wait)
                time.sleep(wait)
        finally:
            self.carrier.close()
        return timezone.now()

    def _batch(self) -> float | None:
        """Claim and send some rows; returns seconds to wait before the next batch, None if no row is due."""
        approved, self.campaign = self.campaign.approved_hash, fitness.check(self.campaign)
        if self.campaign.approved_hash != approved:  # approved anew meanwhile: other words
            self.press = letters.Press(self.campaign, self.press.signer)
            self.campaign = fitness.check(self.campaign)
        self.slowed = rates.slowed()
        grant = rates.take(rates.STREAM, CLAIM) if rates.STREAM in self.slowed else rates.Grant(CLAIM)
        if grant.count and self.campaign.per_minute:
            grant = rates.take(f"campaign:{self.campaign.pk}", grant.count, limit=self.campaign.per_minute / 60)
        if not grant.count:
            return grant.wait
        claim = claiming.claim(self.campaign, grant.count)
        if not claim.ids:
            return None
        try:
            for start in range(0, len(claim.ids), HANDFUL):
                go_on = self._handful(claim, claim.ids[start : start + HANDFUL])
                last = start + HANDFUL >= len(claim.ids)
                if (self.first or last) and not jobs.progress(self.job, self.done, kept=True):
                    raise Stopped
                self.first = False
                if not go_on:
                    break
        finally:
            claim.release()
        return 0.0

    def _handful(self, claim: Claim, ids: tuple[int, ...]) -> bool:
        """Send some claimed rows; False if the carrier must rest now."""
        ready = _within_domain_rates(claim, fitness.fit(claim, ids, self.press), self.slowed)
        left = claim.attempt(row.pk for row, _letter in ready)
        sent: list[int] = []
        half = settings.MAIL_LEASE_SECONDS / 2
        renew_at, go_on = time.monotonic() + half, True
        try:
            for row, letter in ready:
                if time.monotonic() > renew_at:
                    left, renew_at = claim.lengthen(left), time.monotonic() + half
                if row.pk not in left:
                    continue
                left.remove(row.pk)
                answer = self.carrier.send(letter)
                if answer.kind == "sent":
                    sent.append(row.pk)
                elif not self._record(claim, row, answer):
                    go_on = False
                    break
        finally:
            self._record_sent(claim, sent)
            claim.give_back(left)
        self.done += len(ids)
        return go_on

    def _record_sent(self, claim: Claim, ids: list[int]) -> None:
        if not ids:
            return
        late = (State.AMBIGUOUS, State.PLANNED)  # our lease ended before the answer came, and nobody tried again since
        claim.rows(ids, State.ATTEMPTING, *late).update(
            state=State.SENT, sent_at=timezone.now(), lease_until=None, error=""
        )
        if self.campaign.problem:
            Campaign.objects.filter(pk=self.campaign.pk, state=Campaign.State.SENDING).update(problem="")

    def _record(self, claim: Claim, row: Delivery, answer: Answer) -> bool:
        """Write down an answer other than "sent"; False if the carrier must rest. Raises Stopped if we are refused ourselves."""
        ours, tries = claim.rows([row.pk], State.ATTEMPTING, State.AMBIGUOUS), row.attempts + 1
        if answer.kind == "refused" and answer.ours:
            ours.update(state=State.PLANNED, lease_until=None, attempts=row.attempts, error=answer.words)
            raise Stopped(_("The mail server refuses the sender: %(why)s") % {"why": answer.words})
        if answer.kind == "refused":
            ours.update(state=State.FAILED, lease_until=None, error=answer.words)
            return True
        if answer.kind == "unknown":
            told = _("No answer came: %(why)s") % {"why": answer.words}
            ours.update(state=State.AMBIGUOUS, lease_until=None, error=told[:300])
        elif not answer.connected:  # nothing was said about this mail: it does not count as tried
            ours.update(state=State.PLANNED, lease_until=None, attempts=row.attempts, error=answer.words)
            told = _("The mail server cannot be reached and is tried again: %(why)s") % {"why": answer.words}
            Campaign.objects.filter(pk=row.campaign_id, state=Campaign.State.SENDING).update(problem=told[:300])
        elif tries > len(WAITS):
            ours.update(state=State.FAILED, lease_until=None, error=answer.words)
        else:
            due = timezone.now() + timedelta(seconds=WAITS[tries - 1])
            ours.update(state=State.PLANNED, lease_until=None, due_at=due, error=answer.words)
        if answer.slow_domain:
            rates.slow(f"domain:{row.domain}")
            self.slowed.add(f"domain:{row.domain}")
        if answer.slow_down or not answer.code:  # too fast, or no answer at all
            rates.slow(rates.STREAM)
            return False
        return True


def _within_domain_rates(claim: Claim, ready: Pairs, slowed: set[str]) -> Pairs:
    """Leave for later what a receiving domain does not want yet."""
    by_domain: dict[str, Pairs] = {}
    for pair in ready:
        by_domain.setdefault(pair[0].domain, []).append(pair)
    limit, kept = settings.MAIL_PER_DOMAIN / 60, Pairs()
    for domain, pairs in by_domain.items():
        key = f"domain:{domain}"
        grant = rates.take(key, len(pairs), limit=limit) if limit or key in slowed else rates.Grant(len(pairs))
        kept += pairs[: grant.count]
        if late := [row.pk for row, _letter in pairs[grant.count :]]:
            due = timezone.now() + timedelta(seconds=max(1.0, grant.wait))
            claim.rows(late).update(state=State.PLANNED, lease_until=None, due_at=due)
    return kept
