"""`manage.py read_messages FILE.jsonl --out OUT.jsonl`: the shipped reader on rows {id, text}, one row out for each."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext_lazy as _

from modelhub.engine import corpus, datasets, packs, reader_shipped
from modelhub.engine.failures import EngineError
from modelhub.engine.types import Reading

STEP = 64


class Command(BaseCommand):
    """Uses no database: needs come from the shipped taxonomy, the reader is trained on first use."""

    help = _("Read the messages of a file: language, clarity, needs with quotes, and the next questions.")
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The stable arguments of the command line contract."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--out", type=Path, required=True)
        parser.add_argument("--variant", choices=sorted(reader_shipped.VARIANTS), default="default")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write {id, language, clarity, needs, questions} per row, in order."""
        from modelhub.engine.reader import Reader

        data = settings.FAIRLEAD_DATA
        try:
            rows = datasets.read(options["file"])
            definitions = corpus.definitions(settings.BASE_DIR / "core" / "data" / "needs.json")
            names = reader_shipped.VARIANTS[options["variant"]][0]
            if names:
                packs.pull(names, data / "packs", report=self.stderr.write)
            folder = reader_shipped.ensure(options["variant"], data, definitions, report=self.stderr.write)
            reader = Reader.load(folder, data / "packs", definitions)
            lines = []
            for start in range(0, len(rows), STEP):
                chunk = rows[start : start + STEP]
                readings = reader.read([row.text for row in chunk])
                lines += [
                    json.dumps(as_row(row.id, one), ensure_ascii=False)
                    for row, one in zip(chunk, readings, strict=True)
                ]
                self.stderr.write(_("{done} of {all} read").format(done=len(lines), all=len(rows)))
        except EngineError as error:
            raise CommandError(str(error)) from None
        try:
            options["out"].write_text("".join(line + "\n" for line in lines), "utf-8")
        except OSError as error:
            raise CommandError(f"{options['out']} could not be written: {error.strerror}") from None


def as_row(identity: str | int, reading: Reading) -> dict[str, Any]:
    """A Reading as the row of the command line contract."""
    clear = reading.clarity
    return {
        "id": identity,
        "language": reading.language,
        "language_probability": reading.language_probability,
        "sure": reading.sure,
        "clarity": {
            "score": clear.score,
            "known": {part: {"start": s.start, "end": s.end, "text": s.text} for part, s in clear.known.items()},
            "missing": list(clear.missing),
        },
        "needs": [
            {
                "need": need.need,
                "probability": need.probability,
                "spans": [{"start": s.start, "end": s.end, "text": s.text} for s in need.spans],
                "reasons": [{"text": r.text, "weight": r.weight} for r in need.reasons],
            }
            for need in reading.needs
        ],
        "questions": [{"part": q.part, "text": q.text, "gain": q.gain} for q in reading.questions],
    }
