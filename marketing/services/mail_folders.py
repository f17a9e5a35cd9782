"""Where mails come back to: a Maildir or an IMAP folder. A mail is marked as seen when the next one is asked for."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

LARGEST = 30_000_000  # bytes of a mail that are read
TIMEOUT = 30  # seconds without an answer


class Folder(Protocol):
    """Somewhere mails wait."""

    def mails(self) -> Iterator[bytes]:
        """Yield each waiting mail. Asking for the next one says that this one is safe, and marks it as seen."""


def configured() -> list[Folder]:
    """Return the folders of the settings; raises ImproperlyConfigured for an address that is none."""
    folders: list[Folder] = []
    if settings.INBOUND_MAILDIR:
        folders.append(Maildir(Path(settings.INBOUND_MAILDIR)))
    if settings.INBOUND_IMAP_URL:
        folders.append(Imap(settings.INBOUND_IMAP_URL))
    return folders


@dataclass(frozen=True, slots=True)
class Maildir:
    """A folder as qmail, Postfix and Dovecot write it: what is in `new` goes to `cur` with the flag S."""

    path: Path

    def mails(self) -> Iterator[bytes]:
        """Yield the mails of `new`, and those of `cur` that nobody saw, oldest first."""
        for file in self._waiting():
            try:
                with file.open("rb") as mail:
                    raw = mail.read(LARGEST)
            except FileNotFoundError:  # another worker was faster
                continue
            yield raw
            self._seen(file)

    def _waiting(self) -> list[Path]:
        if not self.path.is_dir():
            raise FileNotFoundError(f"{self.path}: there is no such mail folder")
        new = _files(self.path / "new")
        unseen = [file for file in _files(self.path / "cur") if "S" not in file.name.partition(":2,")[2]]
        return sorted([*new, *unseen], key=lambda file: file.name)

    def _seen(self, file: Path) -> None:
        base, _mark, flags = file.name.partition(":2,")
        to = self.path / "cur" / f"{base}:2,{''.join(sorted({*flags, 'S'}))}"
        to.parent.mkdir(exist_ok=True)
        try:
            file.rename(to)
        except FileNotFoundError:
            return


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.iterdir() if file.is_file() and file.name[0] != "."] if folder.is_dir() else []


class Imap:
    """`imaps://user:password@host[:port]/FOLDER`, or `imap://` (with STARTTLS where the server has it)."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("imap", "imaps") or not parts.hostname or not parts.username:
            raise ImproperlyConfigured("INBOUND_IMAP_URL: imaps://user:password@host/FOLDER is wanted")
        self.secure, self.host, self.port = parts.scheme == "imaps", parts.hostname, parts.port
        self.user, self.password = unquote(parts.username), unquote(parts.password or "")
        self.folder = unquote(parts.path.strip("/")) or "INBOX"

    def mails(self) -> Iterator[bytes]:
        """Yield the unseen mails by UID, oldest first; PEEK leaves them unseen until they are safe."""
        box = self._connect()
        try:
            box.login(self.user, self.password)
            _must(box.select(_quoted(self.folder)), f"open {self.folder}")
            found = _must(box.uid("SEARCH", "UNSEEN"), "search")
            for uid in re.findall(rb"\d+", found[0] or b""):
                raw = self._body(box, uid.decode())
                if raw is not None:
                    yield raw
                _must(box.uid("STORE", uid.decode(), "+FLAGS.SILENT", r"(\Seen)"), "mark as seen")
        finally:
            _close(box)

    def _connect(self) -> imaplib.IMAP4:
        context = ssl.create_default_context()
        if self.secure:
            return imaplib.IMAP4_SSL(self.host, self.port or 993, ssl_context=context, timeout=TIMEOUT)
        box = imaplib.IMAP4(self.host, self.port or 143, timeout=TIMEOUT)
        if "STARTTLS" in box.capabilities:
            box.starttls(ssl_context=context)
        return box

    def _body(self, box: imaplib.IMAP4, uid: str) -> bytes | None:
        """The first bytes of a mail; None if it is gone by now."""
        answer = _must(box.uid("FETCH", uid, f"(BODY.PEEK[]<0.{LARGEST}>)"), "fetch")
        return next((bytes(part[1]) for part in answer if isinstance(part, tuple) and len(part) > 1), None)


def _must(answer: tuple[str, list[Any]], what: str) -> list[Any]:
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(f"{what}: {data!r}")
    return data


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _close(box: imaplib.IMAP4) -> None:
    try:
        box.logout()
    except (OSError, imaplib.IMAP4.error):
        return
