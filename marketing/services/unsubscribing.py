"""One click and no more mails: without a login, and as often as anybody likes."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction

from crm.models import Contact, MergedContact
from marketing.models import Delivery, Response, Suppression
from marketing.services import consents, responses, signatures

KIND = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Request:
    """What a valid token says; `delivery` is None if the campaign was deleted since."""

    delivery: Delivery | None
    person: int
    digest: str

    @property
    def language(self) -> str:
        """The language the mail was written in, or "" if that is not known any more."""
        copy = self.delivery.copy if self.delivery else None
        return copy.language if copy else ""


def link(delivery: Delivery) -> str:
    """Return the address of a delivery's unsubscribe page. It carries the address's keyed hash, and so outlives all rows."""
    digest = signatures.digests(delivery.address)[0]
    return f"{settings.SITE_URL.rstrip('/')}/u/{signatures.token(KIND, delivery.pk, delivery.person, digest)}/"


def read(token: str) -> Request:
    """Return what a token stands for; raises BadToken."""
    parts = signatures.read(KIND, token)
    if len(parts) != 3 or not (parts[0].isdecimal() and parts[1].isdecimal()):
        raise signatures.BadToken(KIND)
    delivery = Delivery.objects.select_related("contact", "copy").filter(pk=int(parts[0]), person=int(parts[1])).first()
    return Request(delivery, int(parts[1]), parts[2])


def act(request: Request, *, ip: str | None = None) -> None:
    """Suppress the address, withdraw the consent and record it; a second time nothing more happens.

    The address comes first and by itself, so that no failure of the rest takes it back. The rest is tried once more if
    the contact becomes part of another at this moment.
    """
    consents.suppress_digest(request.digest, Suppression.Reason.UNSUBSCRIBED)
    try:
        _record(request, ip)
    except (OperationalError, IntegrityError):
        _record(request, ip)


def _record(request: Request, ip: str | None) -> None:
    with transaction.atomic():
        if request.delivery is not None:
            responses.record(request.delivery, Response.Kind.UNSUBSCRIBE, ip=ip)
            return
        contact = _whose(request)
        if contact is not None:
            consents.withdraw(contact, source="unsubscribe", ip=ip)


def _whose(request: Request) -> Contact | None:
    """The contact whose address the token stands for, or the one it became part of; nobody if they have another by now."""
    contact = Contact.objects.filter(pk=request.person).first()
    if contact is not None:
        return contact if request.digest in signatures.digests(contact.email) else None
    merged = MergedContact.objects.filter(number=request.person).select_related("contact").first()
    return merged.contact if merged and request.digest in signatures.digests(merged.email) else None
