"""`manage.py load_samples`: the invented AI vendor; `--remove` takes it away."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm.samples import loading


class Command(BaseCommand):
    """Load or remove the sample data. With SQLite nothing else can write until all of it is loaded: run it while nobody works."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--remove`."""
        parser.add_argument("--remove", action="store_true", help="delete the sample data instead")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        if not options["remove"]:
            loading.load(self.stdout.write)
            return
        try:
            self.stdout.write(f"Removed {loading.remove()} leads and all that belonged to them.")
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
