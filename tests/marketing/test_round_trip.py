"""Mails as our own sender makes them, come back as servers and people send them back."""

import re
from email import message_from_bytes
from email.policy import default

import pytest

from marketing.models import Consent, Delivery, InboundMail, Response
from marketing.services import inbox, letters
from tests.marketing.mail_samples import REPORTING

REPORT = 'From: MAILER-DAEMON@mx.example\nTo: {to}\nSubject: {subject}\nMIME-Version: 1.0\nContent-Type: multipart/report; boundary="b"\n\n--b\nContent-Type: text/plain\n\nSorry.\n--b\n{fields}\n--b\nContent-Type: message/rfc822\n\n'


@pytest.fixture
def letter(delivery, campaign, make_copy, contact):
    """The letter of a delivery as it leaves."""
    delivery.copy = make_copy()
    delivery.save()
    return letters.Press(campaign).letter(delivery, contact, at=delivery.sent_at)


@pytest.fixture
def parsed(letter):
    return message_from_bytes(letter.data, policy=default)


def _report(letter, fields, to, subject="Undelivered"):
    head = REPORT.format(to=to, subject=subject, fields=fields).replace("\n", "\r\n").encode()
    return head + letter.data + b"\r\n--b--\r\n"


DSN = f"Content-Type: message/delivery-status\n\n{REPORTING}Final-Recipient: rfc822; {{who}}\nAction: failed\nStatus: 5.1.1\n"
ARF = "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n"


def test_a_bounce_to_the_envelope_sender(letter, delivery):
    row, _new = inbox.take(_report(letter, DSN.format(who=letter.recipient), letter.sender))
    assert (row.kind, row.delivery, row.matched_by) == ("bounce", delivery, "token")
    assert Delivery.objects.get(pk=delivery.pk).state == "bounced"


def test_a_bounce_to_another_address_is_known_by_the_mail_it_gives_back(letter, delivery):
    row, _new = inbox.take(_report(letter, DSN.format(who=letter.recipient), "postmaster@fairlead.example"))
    assert (row.delivery, row.matched_by) == (delivery, "token")


def test_a_complaint(letter, delivery, contact):
    row, _new = inbox.take(_report(letter, ARF, "abuse@fairlead.example", "abuse report"))
    assert (row.kind, row.delivery, row.matched_by) == ("complaint", delivery, "token")
    assert not Consent.objects.filter(contact=contact).first().given


def test_the_address_in_list_unsubscribe(parsed, delivery, contact):
    address = re.search(r"<mailto:([^?>]+)", parsed["List-Unsubscribe"])[1]
    row, _new = inbox.take(f"From: {contact.email}\r\nTo: {address}\r\nSubject: unsubscribe\r\n\r\n".encode())
    assert (row.kind, row.delivery) == ("unsubscribe", delivery)
    assert not Consent.objects.filter(contact=contact).first().given


@pytest.mark.parametrize("who", ["anke@hanseatic.example", "boss@hanseatic.example", "anke.privat@web.example"])
@pytest.mark.parametrize("part", ["plain", "html"])
def test_a_reply_that_quotes(who, part, parsed, delivery, lead):
    body = parsed.get_body((part,)).get_content()
    quoted = (
        "\n".join(f"> {line}" for line in body.splitlines())
        if part == "plain"
        else f"<p>Call me.</p><blockquote>{body}</blockquote>"
    )
    raw = (
        f"From: {who}\nTo: replies@fairlead.example\nSubject: Re: AI\nIn-Reply-To: {parsed['Message-ID']}\n"
        f"Message-ID: <r1@mail.example>\nMIME-Version: 1.0\nContent-Type: text/{part}; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nCall me.\n{quoted}\n"
    )
    row, _new = inbox.take(raw.encode())
    assert (row.kind, row.delivery, row.matched_by) == ("reply", delivery, "header")
    assert lead.messages.get().text.startswith("Call me.")


def test_a_stranger_who_guesses_the_id_gains_nothing(parsed, delivery, lead):
    raw = f"From: mallory@evil.example\nTo: x@fairlead.example\nSubject: Re: AI\nIn-Reply-To: {parsed['Message-ID']}\n\nPay me.\n"
    inbox.take(raw.encode())
    assert InboundMail.objects.get().delivery is None
    assert not Response.objects.exists()
    assert not lead.messages.exists()
