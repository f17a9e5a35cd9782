"""What marketing keeps of two contacts that become one: the stricter word holds, and nobody gets a campaign twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from crm.models import Contact
from marketing.models import Consent, Delivery, Suppression
from marketing.services import consents
from marketing.services.fitness import OUT

State, Skipped, Reason = Delivery.State, Delivery.Skipped, Suppression.Reason
WAITING = (State.PLANNED, State.CLAIMED)
THEIR_WORD = (Reason.COMPLAINED, Reason.BY_HAND, Reason.ERASED)  # about the person, not about one mail box


def merge(kept: Contact, gone: Contact) -> dict[str, list[int]]:
    """Move consents and deliveries of `gone` to `kept`, in the caller's transaction; `kept` has its new fields already.

    Who said no under one of the two is not written to under either, even where the other agreed later: a merge must
    never make a yes out of a no. A hard bounce stays with the address it is about; other suppressions go with the person.
    Returns the numbers of what moved, by noun.
    """
    refused = any(_said_no(contact) for contact in (kept, gone))
    known = consents.all_reasons({contact.email for contact in (kept, gone) if contact.email.strip()})
    barred = {reason for reasons in known.values() for reason in reasons}
    moved = {
        "consents": list(Consent.objects.filter(contact=gone).order_by("pk").values_list("pk", flat=True)),
        "deliveries": list(Delivery.objects.filter(contact=gone).order_by("pk").values_list("pk", flat=True)),
    }
    Consent.objects.filter(contact=gone).update(contact=kept)
    for reason in sorted(barred & set(THEIR_WORD)):
        consents.suppress(kept.email, reason)
    if refused or Reason.UNSUBSCRIBED in barred:
        consents.withdraw(kept, source="merge")
    _merge_deliveries(kept, gone)
    return moved


def _said_no(contact: Contact) -> bool:
    latest = Consent.objects.filter(contact=contact).first()
    return latest is not None and not latest.given


def _merge_deliveries(kept: Contact, gone: Contact) -> None:
    """Give the kept one all rows, and let at most one row of each campaign still be sent.

    The rows are locked first: a worker that takes one of them at this moment waits, and then finds it skipped.
    """
    by_campaign: dict[tuple[int, int], list[Delivery]] = defaultdict(list)
    for row in Delivery.objects.select_for_update().filter(contact__in=[kept, gone]).order_by("pk"):
        by_campaign[row.campaign_id, row.step].append(row)
    for rows in by_campaign.values():
        _keep_one(sorted(rows, key=lambda row: row.contact_id != kept.pk))
    Delivery.objects.filter(contact=gone).update(contact=kept)


def _keep_one(rows: Sequence[Delivery]) -> None:
    """Skip what waits if another row of the same mail went out or was answered; of several that wait the first stays."""
    waiting = [row.pk for row in rows if row.state in WAITING]
    if any(row.reason == Skipped.REPLIED for row in rows):
        _skip(waiting, Skipped.REPLIED)
    elif any(row.state in OUT for row in rows):
        _skip(waiting, Skipped.DUPLICATE)
    else:
        _skip(waiting[1:], Skipped.DUPLICATE)


def _skip(ids: Sequence[int], reason: str) -> None:
    Delivery.objects.filter(pk__in=ids, state__in=WAITING).update(
        state=State.SKIPPED, reason=reason, lease_until=None, lease_token=""
    )
