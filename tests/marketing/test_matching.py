"""Which mail a returned one is about: tokens, then ids, then what a report names; never who says they wrote."""

import pytest

from crm.models import Contact, Lead, Message
from marketing.engine.bounces import classify
from marketing.engine.inbound import open_mail
from marketing.engine.matching import clues
from marketing.models import Link, Response, Suppression
from marketing.services import clicks, inbox, signatures
from tests.marketing.mail_samples import REPORTING, SAMPLES, dsn, postfix
from tests.marketing.mail_samples_more import RE, arf, mail
from tests.marketing.test_inbox import _state

FORGED = "bounces+1-aaaaaaaaaaaaaaaaaaaaaaaaaa@fairlead.example"
NO_TOKEN = "elena@fairlead.example"


def _clues(text, report=True):
    return clues(open_mail(text.encode()), report=report)


def test_clues_of_a_report():
    found = _clues(SAMPLES["postfix-user-unknown"][3].replace("@ID@", "c.1.2@x.example").replace("@WHO@", "Anke@H.example").replace("@VERP@", "b+1@x.example"))  # fmt: skip
    assert found.sent_to == ("b+1@x.example",)
    assert found.returned == ("b+1@x.example",)
    assert found.references == ("c.1.2@x.example",)
    assert found.recipients == ("anke@h.example",)


def test_clues_of_a_reply_leave_what_it_carries():
    text = mail("Re: x", RE).replace("Content-Type: text/plain; charset=utf-8\n", "").replace("@ID@", "a@b")
    text = text.replace("\n\n", '\nContent-Type: multipart/mixed; boundary="m"\n\n--m\nContent-Type: message/rfc822\n\nMessage-ID: <c.9.9@x.example>\nReturn-Path: <bounces+9@x.example>\n\nx\n--m--\n', 1)  # fmt: skip
    found = _clues(text, report=False)
    assert (found.references, found.returned, found.recipients) == (("a@b",), (), ())


def test_the_last_reference_is_what_was_answered():
    assert _clues("References: <one@x> <two@x>\n\n", False).references == ("two@x", "one@x")
    assert _clues("References: c.4.5@x.example\n\n", False).references == ("c.4.5@x.example",)


@pytest.mark.parametrize(
    "name", [name for name in SAMPLES if SAMPLES[name][0] in ("bounce", "delayed", "complaint", "auto-reply", "reply")]
)
def test_every_shape_is_matched_by_token(name, raw, delivery, lead):
    row, _new = inbox.take(raw(name))
    assert (row.delivery, row.matched_by, row.kind) == (delivery, "token", SAMPLES[name][0])


@pytest.mark.parametrize(
    "name",
    ["postfix-user-unknown", "qmail", "exim-text", "gmail-does-not-exist", "exchange-quota-headers-only", "arf-abuse"],
)
def test_without_a_token_by_id_and_recipient(name, raw, delivery):
    row, _new = inbox.take(raw(name, verp=NO_TOKEN))
    assert (row.delivery, row.matched_by) == (delivery, "header")


def test_an_id_can_be_guessed_so_the_recipient_must_fit(raw, delivery):
    row, _new = inbox.take(raw("postfix-user-unknown", verp=NO_TOKEN, who="somebody@else.example"))
    assert (row.delivery, row.matched_by) == (None, "")
    assert not Suppression.objects.exists()


def test_a_reply_by_id_from_the_same_company(raw, delivery, lead):
    row, _new = inbox.take(raw("reply", verp=NO_TOKEN, who="assistant@hanseatic.example"))
    assert (row.delivery, row.matched_by) == (delivery, "header")


def test_a_reply_by_id_from_elsewhere_is_shown_not_believed(raw, delivery, lead):
    row, _new = inbox.take(raw("reply", verp=NO_TOKEN, who="mallory@elsewhere.example"))
    assert row.delivery is None
    assert "somebody else" in row.detail
    assert not Response.objects.exists()
    assert not Message.objects.exists()


def test_a_reply_from_elsewhere_that_quotes_our_links_is_believed(raw, delivery, lead, campaign):
    link = Link.objects.create(campaign=campaign, url="https://fairlead.example/helm")
    text = mail("Re: x", RE, f"Please call me.\n> see {clicks.link(delivery.pk, link.pk)} for more\n", to=NO_TOKEN)
    row, _new = inbox.take(raw("", text, who="anke.privat@elsewhere.example"))
    assert (row.delivery, row.matched_by) == (delivery, "header")


