"""Put messages on leads: stored once, never changed, then queued to be read."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import User
from core.services import audit, edits, jobs
from crm.models import Contact, Lead, Message
from crm.services import files

LIMIT = 1_048_576  # bytes of UTF-8: one megabyte
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufffd]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_INVISIBLE = re.compile("[\\s\x00\u200b-\u200f\u2060\ufeff]+")


def clean(text: str) -> str:
    """Return the text as it is stored: line ends as \\n, no NULs, no halves of surrogate pairs; nothing else changes.

    Raises ValidationError for what is empty, over a megabyte, or no text at all.
    """
    if not _INVISIBLE.sub("", text):
        raise ValidationError(_("The message is empty. Nothing was stored; write or paste some text."))
    text = _SURROGATES.sub("\ufffd", text)
    if len(_UNREADABLE.findall(text)) > len(text) / 10:
        raise ValidationError(
            _("This is not text but binary data. Nothing was stored; attach it as a picture or PDF instead.")
        )
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    size = len(text.encode())
    if size > LIMIT:
        raise ValidationError(
            _(
                "The message has %(size).1f MB; at most 1 MB can be read. Nothing was stored; send the part that matters."
            )
            % {"size": size / LIMIT}
        )
    return text


def find(external_id: str, by: User | None) -> Message | None:
    """Return the message stored under this external id (or Message-ID) that `by` may see (None: the system sees all).

    One that they may not see is as if it were not there, so that nobody learns of it by trying ids.
    """
    if not external_id:
        return None
    rows = Message.objects.all() if by is None else Message.objects.for_user(by)
    return rows.filter(external_id=external_id).first()


def add(
    lead: Lead,
    *,
    text: str,
    channel: str,
    by: User | None = None,
    subject: str = "",
    contact: Contact | None = None,
    external_id: str = "",
    sent_at: datetime | None = None,
    outgoing: bool = False,
) -> tuple[Message, bool]:
    """Store a text on a lead and queue its reading; with a known external id the stored one is returned and False.

    Raises ValidationError for a text that cannot be stored (see `clean`) or an unknown channel.
    """
    external_id = _id(external_id)
    known = find(external_id, by)
    if known is not None:
        return known, False
    if channel not in Message.Channel.values:
        raise ValidationError({"channel": _("“%(channel)s” is no channel.") % {"channel": channel}})
    message = Message(
        lead=lead,
        text=clean(text),
        channel=channel,
        subject=_SURROGATES.sub("\ufffd", subject).replace("\x00", "")[:300],
        contact=contact,
        external_id=external_id,
        id_scope=_scope(by),
        sent_at=sent_at or timezone.now(),
        outgoing=outgoing,
        state=Message.State.NONE if outgoing else Message.State.WAITING,
    )
    return _store(message, by=by)


def add_file(
    lead: Lead,
    *,
    upload: UploadedFile[Any],
    by: User | None,
    contact: Contact | None = None,
    external_id: str = "",
    sent_at: datetime | None = None,
) -> Message:
    """Keep a picture or PDF and queue the extraction of its text, which is then read like any other message.

    Raises ValidationError for other kinds of files and for files over the limit (see `files.check`).
    """
    external_id = _id(external_id)
    known = find(external_id, by)
    if known is not None:
        return known
    ending = files.check(upload)
    message = Message(
        lead=lead,
        channel=Message.Channel.FILE,
        contact=contact,
        external_id=external_id,
        id_scope=_scope(by),
        sent_at=sent_at or timezone.now(),
        file_name=files.display_name(upload.name or ""),
        state=Message.State.EXTRACTING,
    )
    message.file.save(files.random_name(ending), upload, save=False)
    try:
        stored, created = _store(message, by=by)
    except BaseException:
        message.file.delete(save=False)
        raise
    if not created:
        message.file.delete(save=False)
    return stored


def read_again(message: Message, *, by: User | None) -> None:
    """Queue a message once more: after a failure, or so that another version reads it."""
    if message.outgoing or not (message.text or message.file):
        raise ValidationError(_("There is nothing to read here."))
    state = Message.State.WAITING if message.text else Message.State.EXTRACTING
    with transaction.atomic():
        edits.change(message, by=by, verb="read again", state=state, problem="")
        _enqueue(message, by=by)


def _store(message: Message, *, by: User | None) -> tuple[Message, bool]:
    try:
        _insert(message, by=by)
    except IntegrityError:
        known = find(message.external_id, by)
        if known is None and message.id_scope > 0 and by:  # a colleague's, which they may not see
            message.id_scope = -by.pk
            return _store(message, by=by)
        if known is None:
            raise
        return known, False
    return message, True


@transaction.atomic
def _insert(message: Message, *, by: User | None) -> None:
    message.save(force_insert=True)
    audit.record("add", message, by=by, after={"lead": message.lead_id, "channel": message.channel})
    Lead.objects.filter(pk=message.lead_id).update(updated_at=timezone.now())
    if not message.outgoing:
        _enqueue(message, by=by)


def _scope(by: User | None) -> int:
    """Under whom an external id is unique: the team of who brings the message, else themselves; 0 is the system."""
    return (by.team_id or -by.pk) if by else 0


def _enqueue(message: Message, *, by: User | None) -> None:
    kind = "crm.read" if message.text else "crm.extract"
    jobs.enqueue(kind, {"message": message.pk}, dedupe_key=f"message:{message.pk}", by=by)


def _id(external_id: str) -> str:
    external_id = external_id.strip()
    if len(external_id) > 250 or "\x00" in external_id:
        raise ValidationError({"external_id": _("An external id has at most 250 characters.")})
    return external_id
