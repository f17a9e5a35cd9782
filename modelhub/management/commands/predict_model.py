"""`manage.py predict_model DIR FILE.jsonl --out OUT.jsonl`: labels, probabilities and in-scope score for each row."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext_lazy as _

from modelhub.engine.failures import EngineError


class Command(BaseCommand):
    """Predicts with a stored classifier. Uses no database."""

    help = _("Label the texts of a file with a stored classifier.")
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The stable arguments of the command line contract."""
        parser.add_argument("model", type=Path)
        parser.add_argument("file", type=Path)
        parser.add_argument("--out", type=Path, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write one row {id, labels, scores, in_scope} for each row read, in order."""
        from modelhub.engine import classifiers, datasets

        try:
            rows = datasets.read(options["file"])
            model = classifiers.load(options["model"], settings.FAIRLEAD_DATA / "packs")
            found = model.predict([row.text for row in rows])
        except EngineError as error:
            raise CommandError(str(error)) from None
        lines = [
            json.dumps(
                {"id": row.id, "labels": list(one.labels), "scores": one.scores, "in_scope": one.in_scope},
                ensure_ascii=False,
            )
            for row, one in zip(rows, found, strict=True)
        ]
        try:
            options["out"].write_text("".join(line + "\n" for line in lines), "utf-8")
        except OSError as error:
            raise CommandError(f"{options['out']} could not be written: {error.strerror}") from None
        self.stderr.write(_("{count} rows written to {file}").format(count=len(rows), file=options["out"]))
