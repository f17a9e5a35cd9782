"""Mails from anywhere, opened so that nothing in them can break a reader: bad charsets, broken headers, endless nesting."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser, Parser
from email.utils import getaddresses
from html import unescape

LARGEST = 1_000_000  # bytes that are looked at; what a report says stands at its beginning
_MOST_PARTS, _DEEPEST, _MOST_TEXT = 200, 20, 200_000
_FIELD = re.compile(r"^([!-9;-~]{1,80})[ \t]*:[ \t]*(.*)$")
_ADDRESS = re.compile(r"[^\s<>\"',;:()\[\]]+@[^\s<>\"',;:()\[\]]+")
_ALONE = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])")
_HIDDEN = re.compile(r"<(style|script|title)\b", re.IGNORECASE)
_BLOCK = re.compile(r"</?(?:p|div|br|tr|td|li|h[1-6]|table|blockquote)\b[^<>]{0,2000}>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")
# The parser takes quadratic time over a header that goes on and on; what is cut here no honest mail has.
_LONG_LINE = re.compile(rb"([^\r\n]{4000})[^\r\n]+")
_LONG_FOLD = re.compile(rb"((?:\r?\n[ \t][^\r\n]*){100})(?:\r?\n[ \t][^\r\n]*)+")


@dataclass(frozen=True, slots=True)
class Mail:
    """A parsed mail and its parts, the mail itself first; parts of mails inside it are not among them."""

    head: Message
    parts: tuple[Message, ...]

    def header(self, name: str) -> str:
        """The first header of that name on one line, decoded; "" if there is none."""
        return next(iter(self.headers(name)), "")

    def headers(self, name: str) -> list[str]:
        """All headers of that name."""
        return headers(self.head, name)

    def texts(self) -> Iterator[str]:
        """Yield what can be read in the mail itself, at most 200,000 characters a part; HTML without its tags."""
        for kind, text in self.sources():
            yield _without_tags(text) if kind == "html" else text

    def sources(self) -> Iterator[tuple[str, str]]:
        """Yield the kind (plain, html, …) and text of each part, tags and links and all."""
        for part in self.parts:
            kind = part.get_content_subtype()
            if part.get_content_maintype() == "text" and kind != "rfc822-headers":
                yield kind, text_of(part)


def open_mail(raw: bytes) -> Mail:
    """Parse a mail; what is too deep or too long is left out. Never raises for what stands in it."""
    raw = _LONG_FOLD.sub(rb"\1", _LONG_LINE.sub(rb"\1", raw[:LARGEST]))
    try:
        head = BytesParser(policy=policy.compat32).parsebytes(raw)
        return Mail(head, tuple(_walk(head)))
    except (RecursionError, ValueError, TypeError, AttributeError, LookupError, AssertionError):
        head = BytesParser(policy=policy.compat32).parsebytes(raw, headersonly=True)
        return Mail(head, ())


def _walk(head: Message) -> Iterator[Message]:
    """The parts in order, without going into mails that are attached, and not for ever."""
    waiting, seen = [(head, 0)], 0
    while waiting and seen < _MOST_PARTS:
        part, depth = waiting.pop()
        seen += 1
        yield part
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list) and depth < _DEEPEST:
            waiting.extend((child, depth + 1) for child in reversed(inner[:_MOST_PARTS]) if isinstance(child, Message))


def headers(head: Message, name: str) -> list[str]:
    """Return the headers of that name, decoded, each on one line."""
    wanted = name.lower()
    return [line for key, value in head.raw_items() if key.lower() == wanted and (line := decoded(str(value)))]


def decoded(value: str) -> str:
    """Return a header with its encoded words read; what cannot be read stays as it came."""
    value = " ".join(_unescaped(value).split())[:4000]
    if "=?" not in value:
        return _plain(value)
    try:
        pieces = decode_header(value)
    except (ValueError, binascii.Error, LookupError):
        return _plain(value)
    return _plain(
        "".join(piece if isinstance(piece, str) else _text(piece, charset or "") for piece, charset in pieces)
    )


def addresses(lines: list[str]) -> list[str]:
    """Return the bare addresses of header lines, lower-case; of what no parser understands, what looks like one."""
    found: list[str] = []
    for line in lines[:_MOST_PARTS]:
        try:
            parsed = [address for _name, address in getaddresses([line]) if "@" in address]
        except (ValueError, IndexError, TypeError, AttributeError, RecursionError):
            parsed = []
        found += parsed or _ADDRESS.findall(line[:4000])
    return list(dict.fromkeys(address.strip().lower().strip("<>") for address in found))[:100]


def text_of(part: Message) -> str:
    """Return the text of a part in whatever charset, at most 200,000 characters."""
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError, binascii.Error):
        payload = None
    if not isinstance(payload, bytes):
        inner = part.get_payload()
        return _plain(inner[:_MOST_TEXT]) if isinstance(inner, str) else ""
    charset = part.get_param("charset", "") or ""
    return _text(payload[: _MOST_TEXT * 2], str(charset))[:_MOST_TEXT]


def groups(part: Message) -> list[dict[str, str]]:
    """Return the blocks of fields of a report (RFC 3464, RFC 5965), names in lower case; encoded ones are decoded."""
    inner = part.get_payload()
    blocks = [block for block in inner[:_MOST_PARTS] if isinstance(block, Message)] if isinstance(inner, list) else []
    text = "\n\n".join(_as_text(block) for block in blocks) if blocks else text_of(part)
    if blocks and str(part.get("content-transfer-encoding", "")).strip().lower() == "base64":
        text = _unbase64(text)
    found = (fields(block) for block in re.split(r"\r?\n[ \t]*\r?\n", text[:_MOST_TEXT]))
    return [group for group in found if group]


def fields(block: str) -> dict[str, str]:
    """Return the fields of a block of header lines; the first of each name, continuation lines joined."""
    found: dict[str, str] = {}
    name = ""
    for line in block.splitlines()[:1000]:
        if line[:1] in (" ", "\t"):
            if name:
                found[name] += " " + line.strip()
        elif match := _FIELD.match(line):
            name = match[1].lower()
            if name in found:
                name = ""
            else:
                found[name] = match[2].strip()
        else:
            name = ""
    return {key: decoded(value) for key, value in found.items()}


def inner_mail(part: Message) -> dict[str, list[str]]:
    """Return the headers of a mail that a report gives back (message/rfc822 or text/rfc822-headers), names in lower case."""
    inner = part.get_payload()
    if isinstance(inner, list) and inner and isinstance(inner[0], Message):
        head = inner[0]
    else:
        head = Parser(policy=policy.compat32).parsestr(text_of(part).lstrip("\r\n"), headersonly=True)
    found: dict[str, list[str]] = {}
    for name, value in head.raw_items():
        found.setdefault(name.lower(), []).append(decoded(str(value)))
    return found


def _as_text(block: Message) -> str:
    lines = [f"{name}: {_unescaped(str(value))}" for name, value in block.raw_items()]
    rest = block.get_payload()
    return "\n".join([*lines, rest if isinstance(rest, str) and rest.strip() else ""]).strip("\n")


def _unbase64(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split())).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return text


def _without_tags(html: str) -> str:
    """Text of HTML for reading by patterns, in linear time; it is never shown as HTML."""
    kept, at, lower = [], 0, html.lower()
    for start in _HIDDEN.finditer(html):
        if start.start() >= at:
            kept.append(html[at : start.start()])
            end = lower.find(f"</{start[1].lower()}", start.end())
            at = end if end >= 0 else len(html)
    kept.append(html[at:])
    return unescape(_TAG.sub(" ", _BLOCK.sub("\n", "".join(kept))))


def _unescaped(value: str) -> str:
    """Bytes that stood raw in a header, which the parser keeps as halves of surrogate pairs, as text."""
    try:
        return value if value.isascii() else _text(value.encode("ascii", "surrogateescape"), "")
    except UnicodeEncodeError:
        return value


def _text(payload: bytes, charset: str) -> str:
    chinese = "" if _ALONE.search(payload) else "gb18030"  # two bytes a character there
    for name in (charset, "utf-8", chinese):
        try:
            return _plain(payload.decode(name))
        except (LookupError, ValueError, UnicodeError):
            continue
    return _plain(payload.decode("latin-1"))


def _plain(text: str) -> str:
    """Without NULs and halves of surrogate pairs, which no database takes."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
