"""Mails as bytes: what comes out is what Python's own parser reads back."""

import email
import email.policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing.engine import mime

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)


def made(text="Hello", html="<p>Hello</p>", **headers):
    frame = mime.frame([("From", "a@fairlead.example"), ("Precedence", "bulk")])
    return mime.splice(frame, {"To": "b@baltic.example", **headers}, text, html)


def body(data, kind):
    mail = email.message_from_bytes(data, policy=email.policy.default)
    return mail.get_body([kind]).get_payload(decode=True).decode("utf-8")


def plain(text):
    return text.replace("\r\n", "\n").replace("\r", "\n")


@given(TEXTS)
def test_any_text_comes_back_as_it_went_in(text):
    data = made(text=text, html=f"<p>{text}</p>")
    assert plain(body(data, "plain")) == plain(text)
    assert plain(body(data, "html")) == plain(f"<p>{text}</p>")


@given(TEXTS)
def test_lines_are_short_ascii_and_end_in_crlf(text):
    data = made(text=text, html=text)
    data.decode("ascii")
    bare = data.replace(b"\r\n", b"")
    assert b"\n" not in bare
    assert b"\r" not in bare
    assert max(map(len, data.split(b"\r\n"))) <= 998


@given(TEXTS)
def test_any_subject_stays_in_its_header(text):
    data = made(Subject=mime.encoded(text))
    mail = email.message_from_bytes(data, policy=email.policy.default)
    assert [name for name in mail if name.lower() != "subject"] == [
        "To",
        "From",
        "Precedence",
        "MIME-Version",
        "Content-Type",
    ]
    if mime.line(text).isprintable():
        assert mail["Subject"].split() == mime.line(text).split()


@pytest.mark.parametrize("bad", ["x\r\nBcc: all@baltic.example", "x\nBcc: y", "x\ry", "x\x00y", "héllo"])
def test_a_header_that_is_no_line_of_ascii_is_refused(bad):
    with pytest.raises(ValueError, match="no header may hold"):
        made(Subject=bad)


def test_a_line_break_in_a_name_cannot_begin_a_header():
    name = 'Eve"\r\nBcc: all@baltic.example'
    mail = email.message_from_bytes(made(To=mime.mailbox(name, "eve@baltic.example")), policy=email.policy.default)
    assert mail["Bcc"] is None
    assert mail["To"].addresses[0].addr_spec == "eve@baltic.example"


@pytest.mark.parametrize(
    "bad", ["", "nobody", "a@b@c", "a b@c.example", "a@c.example\r\nRCPT TO:<x@y.example>", "<a@c.example>", "a@c.example,b@c.example", "ü@c.example"]
)  # fmt: skip
def test_an_address_that_is_none_is_refused(bad):
    with pytest.raises(ValueError, match=r"address|part before"):
        mime.address(bad)


def test_a_domain_in_letters_goes_out_in_ascii():
    assert mime.address("anke@bücher.example") == "anke@xn--bcher-kva.example"


def test_same_parts_same_bytes():
    assert made(text="中文", html="<p>中文</p>") == made(text="中文", html="<p>中文</p>")
