"""Which mail of ours a mail that came in is about: by token, else by the ids it refers to, else by whom a report names.

From whom a mail came never decides: anybody may write any name there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import unquote

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.services.matching import domain_of_email
from marketing.engine.bounces import Finding
from marketing.engine.inbound import Mail, addresses
from marketing.engine.matching import Clues, clues
from marketing.models import Delivery
from marketing.services import clicks, signatures, unsubscribing

REPORTS = ("bounce", "delayed", "complaint")
RECENT = timedelta(days=14)  # a report that only names an address is about a mail of these days
_SIGNED = re.compile(r"/([ru])/([0-9a-z-]{20,200})")
State = Delivery.State


@dataclass(frozen=True, slots=True)
class Match:
    """`by`: token, header, fields or "". `unsubscribe`: it came to the address that ends our mails. `note`: why there is none."""

    delivery: Delivery | None = None
    by: str = ""
    unsubscribe: bool = False
    note: str = ""


def match(mail: Mail, finding: Finding) -> Match:
    """Match a mail; a token that is not ours ends the search, so that a forged one gains nothing."""
    hints = clues(mail, report=finding.kind in REPORTS)
    by_token = _by_token(hints)
    if by_token is not None:
        return by_token
    return _by_header(mail, hints, finding) or _by_fields(hints, finding) or Match()


def _by_token(hints: Clues) -> Match | None:
    forged = ""
    for address in (*hints.sent_to, *hints.returned):
        for kind, local in signatures.LOCAL.items():
            if not address.startswith(f"{local}+"):
                continue
            try:
                delivery = _rows().filter(pk=signatures.delivery_of(kind, address)).first()
            except signatures.BadToken:
                forged = address
                continue
            if delivery is None:
                return Match(note=_("It is about a campaign that was deleted."))
            return Match(delivery, "token", kind == "unsubscribe-mail" and address in hints.sent_to)
    if forged:
        return Match(note=_("Its token is not ours: %(address)s") % {"address": forged})
    return None


def _by_header(mail: Mail, hints: Clues, finding: Finding) -> Match | None:
    """By Message-ID. These can be guessed, so something else must fit: the recipient a report names, or who answers."""
    ids = [f"<{one}>" for one in hints.references]
    found = {row.message_id: row for row in _rows().filter(message_id__in=ids)}
    for one in ids:
        if (delivery := found.get(one)) is None:
            continue
        if finding.kind in REPORTS:
            fits = delivery.address in hints.recipients
        else:
            fits = _same_people(mail, delivery) or _quotes_our_links(mail, delivery)
        if fits:
            return Match(delivery, "header")
        return Match(note=_("It names a mail of ours, but is from somebody else and quotes nothing of it."))
    return None


def _by_fields(hints: Clues, finding: Finding) -> Match | None:
    if finding.kind not in REPORTS or not hints.recipients:
        return None
    handed_over = _rows().filter(state__in=[State.SENT, State.AMBIGUOUS], sent_at__gte=timezone.now() - RECENT)
    delivery = handed_over.filter(address__in=hints.recipients).order_by("-sent_at", "-pk").first()
    return Match(delivery, "fields") if delivery else None


def _same_people(mail: Mail, delivery: Delivery) -> bool:
    """From the address we wrote to, or from its company."""
    senders = addresses(mail.headers("from"))
    company = domain_of_email(delivery.address)
    return any(one == delivery.address or (company and domain_of_email(one) == company) for one in senders)


def _quotes_our_links(mail: Mail, delivery: Delivery) -> bool:
    """People answer from other addresses; the signed links of the mail they quote prove that they have it."""
    for _kind, text in mail.sources():
        for kind, token in _SIGNED.findall(unquote(text))[:50]:  # some gateways put links into links of their own
            try:
                found = clicks.read(token)[0] if kind == "r" else unsubscribing.read(token).delivery
            except signatures.BadToken:
                continue
            if found is not None and found.pk == delivery.pk:
                return True
    return False


def _rows() -> QuerySet[Delivery]:
    return Delivery.objects.select_related("campaign", "contact__company")
