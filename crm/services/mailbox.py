"""Mails as intake takes them: headers decoded, the plain part or cleaned HTML, pictures and PDFs that were attached."""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile

from core.models import User
from crm.models import Message
from crm.services import files, matching
from crm.services.intake import CompanyHint, ContactHint, IntakeData


def read(path: Path) -> Iterator[tuple[int, IntakeData | Exception]]:
    """Yield each mail of an mbox file with its number, or what kept it from being understood."""
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.iterkeys(), start=1):
            try:
                yield number, parse(box.get_bytes(key))
            except Exception as error:  # mail is written by anything; one bad one must not stop the rest
                yield number, error
    finally:
        box.close()


def parse(raw: bytes) -> IntakeData:
    """Return a mail as intake data; raises ValueError if it has no sender, or nothing to read."""
    mail = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(mail, EmailMessage)  # noqa: S101 (policy.default makes no other)
    sender = _addresses(mail, "from")
    if not sender:
        raise ValueError("no sender")
    outgoing = User.objects.filter(email__iexact=sender[0][1]).exists()
    person = _addresses(mail, "to")[:1] if outgoing else sender
    text, html = _body(mail)
    attached = tuple(_files(mail))
    subject = _header(mail, "subject")
    if not (text.strip() or html.strip() or attached or subject):
        raise ValueError("nothing to read")
    name, email = person[0] if person else ("", "")
    return IntakeData(
        text=text, html="" if text.strip() else html, channel=Message.Channel.MAIL, subject=subject[:300],
        external_id=_header(mail, "message-id").strip()[:250], sent_at=_date(mail), outgoing=outgoing,
        company=CompanyHint(domain=matching.domain_of_email(email)), contact=ContactHint(name=name[:120], email=email),
        source="mail", files=attached,
    )  # fmt: skip


def _header(mail: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(mail.get(name, "")).split())
    except (ValueError, TypeError, IndexError, AttributeError):  # the parser of a broken header may raise these
        return " ".join(str(dict(mail.raw_items()).get(name, "")).split())


def _addresses(mail: EmailMessage, name: str) -> list[tuple[str, str]]:
    return [(who.strip(), email.strip().lower()) for who, email in getaddresses([_header(mail, name)]) if "@" in email]


def _date(mail: EmailMessage) -> datetime | None:
    try:
        at = parsedate_to_datetime(_header(mail, "date"))
    except (ValueError, TypeError, IndexError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _body(mail: EmailMessage) -> tuple[str, str]:
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    return _content(plain), _content(html)


def _content(part: object) -> str:
    if not isinstance(part, EmailMessage):
        return ""
    try:
        return str(part.get_content())
    except (LookupError, ValueError, KeyError):  # a charset nobody knows
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _files(mail: EmailMessage) -> Iterator[UploadedFile[Any]]:
    """Attached pictures and PDFs; pictures that only decorate the HTML (inline) are left."""
    for part in mail.iter_attachments():
        inline = part.get_content_disposition() == "inline" and part.get_content_maintype() == "image"
        payload = part.get_payload(decode=True)
        if inline or not isinstance(payload, bytes) or not 0 < len(payload) <= files.LIMIT:
            continue
        if files.sniff(payload[:16]):
            yield SimpleUploadedFile(part.get_filename() or "file", payload)
