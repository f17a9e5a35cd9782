"""`manage.py tune_encoder OUT`: fine-tune E5 on the shipped corpus, as the encoder that ships was made."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext_lazy as _

from modelhub.engine.failures import EngineError


class Command(BaseCommand):
    """Uses no database. A tuning that was stopped goes on where it was."""

    help = _("Fine-tune the encoder of the shipped reader on the shipped corpus.")
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the layers go, and the writers that are not shown to it."""
        parser.add_argument("out", type=Path)
        parser.add_argument("--without", nargs="*", default=[], help=_("writers (files of the corpus) to leave out"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Tune and say where the layers are."""
        from modelhub.engine import corpus, packs, reader_encoder
        from modelhub.engine.clause_tuning import Keeper

        out: Path = options["out"]
        try:
            definitions = corpus.definitions(settings.BASE_DIR / "core" / "data" / "needs.json")
            messages = [m for m in corpus.load_all(corpus.TRAIN) if m.writer not in options["without"]]
            base = packs.location("multilingual-e5-small", settings.FAIRLEAD_DATA / "packs")
            keeper = Keeper(out.with_suffix(".checkpoint"), every=120)
            reader_encoder.make(messages, definitions, base, out, report=self.stderr.write, keeper=keeper)
        except EngineError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(str(out))
