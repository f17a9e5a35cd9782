"""The addresses a copy links to, and whether anybody could answer there. Nothing is fetched."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

_ADDRESS = re.compile(r"(?:\b[a-z][a-z0-9+.-]*://|\bwww\.)[^\s<>\"“”‘’「」（），。；！？]+", re.IGNORECASE)
_SCHEMES = re.compile(r"\b(?:javascript:|vbscript:|data:[a-z]+/)\S+", re.IGNORECASE)
_TRAILING = ".,;:!?]'\""
_INSIDE = (
    "localhost",
    "local",
    "internal",
    "lan",
    "test",
    "invalid",
)  # names nobody outside can reach (RFC 2606, 6762)


def find(texts: Iterable[str]) -> list[str]:
    """Return the addresses these texts hold, each once, in order, as they stand there."""
    found: dict[str, None] = {}
    for text in texts:
        for match in _SCHEMES.finditer(text):
            found.setdefault(_trimmed(match.group()))
        for match in _ADDRESS.finditer(text):
            found.setdefault(_trimmed(match.group()))
    return list(found)


def problem(url: str) -> str:
    """Return what is wrong with the form of an address, or ""."""
    if "{{" in url or "{%" in url:
        return _("A link cannot hold a personal part: it must lead to the same place for everybody.")
    try:
        parts = urlsplit(url)
        host, _port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return _("This is no address.")
    if parts.scheme.lower() not in ("http", "https"):
        return _("A link begins with http:// or https://.")
    if parts.username or parts.password:
        return _("A link holds no user name or password.")
    return _host_problem(host)


def _host_problem(host: str) -> str:
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        number = None
    if number is not None:
        return "" if number.is_global else _("Nobody outside can reach this address.")
    if not host or "." not in host or host.rsplit(".", 1)[-1].lower() in _INSIDE:
        return _("Nobody outside can reach this address.")
    if not re.fullmatch(r"[^\s.]{1,63}(\.[^\s.]{1,63})+", host):
        return _("This is no address.")
    return ""


def torn(url: str) -> str:
    """Return what is wrong with an address that would end too early within a text, or ""."""
    whole = find([f"x {url}"]) == [url]
    return (
        ""
        if whole
        else _(
            "This address would be cut off inside a text. Leave out spaces, quotes and brackets, and the sign at its end."
        )
    )


def reserved(url: str) -> bool:
    """Whether an address stands under a name that is only for examples: it is well formed, and nobody answers."""
    host = (urlsplit(url).hostname or "").lower()
    return host.endswith((".example", ".example.com", ".example.org", ".example.net")) or host.startswith("example.")


def linked(text: str) -> SafeString:
    """Return plain text as HTML: everything escaped, http(s) addresses as links."""
    made, end = [], 0
    for match in _ADDRESS.finditer(text):
        url = _trimmed(match.group())
        if problem(url):
            continue
        made += [escape(text[end : match.start()]), f'<a href="{escape(url)}">{escape(url)}</a>']
        end = match.start() + len(url)
    return mark_safe("".join([*made, escape(text[end:])]))  # noqa: S308 - every piece is escaped above


def _trimmed(url: str) -> str:
    """The address without what ends the sentence around it; a bracket stays if it was opened in the address."""
    while True:
        short = url.rstrip(_TRAILING)
        if short.endswith(")") and short.count("(") < short.count(")"):
            short = short[:-1]
        if short == url:
            return url
        url = short
