"""Asked of each row at the moment of sending: may this mail still go, and what does it say?"""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from marketing.models import Campaign, Delivery
from marketing.services import approval, carriers, consents
from marketing.services.carriers import Letter
from marketing.services.claiming import Claim
from marketing.services.letters import Press

State, Skipped = Delivery.State, Delivery.Skipped
OUT = (State.ATTEMPTING, State.SENT, State.AMBIGUOUS)  # they have it, or nobody can say that they have not


class Stopped(Exception):
    """The campaign may not be sent further now; the text says why, empty if a person stopped it."""


def check(campaign: Campaign) -> Campaign:
    """Return the campaign as it is now; raises Stopped if it is not being sent or is not what was approved."""
    fresh = Campaign.objects.select_related("audience").get(pk=campaign.pk)
    if fresh.state != Campaign.State.SENDING:
        raise Stopped
    if not approval.holds(fresh):
        raise Stopped(
            _(
                "The content is not what was approved any more, so the sending stopped. Look at the copy, then have it approved again."
            )
        )
    if carriers.leaves() and not settings.POSTAL_ADDRESS.strip():  # asked for before an approval, but it may be gone
        raise Stopped(_("Our postal address is not set, so the sending stopped. Set POSTAL_ADDRESS, then go on."))
    return fresh


def fit(claim: Claim, ids: tuple[int, ...], press: Press) -> list[tuple[Delivery, Letter]]:
    """Return those of these claimed rows that may be written to now, with their letters; the others are settled here."""
    rows = list(claim.rows(ids).select_related("contact__company").order_by("due_at", "pk"))
    refusals = consents.refusals([row.contact for row in rows if row.contact])
    good, served = [], _served(claim, rows)
    for row in rows:
        twice = (row.contact_id, row.step) in served
        reason = _refusal(row, refusals, press) or (Skipped.DUPLICATE if twice else _moved(claim, row))
        if reason:
            _skip(claim, row, reason)
        elif (letter := _letter(claim, row, press)) is not None:
            good.append((row, letter))
    return good


def has_it(campaign: int, contact: int | None, *, step: int, beside: int) -> bool:
    """Whether a contact has this mail, or may have it, by another row than `beside`: contacts that became one have two."""
    rows = Delivery.objects.filter(campaign=campaign, contact=contact, contact__isnull=False, step=step, state__in=OUT)
    return rows.exclude(pk=beside).exists()


def _served(claim: Claim, rows: list[Delivery]) -> set[tuple[int | None, int]]:
    """`has_it` for all these rows in one query: (contact, step); the rows themselves are claimed, so none is its own twin."""
    people = [row.contact_id for row in rows if row.contact_id]
    out = Delivery.objects.filter(campaign=claim.campaign, contact__in=people, state__in=OUT)
    return set(out.values_list("contact_id", "step"))


def _refusal(row: Delivery, refusals: dict[int, str], press: Press) -> str:
    if row.contact is None:
        return Skipped.GONE
    return refusals[row.contact.pk] or (Skipped.NO_COPY if row.copy_id not in press.copies else "")


def _moved(claim: Claim, row: Delivery) -> str:
    """Follow a contact to the address they have now; returns why that cannot be, or ""."""
    address = row.contact.email.strip().lower() if row.contact else ""
    if address == row.address:
        return ""
    twins = Delivery.objects.filter(campaign=claim.campaign, step=row.step, address=address).exclude(pk=row.pk)
    if twins.exclude(state=State.SKIPPED).exists():
        return Skipped.DUPLICATE
    row.address, row.domain = address, address.rpartition("@")[2][:120]
    claim.rows([row.pk]).update(address=row.address, domain=row.domain)
    return ""


def _letter(claim: Claim, row: Delivery, press: Press) -> Letter | None:
    assert row.contact is not None  # noqa: S101 - rows without a contact were skipped
    try:
        return press.letter(row, row.contact)
    except ValidationError:
        _skip(claim, row, Skipped.MISSING)
    except ValueError as error:  # an address or a header that cannot be written
        claim.rows([row.pk]).update(state=State.FAILED, lease_until=None, error=str(error)[:300])
    return None


def _skip(claim: Claim, row: Delivery, reason: str) -> None:
    claim.rows([row.pk]).update(state=State.SKIPPED, reason=reason, lease_until=None)
