"""What a mail is: handwritten samples of what real servers send, and mails nobody could have meant."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketing.engine.bounces import classify, is_hard
from marketing.engine.inbound import LARGEST, open_mail
from marketing.engine.matching import clues
from tests.marketing.mail_samples_more import SAMPLES

WHO, ID, VERP = (
    "anke@hanseatic.example",
    "c.7.41@fairlead.example",
    "bounces+41-abcdefghijklmnopqrstuvwxyz@fairlead.example",
)


def raw(name, encoding="utf-8"):
    text = SAMPLES[name][3].replace("@WHO@", WHO).replace("@ID@", ID).replace("@VERP@", VERP)
    return text.encode("gb18030" if name == "qq" else encoding)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_sample(name, ends):
    kind, hard, status, _text = SAMPLES[name]
    found = classify(open_mail(raw(name).replace(b"\n", ends.encode())))
    assert (found.kind, found.hard, found.status) == (kind, hard, status), found


@pytest.mark.parametrize(
    ("subject", "charset"),
    [("Réponse automatique: x", "latin-1"), ("自动回复：您好", "gb18030"), ("自动回复：您好", "utf-8")],
)
def test_a_subject_in_raw_bytes_is_read(subject, charset):
    mail = open_mail(f"Subject: {subject}\nFrom: a@b.example\n\nx".encode(charset))
    assert mail.header("Subject") == subject
    assert classify(mail).kind == "auto-reply"


def test_there_are_more_than_thirty_shapes():
    assert len(SAMPLES) >= 50


def test_the_reason_is_the_servers_own():
    assert "User unknown in virtual mailbox table" in classify(open_mail(raw("postfix-user-unknown"))).diagnostic
    assert "no mailbox here by that name" in classify(open_mail(raw("qmail"))).diagnostic
    assert "收件人邮箱不存在" in classify(open_mail(raw("qq"))).diagnostic
    assert "Unrouteable" in classify(open_mail(raw("exim-text"))).diagnostic


@pytest.mark.parametrize(
    ("status", "text", "hard"),
    [
        ("5.1.1", "", True), ("5.2.1", "mailbox disabled", True), ("5.2.2", "user unknown", False), ("5.7.1", "no such user", False),
        ("4.1.1", "user unknown", False), ("5.0.0", "554 no such user here", True), ("5.0.0", "554 refused", False), ("", "", False),
        ("5.1.1", "listed on a blocklist", False), ("5.3.4", "message too big", False), ("5.1.8", "sender address rejected", False),
        ("5.5.0", "The account is disabled", True), ("5.4.1", "Recipient address rejected: Access denied", True), ("5.4.1", "no answer", False),
    ],
)  # fmt: skip
def test_only_what_is_about_the_address_is_for_good(status, text, hard):
    assert is_hard(status, text) is hard


def test_of_several_recipients_the_one_that_failed_counts():
    report = raw("postfix-user-unknown").replace(b"Final-Recipient", b"Final-Recipient: rfc822; ok@x.example\nAction: delivered\nStatus: 2.0.0\n\nFinal-Recipient", 1)  # fmt: skip
    found = classify(open_mail(report))
    assert (found.kind, found.hard) == ("bounce", True)


def test_what_html_hides_is_not_read():
    html = "<html><style>user unknown</style><body><p>Over</p><div title='x>y'>quota</div><TITLE>t</TITLE><script>no such user"
    mail = open_mail(b"Content-Type: text/html; charset=utf-8\n\n" + html.encode())
    assert " ".join(" ".join(mail.texts()).split()) == "Over y'>quota"


def _survives(data):
    mail = open_mail(data)
    found = classify(mail)
    hints = clues(mail, report=True)
    for text in (found.detail, mail.header("subject"), *hints.references, *hints.recipients):
        assert "\x00" not in text
        text.encode("utf-8")
    assert len(found.detail) <= 300
    return found


MONSTERS = {
    "nothing": b"", "noise": bytes(range(256)) * 40, "headers only": b"Subject: x", "no boundary": b"Content-Type: multipart/report\n\n--x\n",
    "unknown charset": b"From: a@b.example\nSubject: =?klingon?B?AAA?=\nContent-Type: text/plain; charset=klingon\n\n\xff\xfe",
    "wrong charset": "Subject: 自动回复\nContent-Type: text/plain; charset=us-ascii\n\n自动回复".encode("gb18030"),
    "broken encoded word": b"Subject: =?utf-8?B?!!!?= =?utf-8?Q?=ZZ?=\nFrom: =?utf-8?q?\n\nx",
    "NULs": b"From: a\x00b@c.example\nSubject: Au\x00to\n\nte\x00xt", "surrogates": b"Subject: =?utf-7?q?+2AA-?=\n\n+2AA-",
    "nested": b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(1500)),
    "nested mails": b"Content-Type: message/rfc822\n\n" * 1500 + b"Subject: x\n\nx",
    "many parts": b'Content-Type: multipart/mixed; boundary="m"\n\n' + b"--m\nContent-Type: message/delivery-status\n\nAction: x\n\n" * 5000,
    "huge": b"Subject: Re: x\nIn-Reply-To: <a@b>\n\n" + b"x" * (LARGEST + 10), "long line": b"Subject: " + b"out of office " * 200_000,
    "many headers": b"To: a@b.example\n" * 20_000 + b"\nx", "bad base64": b"Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n====!",
    "bad boundary charset": b'Content-Type: multipart/mixed; boundary*=x\'\'%ff; boundary="y"\n\n--y\n\nx', "tags": b"From: mailer-daemon@x.example\nSubject: undelivered\nContent-Type: text/html\n\n" + b"<" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("name", MONSTERS)
def test_no_mail_breaks_it(name):
    _survives(MONSTERS[name])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=3000))
def test_no_bytes_break_it(data):
    _survives(data)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(SAMPLES)), st.integers(0, 5000), st.binary(max_size=40), st.integers(0, 400))
def test_no_damage_breaks_it(name, at, noise, cut):
    data = raw(name)
    at %= len(data)
    _survives(data[:at] + noise + data[at + cut :])
