"""`manage.py train_model FILE.jsonl --out DIR --labels single|multi`: train a classifier from labelled texts."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext_lazy as _

from modelhub.engine.failures import EngineError


class Command(BaseCommand):
    """Trains on one file, choosing recipe and base by cross-validation on that file alone. Uses no database."""

    help = _("Train a text classifier on rows {text, labels} and store it as a folder.")
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The stable arguments of the command line contract."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--out", type=Path, required=True)
        parser.add_argument("--labels", choices=["single", "multi"], required=True)
        parser.add_argument("--recipe", choices=["auto", "linear", "finetune"], default="auto")
        parser.add_argument("--base", default="", help=_("a base model by name or folder; chosen for you if left out"))
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--json", action="store_true", help=_("print a summary as JSON on stdout"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, train, store; progress goes to stderr."""
        from modelhub.engine import datasets, training

        started = time.monotonic()
        try:
            rows = datasets.read(options["file"])
            model = training.train(
                rows,
                labels=options["labels"],
                packs_root=settings.FAIRLEAD_DATA / "packs",
                recipe=options["recipe"],
                base=options["base"],
                seed=options["seed"],
                say=lambda line: self.stderr.write(line, ending="\n"),
            )
            artifact = model.save(options["out"])
        except EngineError as error:
            raise CommandError(str(error)) from None
        summary = {
            "out": str(options["out"]),
            "version": artifact.digest,
            "labels": list(model.labels),
            "rows": model.meta["rows"],
            "skipped": model.meta["skipped"],
            "recipe": model.features.recipe.name,
            "fine_tuned": model.tuned_base or None,
            "cross_validation": model.meta["cross_validation"],
            "seconds": round(time.monotonic() - started, 1),
        }
        self.stdout.write(json.dumps(summary, ensure_ascii=False) if options["json"] else model.meta["card"])
