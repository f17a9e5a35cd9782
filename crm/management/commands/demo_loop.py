"""Walk messages through the loop on the command line: what was read, what we can claim, and the pitch."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import translation

from core.services import jobs
from crm.models import Lead, Message, Pitch
from crm.samples import house, offer
from crm.services import intake, message_rows, pitches, walk


class Command(BaseCommand):
    """`demo_loop FILE.jsonl`"""

    help = (
        "Walk the messages of FILE.jsonl ({id, text} a line) through the loop, read → requirements → claims → pitch, and "
        "print each step. Works in a database in memory with the sample claims, so nothing of yours is touched."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FILE."""
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Walk."""
        rows = list(_rows(file))
        self.stderr.write("Making a database in memory with the sample claims")
        _use_memory()
        call_command("migrate", verbosity=0)
        call_command("ensure_models", no_evaluation=True)
        people, segments = house.people(), house.segments()
        house.pipelines()
        offer.build(people, segments)
        self.stderr.write(f"Reading {len(rows)} messages")
        taken = [message for number, row in rows if (message := self._take(file, number, row))]
        jobs.work("ml")
        self.stderr.write("Drafting")
        drafted = [self._draft(message) for message in taken]
        jobs.work("ml")
        for number, (message, pitch) in enumerate(zip(taken, drafted, strict=True), 1):
            message.refresh_from_db()
            with translation.override("zh-hans" if message.language.startswith("zh") else "en"):
                self.stdout.write(walk.told(message, pitch, f"{number}/{len(taken)}"))

    def _take(self, file: Path, number: int, row: intake.IntakeData) -> Message | None:
        try:
            return intake.take(replace(row, make=True, external_id=f"demo:{number}"), by=None).message
        except ValidationError as error:  # empty, binary, too long: told, and the others are walked
            self.stderr.write(f"{file}: line {number}: {' '.join(error.messages)}")
            return None

    def _draft(self, message: Message) -> Pitch | None:
        lead = Lead.objects.get(pk=message.lead_id)
        if walk.only_not_a_lead(lead):
            return None
        try:
            return pitches.start(lead, by=None, language=pitches.language_for(lead))
        except ValidationError:  # nothing was found to answer
            return None


def _rows(file: Path) -> Iterator[tuple[int, intake.IntakeData]]:
    if not file.is_file():
        raise CommandError(f"{file}: there is no such file")
    with file.open("rb") as lines:  # bytes: a line ends at \n alone, not at U+2028 or U+0085 inside a text
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                yield number, message_rows.parse(json.loads(line.decode("utf-8-sig")), by=None)
            except (ValueError, ValidationError, RecursionError) as error:
                raise CommandError(f"{file}: line {number}: {error}") from error


def _use_memory() -> None:
    """Point Django at an empty SQLite database in memory, whatever is configured."""
    connections.close_all()
    memory = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    connections.settings["default"] = connections.configure_settings({"default": memory})["default"]
    del connections["default"]
