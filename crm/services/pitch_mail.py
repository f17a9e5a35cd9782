"""The mail of a pitch: text and simple HTML, the same words and Message-ID at every attempt."""

from __future__ import annotations

import re
import secrets
from email.utils import format_datetime, formataddr, parseaddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from crm.models import Contact, Pitch, PitchDelivery
from crm.services import wording

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def address_of(contact: Contact | None) -> str:
    """Return the address a pitch goes to; raises ValidationError, saying what to do, if there is none or it is malformed."""
    if contact is None:
        raise ValidationError(
            _("Nobody is chosen to receive this mail. Choose a contact, then send. Nothing was sent.")
        )
    address = contact.email.strip()
    if not address:
        raise ValidationError(
            _("%(name)s has no e-mail address. Add it on the contact, then send. Nothing was sent.")
            % {"name": contact.name}
        )
    try:
        validate_email(address)
    except ValidationError:
        raise ValidationError(
            _("“%(address)s” is no e-mail address. Mend it on the contact, then send. Nothing was sent.")
            % {"address": address}
        ) from None
    return address


def new_message_id(pitch: Pitch) -> str:
    """Return a Message-ID for a pitch, under the domain we send from."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<p.{pitch.pk}.{secrets.token_hex(8)}@{domain}>"


def header(text: str) -> str:
    """Return the text as it may stand in a header: one line, no control characters."""
    return " ".join(_CONTROL.sub(" ", text).split())


def fill(delivery: PitchDelivery, pitch: Pitch) -> None:
    """Copy the mail of a pitch into its ledger row, where no later change of contact or words reaches it."""
    delivery.recipient = address_of(pitch.contact)
    delivery.recipient_name = header(pitch.contact.name if pitch.contact else "")[:120]
    sender = delivery.by or pitch.author
    delivery.sender_name = header(sender.name if sender else "")[:120]
    delivery.reply_to = sender.email if sender else ""
    delivery.subject = header(pitch.subject)[:200]
    delivery.body = wording.body(pitch, pitch.sentences.order_by("position", "id"))


def build(delivery: PitchDelivery) -> EmailMultiAlternatives:
    """Return the mail of a ledger row."""
    house = parseaddr(settings.DEFAULT_FROM_EMAIL)
    mail = EmailMultiAlternatives(
        subject=header(delivery.subject),
        body=delivery.body,
        from_email=formataddr((delivery.sender_name or house[0], house[1])),
        to=[formataddr((header(delivery.recipient_name), delivery.recipient))],
        reply_to=[formataddr((delivery.sender_name, delivery.reply_to))] if delivery.reply_to else None,
        headers={"Message-ID": delivery.message_id, "Date": format_datetime(delivery.created_at)},
    )
    mail.attach_alternative(html(delivery.body), "text/html")
    return mail


def html(text: str) -> str:
    """Return plain text as simple HTML: a paragraph for each block, nothing else."""
    blocks = format_html_join("\n", "<p>{}</p>", ((block,) for block in text.split("\n\n") if block.strip()))
    return format_html("<!doctype html>\n<html><body>\n{}\n</body></html>\n", blocks)
