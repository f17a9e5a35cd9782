"""What in a mail tells which mail of ours it is about: addresses it was sent to, ids it refers to, recipients a report names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from marketing.engine.bounces import report_rows
from marketing.engine.inbound import Mail, addresses, fields, groups, inner_mail

_SENT_TO = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "x-rcpt-to", "to", "cc")
_IDS = re.compile(r"<([^<>\s]{3,250})>")
_BARE_ID = re.compile(r"\bc\.\d{1,18}\.\d{1,18}@[\w.-]{1,200}")
_TEXT_COPY = re.compile(r"(?:below this line is a copy of the message|this is a copy of the message[^\n]*|original message headers?:?|原信(?:件)?头(?:部)?[:：]?)[-\s.]*\n", re.IGNORECASE)  # fmt: skip
_FAILED_ADDRESS = re.compile(r"^\s*<?([^\s<>:;,]+@[^\s<>:;,]+?)>?[:.,]?\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Clues:
    """In the order they are trusted. From whom a mail came is not among them."""

    sent_to: tuple[str, ...]  # addresses the mail itself went to
    returned: tuple[
        str, ...
    ]  # addresses in the mail that a report gives back: its envelope sender, its List-Unsubscribe
    references: tuple[str, ...]  # message ids without <>, the most telling first
    recipients: tuple[str, ...]  # whom a report says it is about


def clues(mail: Mail, *, report: bool) -> Clues:
    """Gather everything by which a mail may be matched; what it gives back counts only if it is a `report`.

    (In a reply, an attached mail or an address in a signature says nothing.)
    """
    if not report:
        ids = [*mail.headers("in-reply-to"), *mail.headers("references")]
        return Clues(_sent_to(mail), (), tuple(dict.fromkeys(_ids(ids)))[:50], ())
    given_back = _given_back(mail)
    reports = [
        row for part in mail.parts if part.get_content_type() == "message/feedback-report" for row in groups(part)
    ]
    rows = [*report_rows(mail), *reports]
    about = [row[name] for row in rows for name in ("original-mail-from", "x-original-mail-from") if name in row]
    about += [
        line
        for head in given_back
        for name in ("return-path", "sender", "list-unsubscribe")
        for line in head.get(name, [])
    ]
    ids = [*mail.headers("in-reply-to"), *mail.headers("references")]
    ids += [line for head in given_back for line in head.get("message-id", [])]
    ids += [row["x-original-message-id"] for row in rows if "x-original-message-id" in row]
    return Clues(
        _sent_to(mail),
        tuple(addresses([_without_links(line) for line in about])),
        tuple(dict.fromkeys(_ids(ids)))[:50],
        tuple(_recipients(mail, rows, given_back)),
    )


def _sent_to(mail: Mail) -> tuple[str, ...]:
    return tuple(addresses([line for name in _SENT_TO for line in mail.headers(name)]))


def _given_back(mail: Mail) -> list[dict[str, list[str]]]:
    """Headers of the mail that a report gives back: as a part, or (qmail, QQ) as plain text below a line."""
    kinds = (
        "message/rfc822",
        "message/global",
        "text/rfc822-headers",
        "message/rfc822-headers",
        "message/global-headers",
    )
    found = [inner_mail(part) for part in mail.parts if part.get_content_type() in kinds]
    if found:
        return found
    for text in mail.texts():
        if cut := _TEXT_COPY.search(text):
            copy = fields(text[cut.end() : cut.end() + 20_000].lstrip().split("\n\n")[0])
            return [{name: [value] for name, value in copy.items()}]
    return []


def _ids(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        found = _IDS.findall(line) or _BARE_ID.findall(line)
        yield from reversed(found)  # the last of References is what was answered


def _recipients(mail: Mail, rows: list[dict[str, str]], given_back: list[dict[str, list[str]]]) -> list[str]:
    named = [row[name].rpartition(";")[2] for name in ("original-recipient", "final-recipient", "original-rcpt-to") for row in rows if name in row]  # fmt: skip
    named += mail.headers("x-failed-recipients")
    if not named:
        named += [address for text in mail.texts() for address in _FAILED_ADDRESS.findall(text[:5000])]
    return addresses([*named, *(line for head in given_back for line in head.get("to", []))])


def _without_links(line: str) -> str:
    """List-Unsubscribe holds links and addresses; only the addresses are wanted."""
    return re.sub(r"<\s*https?:[^>]*>,?", " ", line).replace("mailto:", "").replace("?", " ")