def test_links_of_another_mail_prove_nothing(raw, delivery, deliver, campaign, lead):
    link = Link.objects.create(campaign=campaign, url="https://fairlead.example/helm")
    other = deliver(campaign)
    text = mail("Re: x", RE, f"> {clicks.link(other.pk, link.pk)}\n", to=NO_TOKEN)
    assert inbox.take(raw("", text, who="mallory@elsewhere.example"))[0].delivery is None


@pytest.mark.parametrize("address", ["gmail.com", "qq.com"])
def test_free_mail_is_no_company(raw, delivery, address):
    delivery.address = f"anke@{address}"
    delivery.save()
    assert inbox.take(raw("reply", verp=NO_TOKEN, who=f"mallory@{address}"))[0].delivery is None
    assert inbox.take(raw("reply", verp=NO_TOKEN, who=f"anke@{address}"))[0].delivery == delivery


def test_who_wrote_is_never_enough(raw, delivery, contact, lead):
    for text in (mail("Hello again", to=NO_TOKEN), mail("Out of office", to=NO_TOKEN)):
        assert inbox.take(raw("", text))[0].delivery is None
    assert not Response.objects.exists()


def test_a_report_that_only_names_an_address(raw, delivery):
    text = dsn("Return-Path: <>\nFrom: mailer-daemon@x.example\nSubject: Undelivered\n", "Sorry.", f"{REPORTING}Original-Recipient: rfc822;@WHO@\nFinal-Recipient: rfc822; forwarded@x.example\nAction: failed\nStatus: 5.1.1\n", "Content-Type: text/plain\n\nx")  # fmt: skip
    row, _new = inbox.take(raw("", text, verp=NO_TOKEN))
    assert (row.delivery, row.matched_by, _state(delivery)) == (delivery, "fields", "bounced")
    assert not Suppression.objects.exists()  # anybody can write such a report


def test_an_old_mail_is_not_matched_by_address(raw, delivery, deliver, campaign):
    delivery.delete()
    deliver(campaign, days=40, address="old@x.example")
    row, _new = inbox.take(raw("qq", verp=NO_TOKEN, who="old@x.example", id="x@y"))
    assert row.delivery is None


@pytest.mark.parametrize("name", ["postfix-user-unknown", "arf-abuse", "reply", "qmail"])
def test_a_forged_token_gains_nothing(name, raw, delivery, contact, lead):
    row, _new = inbox.take(raw(name, verp=FORGED))
    assert (row.delivery, row.matched_by) == (None, "")
    assert FORGED in row.detail
    assert _state(delivery) == "sent"
    assert not Response.objects.exists()
    assert not Suppression.objects.exists()
    assert Lead.objects.count() == 1


def test_a_token_of_another_kind_is_no_token(raw, delivery):
    mark = signatures.token("unsubscribe-mail", delivery.pk)
    row, _new = inbox.take(raw("postfix-user-unknown", verp=f"bounces+{mark}@fairlead.example"))
    assert row.delivery is None


def test_a_token_survives_servers_that_shout(raw, delivery):
    verp = signatures.address("bounce", delivery.pk).upper()
    assert inbox.take(raw("postfix-user-unknown", verp=verp))[0].delivery == delivery


def test_a_token_of_a_deleted_campaign(raw, delivery, campaign):
    data = raw("postfix-user-unknown")
    delivery.delete()
    row, _new = inbox.take(data)
    assert (row.delivery, "deleted" in row.detail) == (None, True)


def test_a_complaint_is_matched_by_the_mail_it_gives_back(raw, delivery):
    text = arf("abuse").replace("Original-Mail-From: <@VERP@>\n", "").replace(
        "Message-ID: <@ID@>\n", f"List-Unsubscribe: <https://fairlead.example/u/x/>, <mailto:{signatures.address('unsubscribe-mail', delivery.pk)}?subject=unsubscribe>\n")  # fmt: skip
    row, _new = inbox.take(raw("", text))
    assert (row.delivery, row.matched_by, row.kind) == (delivery, "token", "complaint")


def test_an_erased_contact(raw, delivery, contact, lead):
    Lead.objects.all().delete()
    Contact.objects.all().delete()
    row, _new = inbox.take(raw("reply"))
    assert (row.kind, Response.objects.count(), Message.objects.count()) == ("reply", 1, 0)
    assert "erased" in row.detail


def test_postfix_sample_is_built_right():
    assert classify(open_mail(postfix("5.1.1", "smtp; 550 5.1.1 no such user").encode())).hard
