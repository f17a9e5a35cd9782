"""`manage.py evaluate_model DIR FILE.jsonl --json`: figures of a stored classifier on labelled rows."""

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
    """Evaluates a stored classifier. Uses no database."""

    help = _("Accuracy, F1, calibration and out-of-scope recall of a stored classifier on a labelled file.")
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The stable arguments of the command line contract."""
        parser.add_argument("model", type=Path)
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true", help=_("print the figures as JSON"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Predict, compare, print."""
        from modelhub.engine import classifiers, datasets, scoring

        try:
            rows = datasets.read(options["file"])
            model = classifiers.load(options["model"], settings.FAIRLEAD_DATA / "packs")
            figures = scoring.evaluate(model, rows)
        except EngineError as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps(figures, ensure_ascii=False))
            return
        for name, value in figures.items():
            if name != "per_label":
                self.stdout.write(f"{name}: {value:.4f}" if isinstance(value, float) else f"{name}: {value}")
