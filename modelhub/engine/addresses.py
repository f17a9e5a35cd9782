"""Which server addresses may be called: http(s) only, every resolved IP looked at, the one that is used pinned."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from modelhub.engine.failures import EngineError

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Networks somebody runs servers in; everything else that is not global is nobody's model server.
OWN = tuple(
    ipaddress.ip_network(text)
    for text in ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)
# Clouds answer with credentials here, though two of them lie in networks that are otherwise one's own.
METADATA = tuple(
    ipaddress.ip_address(text) for text in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192")
)
# Python 3.11's `is_global` calls some of these global.
SPECIAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "::/128", "64:ff9b:1::/48", "100::/64",
        "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip


class AddressError(EngineError):
    """An address that must not be called; the text says why."""


class NotFound(AddressError):
    """A name that does not resolve here."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """An address that may be called: connect to `ip`, and call it `host`."""

    scheme: str
    host: str
    port: int
    ip: str
    path: str

    @property
    def base(self) -> str:
        """The address with the checked IP in place of the name."""
        literal = f"[{self.ip}]" if ":" in self.ip else self.ip
        return f"{self.scheme}://{literal}:{self.port}{self.path}"

    @property
    def host_header(self) -> str:
        """What the Host header says."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == {"http": 80, "https": 443}[self.scheme] else f"{name}:{self.port}"


def check(address: str) -> tuple[str, str, int, str]:
    """Split an address into scheme, host, port and path. Raises AddressError for what is no plain http(s) address."""
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError:
        raise AddressError(f"{address} is no address") from None
    if parts.scheme not in ("http", "https"):
        raise AddressError("the address must begin with http:// or https://")
    if not parts.hostname:
        raise AddressError(f"{address} names no server")
    if parts.username or parts.password:
        raise AddressError("the address must not hold a password; name an environment variable that holds the key")
    if parts.query or parts.fragment:
        raise AddressError("the address must end with its path, e.g. http://vllm:8000/v1")
    return parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80), parts.path.rstrip("/")


def pin(address: str, *, own_network: bool, allowed: Sequence[str] = ()) -> Pinned:
    """Resolve an address and return the IP to connect to. `own_network` lets private and loopback addresses pass,
    `allowed` (CIDR) lets further networks pass. Raises AddressError if any resolved IP is not allowed.
    """
    scheme, host, port, path = check(address)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotFound(f"{host} cannot be found; check the name") from None
    ips = [ipaddress.ip_address(str(entry[4][0]).split("%")[0]) for entry in found]
    networks = [ipaddress.ip_network(text, strict=False) for text in allowed]
    for ip in ips:
        refuse(ip, own_network=own_network, allowed=networks)
    return Pinned(scheme, host, port, str(ips[0]), path)


def refuse(ip: IP, *, own_network: bool, allowed: Sequence[Network] = ()) -> None:
    """Raise AddressError unless this IP may be called."""
    real = _unwrapped(ip)
    if any(real in network for network in allowed if network.version == real.version):
        return
    if real in METADATA or any(real in network for network in SPECIAL if network.version == real.version):
        raise AddressError(f"{ip} is a link-local, metadata or reserved address; no model server is called there")
    if any(real in network for network in OWN if network.version == real.version):
        if not own_network:
            raise AddressError(f"{ip} lies in a private network; an admin must say that the server stands in your own")
        return
    if not real.is_global:
        raise AddressError(f"{ip} is no public address")


def _unwrapped(ip: IP) -> IP:
    """The IPv4 address inside an IPv4-mapped, NAT64 or 6to4 one; any other address as it is."""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped or ip.sixtofour:
            return ip.ipv4_mapped or ip.sixtofour or ip
        if ip in NAT64:
            return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip
