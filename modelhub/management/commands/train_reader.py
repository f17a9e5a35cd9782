"""`manage.py train_reader`: train the shipped reader, or a variant of it, from the shipped corpus."""

from __future__ import annotations

import shutil
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext_lazy as _

from modelhub.engine import reader_shipped
from modelhub.engine.failures import EngineError


class Command(BaseCommand):
    """Uses no database. What is there already and made of the same corpus stays, unless --again."""

    help = _("Train the shipped reader from the shipped corpus.")
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which variant, and whether to start afresh."""
        parser.add_argument("--variant", choices=sorted(reader_shipped.VARIANTS), default="default")
        parser.add_argument("--again", action="store_true", help=_("train even if it is there already"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Train and say where the reader is."""
        from modelhub.engine import corpus

        data = settings.FAIRLEAD_DATA
        target = reader_shipped.folder(options["variant"], data)
        if options["again"] and target.exists():
            shutil.rmtree(target)
        try:
            definitions = corpus.definitions(settings.BASE_DIR / "core" / "data" / "needs.json")
            found = reader_shipped.ensure(options["variant"], data, definitions, report=self.stderr.write)
        except EngineError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(str(found))
