"""Take in bounces, replies and unsubscribes from the mail folder."""

from __future__ import annotations

import imaplib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from marketing.services import inbox


class Command(BaseCommand):
    """`fetch_mail [--maildir FOLDER]`"""

    help = (
        "Take in every mail that waits in INBOUND_MAILDIR or INBOUND_IMAP_URL: bounces, complaints, replies and "
        "unsubscribes are matched with the mails of campaigns. Each mail counts once; it may be killed and run again. "
        "A running worker does the same each INBOUND_SECONDS."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Another folder than that of the settings."""
        parser.add_argument("--maildir", type=Path, metavar="FOLDER", help="take the mails of this Maildir instead")

    def handle(self, *args: Any, maildir: Path | None, **options: Any) -> None:
        """Fetch."""
        if maildir is None and not (settings.INBOUND_MAILDIR or settings.INBOUND_IMAP_URL):
            raise CommandError("no mail folder is configured: set INBOUND_MAILDIR or INBOUND_IMAP_URL")
        try:
            result = inbox.fetch(maildir=maildir)
        except (OSError, imaplib.IMAP4.error, ImproperlyConfigured) as error:
            raise CommandError(f"the mail folder could not be read: {error}") from None
        self.stdout.write(inbox.words(result))
