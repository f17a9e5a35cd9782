"""Load files of labelled texts as examples: stored, read by a worker, reported row by row; twice gives no doubles."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import Job, Need, Segment, User
from core.services import audit, jobs
from modelhub.engine import labelled_files, language
from modelhub.engine.datasets import group_key
from modelhub.engine.labelled_files import Parsed, Row, Unreadable
from modelhub.models import Example

LIMIT = 20 * 1024 * 1024  # bytes
AT_ONCE = 100  # rows a transaction
LONGEST_TOLD = 40  # characters of a row's unknown labels; what is longer may be a customer's words
MOST_TOLD = 500  # skipped rows that the report names
FOLDER = "labelled"


class Refused(ValidationError):
    """The file was not loaded, and nothing of it; the text says why."""


@dataclass(slots=True)
class Report:
    """What became of the rows: counts, and (row number, code, what it refers to) of the skipped ones."""

    new: int = 0
    changed: int = 0
    skipped: list[tuple[int, str, str]] = field(default_factory=list)

    def kept(self, parsed: Parsed) -> dict[str, Any]:
        """As it is kept with the job; it names rows and never their words."""
        return {
            "new": self.new, "changed": self.changed, "skipped": len(self.skipped), "rows": self.skipped[:MOST_TOLD],
            "encoding": parsed.encoding, "delimiter": parsed.delimiter,
        }  # fmt: skip


def store(upload: File[bytes], *, name: str, segment: Segment | None, by: User) -> Job:
    """Keep an uploaded file under a name nobody guesses and queue its loading. Raises Refused if it is empty or too big."""
    if not upload.size:
        raise Refused(_("The file is empty. Nothing was stored."))
    if upload.size > LIMIT:
        raise Refused(
            _("The file has %(size).0f MB; at most 20 MB can be loaded. Nothing was stored; split it.")
            % {"size": upload.size / 1_048_576}
        )
    path = default_storage.save(f"{FOLDER}/{secrets.token_hex(16)}", upload)
    try:
        payload = {"file": path, "name": name[-120:], "segment": segment.pk if segment else None}
        return jobs.enqueue("hub.load-examples", payload, by=by)
    except BaseException:
        default_storage.delete(path)
        raise


def work(rows: Sequence[Job]) -> None:
    """Load the file of each job and delete it. Raises Unworkable, with the reason, if it is refused as a whole."""
    for job in rows:
        segment = Segment.objects.filter(pk=job.payload["segment"]).first() if job.payload["segment"] else None
        try:
            with default_storage.open(job.payload["file"]) as file:
                data = file.read()
        except FileNotFoundError:
            raise jobs.Unworkable(_("The file is no longer here; load it again.")) from None
        try:
            with jobs.held(rows):
                parsed = read(data)
                report = load(parsed, by=job.by, segment=segment, tell=partial(jobs.progress, job))
        except Refused as error:
            raise jobs.Unworkable(error.messages[0]) from None
        if report is None:
            continue  # cancelled; what was loaded so far stays, and `failed` deleted the file
        with jobs.finishing(job, note=summary(report), result=report.kept(parsed)):
            audit.record("load", job, by=job.by, after={"new": report.new, "changed": report.changed})
        default_storage.delete(job.payload["file"])


def failed(job: Job) -> None:
    """Delete the file of a job that gave up or was cancelled: it holds people's words."""
    default_storage.delete(job.payload["file"])


def read(data: bytes) -> Parsed:
    """The rows of a file. Raises Refused if it cannot be read."""
    try:
        return labelled_files.parse(data)
    except Unreadable as error:
        raise Refused(_whole(error)) from None


def load(
    parsed: Parsed, *, by: User | None, segment: Segment | None, tell: Callable[[int, int], bool] = lambda _n, _of: True
) -> Report | None:
    """Write the rows as examples, some at a time; None if `tell(done, total)` said to stop. Nothing is written twice.

    A text that a person labelled here stays as they labelled it; one that was loaded before takes the labels of this file.
    A row with a label that no need here has is skipped and named, as any other that cannot be used.
    """
    report = Report(skipped=[(number, code, "") for number, code in parsed.problems])
    keys = _keys()
    there = {group_key(text): (source, origin) for source, text, origin in _texts()}
    seen: dict[str, int] = {}
    for start in range(0, len(parsed.rows), AT_ONCE):
        with transaction.atomic():
            for row in parsed.rows[start : start + AT_ONCE]:
                unknown = [label for label in row.labels if label.casefold() not in keys]
                if unknown:
                    report.skipped.append(
                        (row.number, "unknown", "" if row.text.strip().casefold() in keys else _named(unknown))
                    )
                else:
                    _one(_renamed(row, keys), report, seen, there, by, segment)
        if not tell(min(start + AT_ONCE, len(parsed.rows)), len(parsed.rows)):
            return None
    report.skipped.sort()
    return report


