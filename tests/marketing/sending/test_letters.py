"""What a recipient gets: headers of the contract, their own parts, and a way out."""

import email
import email.policy
import re

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils.html import escape

from marketing.models import CopySentence
from marketing.services import letters, planning, sending, signatures
from tests.marketing.sending.conftest import approve
from tests.marketing.sending.test_dkim import pem, record


@pytest.fixture
def letter(ready, people, marketer):
    """Return `letter(**fields of the contact)`: the parsed mail and its delivery."""

    def make(**fields):
        (contact,) = people(1, **fields)
        planning.plan(ready, by=marketer)
        delivery = ready.deliveries.select_related("contact__company").get(person=contact.pk)
        made = letters.Press(ready).letter(delivery, contact)
        return email.message_from_bytes(made.data, policy=email.policy.default), delivery, made

    return make


def texts(mail):
    return [mail.get_body([kind]).get_content() for kind in ("plain", "html")]


def test_the_headers_are_those_of_the_contract(letter, ready, settings):
    settings.SITE_URL = "https://crm.fairlead.example.com"
    mail, delivery, made = letter()
    assert mail["Message-ID"] == f"<c.{ready.pk}.{delivery.pk}@fairlead.example>"
    assert re.fullmatch(
        r"<https://crm\.fairlead\.example\.com/u/[0-9a-z-]+/>, <mailto:unsubscribe\+[0-9a-z-]+@fairlead\.example>",
        mail["List-Unsubscribe"],
    )
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Id"] == "<campaigns.fairlead.example>"
    assert mail["CFBL-Address"] == "complaints@fairlead.example; report=arf"
    assert (mail["Precedence"], mail["X-Auto-Response-Suppress"]) == ("bulk", "OOF, AutoReply")
    assert mail["Feedback-ID"].count(":") == 3
    assert mail["From"].addresses[0].addr_spec == "elena@fairlead.example"
    assert mail["Reply-To"] == "replies@fairlead.example"
    assert mail["Auto-Submitted"] is None  # that is for one-to-one mail a machine began
    assert signatures.delivery_of("bounce", made.sender) == delivery.pk
    assert len(made.sender.partition("@")[0]) <= 64


def test_text_and_html_say_why_where_from_and_how_to_leave(letter, settings):
    mail, _delivery, _made = letter()
    leave = mail["List-Unsubscribe"].split(">")[0].strip("<")
    for text in texts(mail):
        assert leave in text
        assert settings.POSTAL_ADDRESS in text
        assert "because you agreed to hear from Elena at Fairlead" in text


def test_links_are_signed_and_people_still_read_the_address(letter):
    mail, _delivery, _made = letter()
    plain, html = texts(mail)
    assert "https://fairlead.example.com/ports" not in plain
    assert re.search(r'<a href="http[^"]+/r/[0-9a-z-]+/">https://fairlead\.example\.com/ports\?x=1</a>', html)
    assert re.search(r"Read more at http\S+/r/[0-9a-z-]+/ today", plain)


@pytest.mark.parametrize("name", ["<b>Eve</b>", '<script>alert("x")</script>', "A&B<i", "{{contact.email}}"])
def test_html_in_a_name_is_escaped_and_braces_are_no_template(letter, name):
    mail, _delivery, _made = letter(name=name)
    plain, html = texts(mail)
    assert f"Hello {name}," in plain
    assert f"Hello {escape(name)}," in html
    assert "<script" not in html
    assert "<b>" not in html


def test_a_line_break_in_a_name_begins_no_header(letter):
    mail, _delivery, made = letter(name="Eve\r\nBcc: all@baltic.example")
    assert mail["Bcc"] is None
    assert b"\r\nBcc:" not in made.data


def test_a_chinese_copy_has_a_chinese_foot(ready, make_copy, people, marketer, settings):
    copy = ready.copies.create(language="zh", subjects=["您好"])
    CopySentence.objects.create(copy=copy, position=1, text="{{ contact.name }}，您好。", verdict="no-claim-needed")
    (contact,) = people(1, language="zh", name="王小明")
    planning.plan(approve(ready), by=marketer)
    delivery = ready.deliveries.get(person=contact.pk)
    mail = email.message_from_bytes(letters.Press(ready).letter(delivery, contact).data, policy=email.policy.default)
    assert mail["Subject"] == "您好"
    assert mail["Content-Language"] == "zh"
    assert "王小明，您好。" in texts(mail)[0]


def test_mails_go_out_signed_where_a_key_is_set_up(ready, people, server, work, marketer, settings, tmp_path):
    key = rsa.generate_private_key(65537, 2048)
    path = tmp_path / "dkim.pem"
    path.write_bytes(pem(key))
    settings.DKIM_KEY = str(path)
    people(3)
    sending.start(ready, by=marketer)
    work()
    assert len(server.mails) == 3
    for mail in server.mails:
        assert dkim.verify(mail.content, dnsfunc=lambda name, timeout=5: record(key))
        assert b"d=fairlead.example; s=fairlead;" in mail.content
        signed = re.search(rb"h=([^;]+);", mail.content)[1]
        assert {b"list-unsubscribe", b"list-unsubscribe-post", b"cfbl-address"} <= set(signed.split(b":"))
