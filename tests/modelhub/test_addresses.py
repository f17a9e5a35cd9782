"""Which addresses may be called as model servers."""

import ipaddress

import pytest

from modelhub.engine import addresses
from modelhub.engine.addresses import AddressError


@pytest.mark.parametrize(
    "address",
    [
        "ftp://example.com/v1", "file:///etc/passwd", "gopher://x", "//example.com", "http://", "http://me:pw@example.com/v1",
        "http://example.com/v1?x=1", "http://example.com:99999/v1", "",
    ],
)  # fmt: skip
def test_only_plain_http_addresses(address):
    with pytest.raises(AddressError):
        addresses.check(address)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "169.254.0.7", "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.0.192", "100.100.100.200",
        "fe80::1", "fd00:ec2::254", "ff02::1", "::", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1",
        "2001:db8::1", "198.18.0.1",
    ],
)  # fmt: skip
def test_never_called_even_in_our_own_network(address):
    with pytest.raises(AddressError):
        addresses.refuse(ipaddress.ip_address(address), own_network=True)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "192.168.0.9", "::1", "fc00::5", "::ffff:10.0.0.1", "100.64.0.1"]
)
def test_private_only_when_an_admin_says_so(address):
    ip = ipaddress.ip_address(address)
    with pytest.raises(AddressError, match="private"):
        addresses.refuse(ip, own_network=False)
    addresses.refuse(ip, own_network=True)


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "0177.0.0.1"])
def test_other_spellings_of_a_local_address_are_seen_through(host):
    with pytest.raises(AddressError):
        addresses.pin(f"http://{host}:9/v1", own_network=False)


def test_a_listed_network_is_allowed():
    ip = ipaddress.ip_address("169.254.10.1")
    addresses.refuse(ip, own_network=False, allowed=[ipaddress.ip_network("169.254.10.0/24")])


def test_public_addresses_pass():
    addresses.refuse(ipaddress.ip_address("93.184.216.34"), own_network=False)
    addresses.refuse(ipaddress.ip_address("2606:2800:220:1::1"), own_network=False)


def test_a_pinned_address_keeps_its_name():
    pinned = addresses.pin("http://localhost:8001/v1/", own_network=True)
    assert pinned.host_header == "localhost:8001"
    assert pinned.base in ("http://127.0.0.1:8001/v1", "http://[::1]:8001/v1")
