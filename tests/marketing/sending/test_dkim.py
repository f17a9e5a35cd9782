"""Signatures, verified by dkimpy, which knows nothing of ours."""

import base64

import dkim as reference
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketing.engine import dkim, mime


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(65537, 2048)


def record(key):
    """The DNS record of a key."""
    public = key.public_key()
    if isinstance(key, ed25519.Ed25519PrivateKey):
        data = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return b"v=DKIM1; k=ed25519; p=" + base64.b64encode(data)
    data = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(data)


def verified(data, key):
    return reference.verify(data, dnsfunc=lambda name, timeout=5: record(key))


def mail(text="Hello", subject="Hi", **headers):
    frame = mime.frame([("From", "a@fairlead.example"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")])
    own = {
        "To": "b@baltic.example", "Subject": mime.encoded(subject), "Message-ID": "<c.1.2@fairlead.example>",
        "Date": "Sun, 29 Nov 2026 14:00:00 +0000", "List-Unsubscribe": "<https://fairlead.example/u/x/>", **headers,
    }  # fmt: skip
    return mime.splice(frame, own, text, f"<p>{text}</p>")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300), st.text(max_size=80).map(mime.line))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
def test_what_we_sign_others_verify(key, text, subject):
    assert verified(dkim.signer(pem(key), "s1", "fairlead.example").sign(mail(text, subject)), key)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"Hello", b"Pay me"), (b"Subject: Hi", b"Subject: Pay"), (b"/u/x/", b"/u/y/"), (b"One-Click", b"Two-Click"), (b"To: b@", b"To: c@")],
)  # fmt: skip
def test_what_was_changed_on_the_way_is_noticed(key, old, new):
    signed = dkim.signer(pem(key), "s1", "fairlead.example").sign(mail())
    assert old in signed
    assert not verified(signed.replace(old, new), key)


def test_a_second_from_is_noticed(key):
    signed = dkim.signer(pem(key), "s1", "fairlead.example").sign(mail())
    assert not verified(b"From: boss@fairlead.example\r\n" + signed, key)


def test_ed25519_signs_what_rfc_8463_says():
    key = ed25519.Ed25519PrivateKey.generate()
    signed = dkim.signer(pem(key), "s1", "fairlead.example").sign(mail())
    head, _gap, _body = signed.partition(b"\r\n\r\n")
    rows = head.replace(b"\r\n ", b" ").split(b"\r\n")
    name, _b, mark = rows[0].partition(b" b=")
    tags = dict(part.strip().split(b"=", 1) for part in rows[0].partition(b":")[2].split(b";"))
    assert tags[b"a"] == b"ed25519-sha256"
    import hashlib

    found = {row.split(b":")[0].lower(): row for row in rows[1:]}
    names = tags[b"h"].split(b":")[:-1]
    data = b"".join(dkim.relaxed_header(found[name]) + b"\r\n" for name in names)
    data += dkim.relaxed_header(name + b" b=")
    key.public_key().verify(base64.b64decode(mark.replace(b" ", b"")), hashlib.sha256(data).digest())


def test_a_key_that_cannot_sign_is_named():
    with pytest.raises(dkim.BadKey, match="cannot be read"):
        dkim.signer(b"no key", "s1", "fairlead.example")
    with pytest.raises(dkim.BadKey, match="neither RSA nor Ed25519"):
        dkim.signer(pem(ec.generate_private_key(ec.SECP256R1())), "s1", "fairlead.example")
    with pytest.raises(dkim.BadKey, match="selector"):
        dkim.signer(pem(ed25519.Ed25519PrivateKey.generate()), "", "fairlead.example")
