"""Tokens only we can make, in links and return addresses: `part-part-…-mark`, lower case, for mail servers fold it.

They never expire; each kind has a key derived from SECRET_KEY, and SECRET_KEY_FALLBACKS still open what they signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from email.utils import parseaddr
from functools import lru_cache

from django.conf import settings

_PART = re.compile(r"[0-9a-z]+")
_MARK = 26  # characters of base32: 128 bits
LOCAL = {"bounce": "bounces", "unsubscribe-mail": "unsubscribe"}  # kind → what stands before "+token" in an address


class BadToken(Exception):
    """Not one of ours, of another kind, or changed on the way."""


def token(kind: str, *parts: int | str) -> str:
    """Return the token of a kind for these parts: numbers, or words of lower-case letters and digits."""
    body = "-".join(str(part) for part in parts)
    return f"{body}-{_mark(_keys()[0], kind, body)}"


def read(kind: str, text: str) -> list[str]:
    """Return the parts of a token; raises BadToken."""
    body, _dash, mark = text.lower().rpartition("-")
    if not body or len(text) > 200 or not all(_PART.fullmatch(part) for part in body.split("-")):
        raise BadToken(kind)
    for key in _keys():
        if hmac.compare_digest(_mark(key, kind, body).encode(), mark.encode()):
            return body.split("-")
    raise BadToken(kind)


def domain() -> str:
    """Return the domain our mails come from and return to."""
    return _domain_of(settings.DEFAULT_FROM_EMAIL)


def address(kind: str, delivery: int) -> str:
    """Return the address at which something about a delivery comes back: kind `bounce` (VERP) or `unsubscribe-mail`."""
    return f"{LOCAL[kind]}+{token(kind, delivery)}@{domain()}"


def delivery_of(kind: str, address: str) -> int:
    """Return the delivery an address of ours stands for; raises BadToken."""
    local = parseaddr(address)[1].rpartition("@")[0]
    name, _plus, text = local.lower().partition("+")
    if name != LOCAL[kind]:
        raise BadToken(kind)
    parts = read(kind, text)
    if len(parts) != 1 or not parts[0].isdecimal():
        raise BadToken(kind)
    return int(parts[0])


def digests(address: str) -> list[str]:
    """Return the keyed hashes of an address, the present key's first. Without a key nobody finds out whose they are."""
    plain = address.strip().lower()
    return [_mac(key, "suppression", plain).hex()[:32] for key in _keys()]


@lru_cache(maxsize=8)
def _domain_of(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2] or "localhost"


def _keys() -> list[str]:
    return [str(settings.SECRET_KEY), *map(str, settings.SECRET_KEY_FALLBACKS)]


def _mark(key: str, kind: str, body: str) -> str:
    return base64.b32encode(_mac(key, kind, body)).decode()[:_MARK].lower()


def _mac(key: str, kind: str, body: str) -> bytes:
    return hmac.digest(_derived(key, kind), body.encode("utf-8", "surrogatepass"), "sha256")


@lru_cache(maxsize=64)
def _derived(key: str, kind: str) -> bytes:
    return hashlib.sha256(f"fairlead.marketing.{kind}:{key}".encode()).digest()
