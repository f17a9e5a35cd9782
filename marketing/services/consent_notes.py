"""What a person notes down about a contact's consent, and what marketing knows of a contact."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.models import User
from core.services import audit
from crm.models import Contact
from marketing.models import Consent, Delivery, Suppression
from marketing.services import consents

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Standing:
    """`refused` says why a contact may not be written to ("" if they may), `barred` why their address is suppressed."""

    refused: str
    barred: str
    consents: list[Consent]
    mails: list[Delivery]


def standing(contact: Contact) -> Standing:
    """Return what is known of a contact. Whoever may read the contact may read this, so nothing is scoped further here."""
    mails = Delivery.objects.filter(contact=contact).select_related("campaign").prefetch_related("responses")
    refused = consents.may_write(contact)
    reasons = consents.all_reasons([contact.email]).get(contact.email, []) if contact.email else []
    return Standing(
        str(Delivery.Skipped(refused).label) if refused else "",
        _(", ").join(str(Suppression.Reason(reason).label) for reason in reasons),
        list(contact.consents.all()[:SHOWN]), list(mails.order_by("-pk")[:SHOWN]),
    )  # fmt: skip


def note(contact: Contact, *, by: User, given: bool, wording: str, policy: str = "") -> Consent | None:
    """Keep what a contact said, as `by` wrote it down; None if they had withdrawn before. Raises ValidationError without wording.

    A person's note does not lift an unsubscribe: only the contact's own word does (`consents.give`).
    """
    wording = wording.strip()
    if not wording:
        raise ValidationError({"wording": _("Write down what they agreed to or asked for, word for word.")})
    with transaction.atomic():
        if given:
            row: Consent | None = consents.give(contact, wording=wording, policy=policy.strip(), source="person")
        else:
            row = consents.withdraw(contact, source="person", wording=wording)
        audit.record("consent", contact, by=by, after={"given": given, "wording": wording, "policy": policy.strip()})
    return row
