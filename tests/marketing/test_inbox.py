"""What comes back, from real folders: taken once, matched, recorded, put on the lead, and heeded."""

import pytest
from django.core.management import CommandError, call_command

from core.models import Job
from core.services import jobs
from crm.models import Activity, Lead, Message
from marketing.models import Consent, Delivery, InboundMail, Response, Suppression
from marketing.services import consents, inbox, mail_folders, signatures
from tests.fixtures.servers import wait_for
from tests.marketing.mail_samples_more import SAMPLES, mail


def _state(delivery):
    return Delivery.objects.get(pk=delivery.pk).state


@pytest.mark.parametrize(
    "name", ["postfix-user-unknown", "qmail", "qq", "exim-text", "gmail-does-not-exist", "exchange-not-found"]
)
def test_a_bounce_for_good_by_token(name, raw, delivery, contact, lead):
    row, new = inbox.take(raw(name))
    assert (new, row.kind, row.delivery, row.matched_by) == (True, "bounce", delivery, "token")
    assert _state(delivery) == "bounced"
    assert consents.suppressed([delivery.address]) == {delivery.address}
    assert consents.may_write(contact) == Delivery.Skipped.SUPPRESSED
    entry = Activity.objects.get(lead=lead)
    assert "came back" in entry.text


@pytest.mark.parametrize("name", ["postfix-policy", "postfix-mailbox-full", "postfix-expired", "qq-full"])
def test_what_is_not_the_address_suppresses_nobody(name, raw, delivery, contact):
    inbox.take(raw(name))
    assert _state(delivery) == "bounced"
    assert not Suppression.objects.exists()
    assert consents.may_write(contact) == ""


def test_a_delay_changes_nothing(raw, delivery, lead):
    row, _new = inbox.take(raw("postfix-delayed"))
    assert (row.kind, _state(delivery)) == ("delayed", "sent")
    assert Response.objects.get().kind == "delayed"
    assert not Activity.objects.exists()
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("name", [*[name for name in SAMPLES if name.startswith("auto-")][:6], "receipt"])
def test_an_automatic_reply_is_no_reply(name, raw, delivery, lead):
    row, _new = inbox.take(raw(name))
    assert row.kind == "auto-reply"
    assert not Message.objects.exists()
    assert not Activity.objects.exists()
    assert Response.objects.get().who == "machine"


def test_a_reply_becomes_a_message_that_is_read(raw, delivery, contact, lead):
    row, _new = inbox.take(raw("reply"))
    assert (row.kind, row.matched_by, row.detail) == ("reply", "token", "")
    message = Message.objects.get()
    assert (message.lead, message.contact, message.outgoing, message.state) == (lead, contact, False, "waiting")
    assert "our own data centre" in message.text
    assert Job.objects.filter(kind="crm.read").count() == 1
    assert Activity.objects.get(lead=lead).data["event"] == "mail-reply"


def test_a_reply_without_an_open_lead_makes_one_for_who_keeps_the_contact(raw, delivery, contact, lead, rep, stages):
    Lead.objects.update(stage=stages["lost"])
    inbox.take(raw("reply"))
    made = Message.objects.get().lead
    assert made != lead
    assert (made.contact, made.owner, made.stage.kind) == (contact, rep, "open")


def test_a_reply_that_cannot_be_stored_still_counts(raw, delivery, lead):
    row, _new = inbox.take(raw("", mail("Re: x", "In-Reply-To: <@ID@>\n", "\x07\x02\x03\x04\x05\x06" * 30)))
    assert row.kind == "reply"
    assert "could not be put on the lead" in row.detail
    assert Response.objects.get().kind == "reply"
    assert not Message.objects.exists()


def test_a_complaint_ends_it(raw, delivery, contact, lead):
    assert inbox.take(raw("arf-abuse"))[0].matched_by == "token"
    assert Response.objects.get().kind == "complaint"
    assert Suppression.objects.get().reason == Suppression.Reason.COMPLAINED
    assert not Consent.objects.filter(contact=contact).first().given
    assert "unwanted" in Activity.objects.get(lead=lead).text


