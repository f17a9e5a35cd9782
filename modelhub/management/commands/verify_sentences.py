"""`manage.py verify_sentences FILE.jsonl --out OUT.jsonl`: does each sentence follow from the claims beside it?"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext_lazy as _

from modelhub.engine.failures import EngineError


class Command(BaseCommand):
    """Judges as the shipped verifier does: with rules and the encoder, or the rules alone where its pack is missing."""

    help = _("Judge the sentences of a file against the claims that stand beside them.")
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The stable arguments of the command line contract."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--out", type=Path, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write one row {id, verdict, reasons, claims} for each row read, in order."""
        from modelhub.engine.verifier.learned import best
        from modelhub.engine.verifier.rows import read_rows
        from modelhub.services import versions

        try:
            rows = read_rows(options["file"])
        except EngineError as error:
            raise CommandError(str(error)) from None
        verdicts = best(versions.packs_root()).verify([(row.sentence, row.claims) for row in rows])
        lines = [
            json.dumps(
                {"id": row.id, "verdict": one.verdict, "reasons": list(one.reasons), "claims": list(one.claims)},
                ensure_ascii=False,
            )
            for row, one in zip(rows, verdicts, strict=True)
        ]
        try:
            options["out"].write_text("".join(line + "\n" for line in lines), "utf-8")
        except OSError as error:
            raise CommandError(f"{options['out']} could not be written: {error.strerror}") from None
        self.stderr.write(_("{count} rows written to {file}").format(count=len(rows), file=options["out"]))
