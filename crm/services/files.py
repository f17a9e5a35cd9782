"""Pictures and PDFs that customers send: checked by their first bytes, kept under random names outside the web root."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import structlog
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.models import Job
from core.services import jobs
from crm.models import Message
from crm.services import extraction

log = structlog.get_logger(__name__)
LIMIT = 20 * 1024 * 1024  # bytes
TEXT_LIMIT = 1_048_576  # bytes of UTF-8, as for every message
# The first bytes decide, never the name a sender gave.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"II*\x00", "tif"),
    (b"MM\x00*", "tif"),
)


def sniff(head: bytes) -> str:
    """Return the ending that belongs to a file beginning with these bytes (at least 16), or "" for a kind we do not read."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return next((ending for start, ending in _SIGNATURES if head.startswith(start)), "")


def check(upload: UploadedFile[Any]) -> str:
    """Return the ending of a readable upload; raises ValidationError for empty, too large and unreadable ones."""
    size = upload.size or 0
    if not size:
        raise ValidationError(_("The file is empty. Nothing was stored."))
    if size > LIMIT:
        raise ValidationError(
            _("The file has %(size).0f MB; at most 20 MB can be kept. Nothing was stored.") % {"size": size / 1_048_576}
        )
    upload.seek(0)
    ending = sniff(upload.read(16))
    upload.seek(0)
    if not ending:
        raise ValidationError(
            _("Only pictures (PNG, JPEG, WebP, TIFF, GIF, BMP) and PDF files can be read. Nothing was stored.")
        )
    return ending


def random_name(ending: str) -> str:
    """Return a name nobody can guess."""
    return f"{secrets.token_hex(16)}.{ending}"


def display_name(name: str) -> str:
    """Return the sender's file name, shortened and without folders or control characters; for show only."""
    base = PurePath(name.replace("\\", "/")).name
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "", base)[-200:] or "file"


def work(rows: Sequence[Job]) -> None:
    """Take the text out of each job's file; what has text is queued to be read, what has none says so."""
    for job in rows:
        message = Message.objects.filter(pk=job.payload["message"], state=Message.State.EXTRACTING).first()
        if message is None:
            with jobs.finishing(job, note="nothing to do"):
                pass
            continue
        with jobs.held(rows):
            text, problem = _extract(message)
        with jobs.finishing(job, result={"characters": len(text)}):
            _keep(message, text, problem)


def failed(job: Job) -> None:
    """Say on the message that its file could not be worked."""
    Message.objects.filter(pk=job.payload["message"], state=Message.State.EXTRACTING).update(
        state=Message.State.FAILED,
        problem=gettext_noop("The text could not be taken out. The file is kept; you can try again."),
    )


def _extract(message: Message) -> tuple[str, str]:
    try:
        found = extraction.text_of(message.file.path)
    except extraction.Unreadable as error:
        return "", str(error)
    except FileNotFoundError:
        return "", gettext_noop("The file is no longer in the data folder.")
    text = found.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    text = text.encode("utf-8", "replace")[:TEXT_LIMIT].decode("utf-8", "ignore").strip()
    return text, "" if text else gettext_noop("There is no text in this file. It is kept; you can still open it.")


def _keep(message: Message, text: str, problem: str) -> None:
    message.problem = problem[:300]
    if not text:
        message.state = Message.State.FAILED
        message.save(update_fields=["state", "problem", "updated_at"])
        return
    message.text, message.state = text, Message.State.WAITING
    message.save(update_fields=["text", "state", "problem", "updated_at"])
    jobs.enqueue("crm.read", {"message": message.pk}, dedupe_key=f"message:{message.pk}")
