"""What carries mails: our own SMTP connection where a mail server is set up, else whatever Django is told to use."""

from __future__ import annotations

import contextlib
import email
import email.message
import email.policy
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core.mail import DNS_NAME, EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from marketing.engine import dkim, mime, smtp
from marketing.engine.smtp import Answer
from marketing.services import signatures

SMTP = "django.core.mail.backends.smtp.EmailBackend"
TIMEOUT = 30.0  # seconds a server may take for one reply


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready to go: envelope and bytes."""

    sender: str
    recipient: str
    data: bytes


class Carrier(Protocol):
    """Hands letters over one by one."""

    def send(self, letter: Letter) -> Answer:
        """Hand one over; never raises for what a server or network does."""

    def close(self) -> None:
        """End the connection; never raises."""


class SmtpCarrier:
    """Our own connection to the server of EMAIL_HOST, reused for all letters."""

    def __init__(self) -> None:
        self._connection = smtp.Connection(
            host=settings.EMAIL_HOST,
            port=settings.EMAIL_PORT,
            user=settings.EMAIL_HOST_USER,
            password=settings.EMAIL_HOST_PASSWORD,
            tls="tls" if settings.EMAIL_USE_SSL else "starttls" if settings.EMAIL_USE_TLS else "",
            timeout=settings.EMAIL_TIMEOUT or TIMEOUT,
            local_name=DNS_NAME.get_fqdn(),
        )

    def send(self, letter: Letter) -> Answer:
        """Hand one over."""
        return self._connection.send(letter.sender, letter.recipient, letter.data)

    def close(self) -> None:
        """Say goodbye."""
        self._connection.close()


class DjangoCarrier:
    """Django's back end of EMAIL_BACKEND: files on the embedded default."""

    def __init__(self) -> None:
        self._connection: BaseEmailBackend | None = None

    def send(self, letter: Letter) -> Answer:
        """Hand one over; what a back end raises while it holds the letter leaves it unknown."""
        try:
            if self._connection is None:
                connection = get_connection()
                connection.open()
                self._connection = connection
        except Exception as error:
            return Answer("later", 0, mime.line(str(error) or type(error).__name__)[:250], connected=False)
        try:
            self._connection.send_messages([_Ready(letter)])
        except Exception as error:
            self.close()
            return Answer("unknown", 0, mime.line(str(error) or type(error).__name__)[:250])
        return Answer("sent")

    def close(self) -> None:
        """Close the back end."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.close()


class _Ready(EmailMessage):
    """A letter whose bytes are final, as Django's back ends want it."""

    def __init__(self, letter: Letter) -> None:
        super().__init__(from_email=letter.sender, to=[letter.recipient])
        self.data = letter.data

    def message(self) -> email.message.Message:  # type: ignore[override]
        """The bytes, parsed; they come out as they went in."""
        return email.message_from_bytes(self.data, policy=email.policy.compat32)


def open_carrier() -> Carrier:
    """Return what carries mails here."""
    return SmtpCarrier() if settings.EMAIL_BACKEND == SMTP else DjangoCarrier()


def leaves() -> bool:
    """Return whether mails leave for their recipients, and not only into files or to the catcher."""
    if settings.EMAIL_BACKEND.rsplit(".", 2)[-2] in ("filebased", "locmem", "console", "dummy"):
        return False
    return settings.EMAIL_BACKEND != SMTP or f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}" != settings.MAIL_CATCHER


def signer() -> dkim.Signer | None:
    """Return what signs mails, or None if no key is configured; raises dkim.BadKey if it cannot be read."""
    if not settings.DKIM_KEY:
        return None
    try:
        pem = Path(settings.DKIM_KEY).read_bytes()
    except OSError as error:
        raise dkim.BadKey(f"The DKIM key cannot be read: {error.strerror or error}") from error
    return dkim.signer(pem, settings.DKIM_SELECTOR, settings.DKIM_DOMAIN or signatures.domain())
