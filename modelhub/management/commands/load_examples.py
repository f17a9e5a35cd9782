"""`manage.py load_examples FILE`: load a file of labelled texts as examples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.models import Segment
from modelhub.services import loading_files


class Command(BaseCommand):
    """JSON lines with "text" and "labels" or "needs", or CSV with those columns; a second run makes no doubles."""

    help = "Load labelled texts (JSON lines or CSV) as examples that readers learn from."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and the segment its texts belong to."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--segment", default="", help="key of the segment the texts belong to")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load it and name every row that was skipped, with the reason."""
        segment = Segment.objects.filter(key=options["segment"]).first()
        if options["segment"] and segment is None:
            raise CommandError(f"there is no segment {options['segment']}")
        try:
            size = options["file"].stat().st_size
            if size > loading_files.LIMIT:
                raise CommandError(f"{options['file']} has {size / 1_048_576:.0f} MB; at most 20 MB can be loaded")
            parsed = loading_files.read(options["file"].read_bytes())
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}") from None
        except loading_files.Refused as error:
            raise CommandError(error.messages[0]) from None
        report = loading_files.load(parsed, by=None, segment=segment)
        assert report is not None  # noqa: S101 (nobody said to stop)
        for number, code, told in report.skipped:
            self.stderr.write(f"row {number} {loading_files.why(code, told)}")
        self.stdout.write(loading_files.summary(report))