def test_a_mail_to_the_unsubscribe_address_unsubscribes(raw, delivery, contact):
    row, _new = inbox.take(raw("", mail("unsubscribe", to=signatures.address("unsubscribe-mail", delivery.pk))))
    assert row.kind == "unsubscribe"
    assert consents.may_write(contact) == Delivery.Skipped.UNSUBSCRIBED
    assert not Message.objects.exists()


def test_a_bounce_of_the_unsubscribe_address_unsubscribes_nobody(raw, delivery, contact):
    verp = signatures.address("unsubscribe-mail", delivery.pk)
    inbox.take(raw("postfix-mailbox-full", verp=verp))
    assert consents.may_write(contact) == ""


def test_what_a_colleague_writes_is_no_reply(raw, delivery, rep):
    row, _new = inbox.take(raw("reply", who=rep.email))
    assert row.kind == "other"
    assert not Response.objects.exists()


def test_a_mail_counts_once_whatever_its_line_ends(raw, delivery, lead):
    for data in (raw("reply"), raw("reply"), raw("reply").replace(b"\n", b"\r\n")):
        inbox.take(data)
    assert InboundMail.objects.count() == Response.objects.count() == Message.objects.count() == 1


def test_a_mail_that_breaks_us_is_passed_over(raw, monkeypatch):
    monkeypatch.setattr(inbox.matching, "match", lambda *args: 1 / 0)
    row, new = inbox.take_safely(raw("reply"))
    assert (new, row.kind) == (True, "other")
    assert "ZeroDivisionError" in row.detail


# folders


@pytest.fixture
def maildir(tmp_path, settings):
    """A Maildir that the settings name; `put` delivers into it as a mail server does."""
    for name in ("tmp", "new", "cur"):
        (tmp_path / name).mkdir()
    settings.INBOUND_MAILDIR = str(tmp_path)

    def put(*mails):
        for number, data in enumerate(mails):
            (tmp_path / "tmp" / f"{number}.host").write_bytes(data)
            (tmp_path / "tmp" / f"{number}.host").rename(tmp_path / "new" / f"170{number}.host")

    tmp_path_and = type("Maildir", (), {"path": tmp_path, "put": staticmethod(put)})
    return tmp_path_and


def test_maildir(maildir, raw, delivery, lead, capsys):
    maildir.put(raw("reply"), raw("auto-exchange"), raw("newsletter"))
    call_command("fetch_mail")
    assert "3 mails taken" in capsys.readouterr().out
    assert list((maildir.path / "new").iterdir()) == []
    assert all(file.name.endswith(":2,S") for file in (maildir.path / "cur").iterdir())
    call_command("fetch_mail")
    assert "0 mails taken" in capsys.readouterr().out
    assert Response.objects.count() == 2


def test_maildir_takes_what_another_program_moved_but_nobody_saw(maildir, raw, delivery):
    (maildir.path / "cur" / "1.Sxhost:2,R").write_bytes(raw("auto-exchange"))
    (maildir.path / "cur" / "2.host:2,S").write_bytes(raw("reply"))
    (maildir.path / "new" / ".hidden").write_bytes(b"x")
    result = inbox.fetch()
    assert (result.taken, result.kinds["auto-reply"]) == (1, 1)
    assert (maildir.path / "cur" / "1.Sxhost:2,RS").exists()


def test_killed_between_commit_and_mark_it_counts_once(maildir, raw, delivery, lead):
    maildir.put(raw("reply"), raw("auto-exchange"))
    folder = mail_folders.Maildir(maildir.path)
    mails = folder.mails()
    inbox.take(next(mails))
    mails.close()  # as a kill: the mail is stored, but not marked
    assert len(list((maildir.path / "new").iterdir())) == 2
    result = inbox.fetch()
    assert (result.known, result.taken) == (1, 1)
    assert Message.objects.count() == 1


def test_stopped_it_goes_on(maildir, raw, delivery):
    maildir.put(*(raw("", mail(f"Mail {n}", "Auto-Submitted: auto-replied\n")) for n in range(5)))
    inbox.fetch(lambda done: done < 2)
    assert InboundMail.objects.count() == 2
    inbox.fetch()
    assert InboundMail.objects.count() == Response.objects.count() == 5


