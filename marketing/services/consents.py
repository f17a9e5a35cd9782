"""Whether we may write to somebody, asked again at the moment of sending."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.models import Contact
from marketing.models import Consent, Delivery, Suppression
from marketing.services import signatures

Skipped, Reason = Delivery.Skipped, Suppression.Reason
OWN_WORD = ("form",)  # sources that are the person's own word; only these lift an earlier unsubscribe


def give(contact: Contact, *, wording: str, policy: str, source: str, ip: str | None = None) -> Consent:
    """Keep that a contact agreed, with the exact wording they saw.

    An earlier unsubscribe of the address ends only if they agreed themselves; a bounce or complaint does not end by it.
    """
    with transaction.atomic():
        row = Consent.objects.create(
            contact=contact, given=True, wording=wording, policy=policy, source=source[:60], ip=ip
        )
        if source in OWN_WORD and contact.email:
            _lift_unsubscribe(contact.email)
    return row


def _lift_unsubscribe(address: str) -> None:
    """Take that one reason away; an address with others stays suppressed for them."""
    for row in Suppression.objects.select_for_update().filter(digest__in=signatures.digests(address)):
        known = [[row.reason, row.at.isoformat()], *row.also]
        left = [[reason, at] for reason, at in known if reason != Reason.UNSUBSCRIBED]
        if not left:
            row.delete()
        elif len(left) < len(known):
            row.reason, row.at, row.also = left[0][0], datetime.fromisoformat(left[0][1]), left[1:]
            row.save(update_fields=["reason", "at", "also"])


def withdraw(contact: Contact, *, source: str, ip: str | None = None, wording: str = "") -> Consent | None:
    """Keep that a contact wants no more mails, in their words if known, and suppress their address; None if that was known already."""
    with transaction.atomic():
        if contact.email:
            suppress(contact.email, Reason.UNSUBSCRIBED)
        latest = Consent.objects.filter(contact=contact).first()
        if latest is not None and not latest.given:
            return None
        return Consent.objects.create(
            contact=contact, given=False, wording=wording or _("No more mails."), source=source[:60], ip=ip
        )


def suppress(address: str, reason: str) -> None:
    """Never write to an address again. The first reason stands, others are added. Kept as a keyed hash, to outlive an erasure."""
    if address.strip():
        suppress_digest(signatures.digests(address)[0], reason)


def suppress_digest(digest: str, reason: str) -> None:
    """Suppress the address a hash stands for; a reason that is known already changes nothing."""
    with transaction.atomic():
        Suppression.objects.get_or_create(digest=digest, defaults={"reason": reason})
        row = Suppression.objects.select_for_update().get(digest=digest)
        if reason not in row.reasons:
            row.also = [*row.also, [reason, timezone.now().isoformat()]]
            row.save(update_fields=["also"])


def suppressed(addresses: Iterable[str]) -> set[str]:
    """Return those of these addresses that are suppressed, as they were given."""
    return set(reasons(addresses))


def reasons(addresses: Iterable[str]) -> dict[str, str]:
    """Return why each suppressed address of these is so: the first reason."""
    return {address: why[0] for address, why in all_reasons(addresses).items()}


def all_reasons(addresses: Iterable[str]) -> dict[str, list[str]]:
    """Return every reason why each suppressed address of these is so, in the order they came."""
    by_digest = {digest: address for address in addresses for digest in signatures.digests(address)}
    found: dict[str, list[str]] = {}
    for row in Suppression.objects.filter(digest__in=by_digest).order_by("pk"):
        known = found.setdefault(by_digest[row.digest], [])
        known += [reason for reason in row.reasons if reason not in known]
    return found


def may_write(contact: Contact) -> str:
    """Return why a contact may not be written to (a Delivery.Skipped), or ""."""
    return refusals([contact])[contact.pk]


def refusals(contacts: Sequence[Contact]) -> dict[int, str]:
    """Return `may_write` for many contacts, by number, in two queries."""
    said: dict[int, bool] = {}
    rows = Consent.objects.filter(contact_id__in=[contact.pk for contact in contacts])
    for pk, given in rows.order_by("contact_id", "-at", "-id").values_list("contact_id", "given"):
        said.setdefault(pk, given)
    barred = reasons(contact.email for contact in contacts if contact.email)
    return {contact.pk: _refusal(contact, said.get(contact.pk), barred) for contact in contacts}


def _refusal(contact: Contact, said: bool | None, barred: dict[str, str]) -> str:
    if not contact.email.strip():
        return Skipped.NO_ADDRESS
    if barred.get(contact.email) == Reason.UNSUBSCRIBED or said is False:
        return Skipped.UNSUBSCRIBED
    if contact.email in barred:
        return Skipped.SUPPRESSED
    return "" if said else Skipped.NO_CONSENT