def summary(report: Report) -> str:
    """The report in one line."""
    text = _("%(new)d new, %(changed)d relabelled, %(skipped)d skipped.")
    return text % {"new": report.new, "changed": report.changed, "skipped": len(report.skipped)}


def why(code: str, told: str) -> str:
    """Why a row was skipped, in words."""
    texts = {
        "json": _("is no JSON object"), "no-text": _("has no text"), "long": _("is longer than 100,000 characters"),
        "no-labels": _("has no list of labels"), "quote": _("has a quote that lies outside its text"),
        "cells": _("has more cells than the head has columns"), "twice": _("has the text of row %(row)s"),
        "unknown": _("has labels that no need here has: %(row)s") if told else _("has labels that no need here has"), "there": _("is here already, with these labels"), "person": _("was labelled by a person here; that stays"),
    }  # fmt: skip
    return texts.get(code, code) % {"row": told} if told else texts.get(code, code)


def _one(
    row: Row, report: Report, seen: dict[str, int], there: dict[str, tuple[str, str]], by: User | None,
    segment: Segment | None,
) -> None:  # fmt: skip
    key = group_key(row.text)
    if not key:
        report.skipped.append((row.number, "no-text", ""))
        return
    first = seen.setdefault(key, row.number)
    if first != row.number:
        report.skipped.append((row.number, "twice", str(first)))
        return
    source, origin = there.get(key, ("", ""))
    if source and origin != Example.Origin.LOADED:
        report.skipped.append((row.number, "person", ""))
        return
    values = {
        "text": row.text, "labels": dict(row.labels), "spans": {n: row.spans.get(n, []) for n, h in row.labels.items() if h},
        "language": row.language or language.detect(row.text).code[:12], "group": row.group,
        "author": str(by or "")[:120], "origin": Example.Origin.LOADED,
    }  # fmt: skip
    source = source or f"loaded:{hashlib.sha256(row.text.encode()).hexdigest()[:40]}"
    example, made = Example.objects.get_or_create(source=source, defaults={**values, "segment": segment})
    report.new += made
    if made:
        return
    if (example.labels, example.spans, example.group) == (values["labels"], values["spans"], row.group):
        report.skipped.append((row.number, "there", ""))
        return
    Example.objects.filter(pk=example.pk).update(**values, updated_at=timezone.now())
    report.changed += 1


def _named(labels: Sequence[str]) -> str:
    """Labels as the report names them; empty where they may be a text, cut at its commas, as where columns are swapped."""
    told = ", ".join(labels)
    return told if len(told) <= LONGEST_TOLD and len(told.splitlines()) == 1 else ""


def _texts() -> Iterable[tuple[str, str, str]]:
    return Example.objects.values_list("source", "text", "origin").iterator(chunk_size=500)


def _keys() -> dict[str, str]:
    """Every way to write a need, without regard to case: its key and its two names."""
    found: dict[str, str] = {}
    for need in Need.objects.all():
        for name in (need.name_en, need.name_zh, need.key):
            found[name.casefold()] = need.key
    return found


def _renamed(row: Row, keys: dict[str, str]) -> Row:
    labels = {keys[label.casefold()]: holds for label, holds in row.labels.items()}
    spans = {keys[label.casefold()]: pairs for label, pairs in row.spans.items()}
    return Row(row.number, row.text, labels, spans, row.id, row.language, row.group)


def _whole(error: Unreadable) -> str:
    texts = {
        "empty": _("The file holds nothing. Nothing was loaded."),
        "binary": _("This is no text file. Save it as CSV or JSON lines, in UTF-8, and load it again."),
        "columns": _(
            "A table needs the columns “text” and “labels” in its first row, or each line is a JSON object. "
            "Found: %(told)s. Nothing was loaded."
        ),
    }
    return texts[error.code] % {"told": error.told}
