"""Load messages from a JSONL file or an mbox: each stored once, bad lines named, the rest loaded."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError

from core.models import User
from crm.services import intake, mailbox, message_rows


class Command(BaseCommand):
    """`load_messages FILE.jsonl|FILE.mbox`"""

    help = (
        "Load messages from FILE (.jsonl: one object a line with text, and optionally channel, subject, external_id, "
        "sent_at, outgoing, lead, company {name, domain, …}, contact {name, email, …}; .mbox: a mail box). "
        "What is there already is not loaded twice. Bad lines are named on stderr and the exit status is 1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FILE, and whose messages they are."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--by", metavar="EMAIL", help="load as this person: the new leads are theirs")

    def handle(self, *args: Any, file: Path, by: str | None, **options: Any) -> None:
        """Load the file."""
        if not file.is_file():
            raise CommandError(f"{file}: there is no such file")
        person = self._person(by)
        word = "mail" if file.suffix.lower() == ".mbox" else "line"
        new = known = bad = 0
        for number, data in _rows(file, person):
            try:
                if isinstance(data, Exception):
                    raise data
                result = intake.take(replace(data, make=True), by=person)
            except Exception as error:  # one bad line must not stop the rest
                bad += 1
                self.stderr.write(f"{file}: {word} {number}: {_plain(error)}")
                continue
            new, known = new + result.created, known + (not result.created)
        self.stdout.write(f"{new} messages loaded, {known} were there already, {bad} could not be read")
        if new and person is None:
            self.stdout.write("New leads have no owner yet; load with --by EMAIL to give them to a person.")
        if bad:
            sys.exit(1)

    def _person(self, email: str | None) -> User | None:
        if email is None:
            return None
        person = User.objects.filter(email__iexact=email, is_active=True).first()
        if person is None:
            raise CommandError(f"{email}: nobody signs in with this address")
        return person


def _rows(file: Path, by: User | None) -> Iterator[tuple[int, intake.IntakeData | Exception]]:
    if file.suffix.lower() == ".mbox":
        yield from mailbox.read(file)
        return
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                yield (
                    number,
                    message_rows.parse(json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8")), by=by),
                )
            except (ValueError, ValidationError, RecursionError) as error:
                yield number, error


def _plain(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON ({error.msg} at column {error.colno})"
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    if isinstance(error, PermissionDenied | ValueError):
        return str(error)
    return f"{type(error).__name__}: {error}"
