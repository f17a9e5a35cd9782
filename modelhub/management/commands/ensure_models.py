"""Register the versions that ship, train the shipped reader where it is not trained yet, and measure it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from modelhub.engine.failures import EngineError
from modelhub.services import shipped


class Command(BaseCommand):
    """Safe to run again: what is there stays as it is."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Which readers, and whether to measure."""
        parser.add_argument(
            "--all-readers", action="store_true", help="train and measure the MiniLM and n-gram readers too"
        )
        parser.add_argument("--no-evaluation", action="store_true", help="do not measure")
        parser.add_argument("--rows-only", action="store_true", help="only register; readers are trained on first use")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, saying what is done."""
        keys = (shipped.READER,)
        if options["all_readers"]:
            keys = (shipped.READER, shipped.READER_MINILM, shipped.READER_WORDS)
        try:
            if options["rows_only"]:
                shipped.ensure()
            else:
                shipped.prepare(report=self.stderr.write, evaluate=not options["no_evaluation"], keys=keys)
        except EngineError as error:
            raise CommandError(str(error)) from None