def test_imap(imap, settings, raw, delivery, lead):
    settings.INBOUND_IMAP_URL = imap.url
    imap.put(raw("reply"), raw("auto-exchange"), raw("newsletter"))
    result = inbox.fetch()
    assert (result.taken, result.matched, imap.unseen()) == (3, 3, 0)
    assert inbox.fetch().taken == 0
    imap.put(raw("auto-vacation"))
    assert inbox.fetch().taken == 1


def test_imap_marks_as_seen_only_what_is_stored(imap, settings, raw, delivery, lead):
    settings.INBOUND_IMAP_URL = imap.url
    imap.put(raw("reply"), raw("auto-exchange"))
    mails = mail_folders.Imap(imap.url).mails()
    inbox.take(next(mails))
    mails.close()
    assert imap.unseen() == 2
    assert inbox.fetch().known == 1
    assert (imap.unseen(), Message.objects.count()) == (0, 1)


def test_imap_says_what_is_wrong(imap, settings):
    settings.INBOUND_IMAP_URL = imap.url.replace("pass%20", "wrong%20")
    with pytest.raises(CommandError, match="could not be read"):
        call_command("fetch_mail")
    settings.INBOUND_IMAP_URL = imap.url.replace("INBOX", "Nowhere")
    with pytest.raises(CommandError, match="Nowhere"):
        call_command("fetch_mail")


@pytest.mark.parametrize("url", ["pop3://a:b@c/INBOX", "imaps://host/INBOX", "imaps://a:b@/INBOX"])
def test_a_wrong_address_is_said(url, settings):
    settings.INBOUND_IMAP_URL = url
    with pytest.raises(CommandError, match="imaps://user:password@host"):
        call_command("fetch_mail")


def test_no_folder(settings, tmp_path):
    with pytest.raises(CommandError, match="INBOUND_MAILDIR"):
        call_command("fetch_mail")
    assert inbox.queue() is None
    with pytest.raises(CommandError, match="no such mail folder"):
        call_command("fetch_mail", maildir=tmp_path / "none")


def test_the_tick_queues_one_look(maildir, raw, delivery):
    from config.celery import app
    from marketing import tasks

    app.finalize()
    assert "look-for-mail" in app.conf.beat_schedule
    tasks.look_for_mail()
    tasks.look_for_mail()
    maildir.put(raw("auto-exchange"))
    jobs.work("default")
    job = Job.objects.get(kind="marketing.fetch")
    assert (job.state, job.result["taken"]) == ("done", 1)
    assert "1 mail taken (Automatic reply 1)" in job.note


STAND_STILL = """
import time
from django.conf import settings
from django.core.management import call_command
from marketing.services import inbox
take, taken = inbox.take, []
def take_some(raw):
    taken.append(take(raw))
    if len(taken) == {most}:
        (settings.FAIRLEAD_DATA / "still").touch()
        time.sleep(3600)
    return taken[-1]
inbox.take = take_some
call_command("fetch_mail")
"""


@pytest.mark.slow
def test_a_killed_fetch_goes_on(make_site, tmp_path):
    """A real process, killed three times while it takes 300 mails, each time before a mail is marked: none is lost, none counts twice."""
    site = make_site()
    for name in ("tmp", "new", "cur"):
        (tmp_path / name).mkdir()
    for number in range(300):
        (tmp_path / "new" / f"{number:04}.host").write_bytes(mail(f"Question {number}", to="x@y.example").encode())
    site.environment["INBOUND_MAILDIR"] = str(tmp_path)
    for most in (20, 70, 80):
        running = site.start("manage.py", "shell", "-v", "0", "-c", STAND_STILL.format(most=most))
        wait_for((site.folder / "still").exists, "the first mails")
        site.kill(running)
        (site.folder / "still").unlink()
    assert len(list((tmp_path / "cur").iterdir())) == 20 + 70 + 80 - 3
    site.manage("fetch_mail")
    left = site.shell("from marketing.models import InboundMail; print(InboundMail.objects.count())")
    assert left.splitlines()[-1] == "300"
    assert list((tmp_path / "new").iterdir()) == []
