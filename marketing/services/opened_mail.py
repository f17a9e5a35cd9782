"""The mail of a delivery, taken apart to be read: headers decoded, both parts, where each link leads, and the bytes."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from marketing.models import Delivery
from marketing.services import clicks, letters, links, signatures


@dataclass(frozen=True, slots=True)
class Opened:
    """`headers` are (name, value) in their order; `leads` are (address in the mail, where it leads)."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    leads: tuple[tuple[str, str], ...]
    raw: str


def read(delivery: Delivery) -> Opened:
    """Make the mail with the copy and contact of today, and open it; writes nothing. Raises ValidationError if it cannot be made."""
    assert delivery.contact is not None  # noqa: S101 - only of contacts that a person may read
    try:
        press = letters.Press(delivery.campaign, stores=False)
        data = press.letter(delivery, delivery.contact, at=delivery.sent_at).data
    except ValueError as error:
        raise ValidationError(str(error)) from error
    mail = email.message_from_bytes(data, policy=email.policy.default)
    parts = {kind: mail.get_body((kind,)) for kind in ("plain", "html")}
    text, html = (str(part.get_content()) if part is not None else "" for part in parts.values())
    headers = tuple((name, str(value)) for name, value in mail.items())
    leads = tuple((url, _where(url)) for url in links.find([text]))
    return Opened(headers, text.strip(), html.strip(), leads, data.decode("utf-8", "replace"))


def _where(url: str) -> str:
    """Where an address of a mail leads, in words if it is a page of ours."""
    if not url.startswith(settings.SITE_URL.rstrip("/")):
        return url
    token = urlsplit(url).path.rstrip("/").rpartition("/")[2]
    try:
        delivery, link = clicks.read(token)
    except signatures.BadToken:
        return _("our page to unsubscribe") if "/u/" in url else url
    return clicks.target(link, delivery.campaign)
