"""Sending a pitch: once, with the server's words when it fails, and never a second time by itself."""

import datetime
import socket
import threading
from email import message_from_bytes, policy

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from core.models import Job
from core.services import jobs
from core.services.edits import Stale
from crm.models import Activity, Claim, Message, Pitch, PitchDelivery
from crm.services import outbox, pitches, sending, sentences
from tests.fixtures.servers import free_port

pytestmark = pytest.mark.django_db


def due_again():
    """Let the waits of back-off be over."""
    past = timezone.now() - datetime.timedelta(seconds=1)
    PitchDelivery.objects.filter(retry_at__isnull=False).update(retry_at=past)
    Job.objects.filter(state="queued").update(run_at=past)


def test_a_ready_pitch_is_sent_once_and_written_down(ready, rep, smtp, work, lead):
    stage = lead.stage
    delivery = sending.send(ready, by=rep, expected=ready.version)
    with pytest.raises(ValidationError, match="under way"):
        sending.send(Pitch.objects.get(pk=ready.pk), by=rep, expected=None)
    work("default")
    work("default")
    assert len(smtp.mails) == 1
    ready.refresh_from_db()
    delivery.refresh_from_db()
    assert (ready.state, delivery.state, delivery.attempts) == ("sent", "sent", 1)
    assert ready.message.outgoing
    assert ready.message.external_id == delivery.message_id
    assert ready.message.text == "Dear Ms Petersen,\n\n" + " ".join(row.text for row in ready.sentences.all()[1:])
    assert ready.message.state == Message.State.NONE
    assert Activity.objects.filter(lead=lead, kind="pitch", data__event="sent").count() == 1
    lead.refresh_from_db()
    assert lead.stage == stage
    assert ready.edit_distance == 0
    mail = smtp.mails[0]
    assert mail.rcpt_tos == ["anke@hanseatic.example"]
    text = mail.content.decode()
    assert f"Message-ID: {delivery.message_id}" in text
    assert "Reply-To: Mira <mira@fairlead.example>" in text
    assert "text/plain" in text
    assert "text/html" in text


def test_the_same_request_twice_sends_once(ready, rep, smtp, work):
    sending.send(ready, by=rep, expected=ready.version)
    other = Pitch.objects.get(pk=ready.pk)
    other.state = Pitch.State.READY  # as a second browser tab still sees it
    with pytest.raises(Stale):
        sending.send(other, by=rep, expected=ready.version - 1)
    work("default")
    assert len(smtp.mails) == 1


def test_a_cancelled_mail_may_be_sent_later(ready, rep, smtp, work):
    delivery = sending.send(ready, by=rep, expected=None)
    assert jobs.cancel(Job.objects.get(kind="crm.send"), by=rep)
    work("default")
    delivery.refresh_from_db()
    ready.refresh_from_db()
    assert (delivery.state, ready.state, len(smtp.mails)) == ("failed", "failed", 0)
    pitches.make_ready(ready, by=rep, expected=None)
    sending.send(ready, by=rep, expected=None)
    work("default")
    assert len(smtp.mails) == 1


def test_one_delivery_in_two_jobs_is_attempted_once(ready, rep, smtp, work):
    delivery = sending.send(ready, by=rep, expected=None)
    jobs.enqueue("crm.send", {"delivery": delivery.pk})
    assert work("default") == 2
    assert len(smtp.mails) == 1


def test_later_is_tried_again_with_the_same_message_id(ready, rep, smtp, work):
    smtp.refuse = "451 4.3.0 try later"
    delivery = sending.send(ready, by=rep, expected=None)
    work("default")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("planned", 1)
    assert "451 4.3.0 try later" in delivery.error
    assert delivery.retry_at > timezone.now()
    work("default")
    assert not smtp.mails
    smtp.refuse = ""
    due_again()
    work("default")
    assert [delivery.message_id in mail.content.decode() for mail in smtp.mails] == [True]


def test_later_gives_up_in_the_end(ready, rep, smtp, work):
    smtp.refuse = "451 4.3.0 try later"
    delivery = sending.send(ready, by=rep, expected=None)
    for _turn in range(10):
        work("default")
        due_again()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("failed", 7)  # the first attempt and one after each of six waits


def test_no_is_final_and_said_in_the_server_s_words(ready, rep, smtp, work):
    smtp.refuse = "550 5.1.1 no such mailbox here"
    delivery = sending.send(ready, by=rep, expected=None)
    work("default")
    ready.refresh_from_db()
    delivery.refresh_from_db()
    assert (ready.state, delivery.state) == ("failed", "failed")
    assert "550 5.1.1 no such mailbox here" in ready.problem
    assert not ready.lead.messages.filter(outgoing=True).exists()
    # the way on: mended, made ready and sent again, under the same Message-ID
    smtp.refuse = ""
    pitches.make_ready(ready, by=rep, expected=ready.version)
    again = sending.send(ready, by=rep, expected=ready.version)
    assert again.message_id == delivery.message_id
    work("default")
    assert len(smtp.mails) == 1
    assert Pitch.objects.get(pk=ready.pk).state == "sent"


def test_a_server_that_does_not_answer_costs_time_and_nothing_else(ready, rep, work, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    delivery = sending.send(ready, by=rep, expected=None)
    work("default")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("planned", 1)
    assert delivery.retry_at


@pytest.fixture
def mute_server(settings):
    """A server that speaks SMTP until DATA's text is there, and then says no more; `.got` is set when it has it all."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(2)
    state = {"got": threading.Event(), "connections": 0}

    def serve():
        while True:
            try:
                client, _address = listener.accept()
            except OSError:
                return
            state["connections"] += 1
            file = client.makefile("rwb", buffering=0)
            file.write(b"220 mute\r\n")
            for line in file:
                word = line[:4].upper()
                if word == b"DATA":
                    file.write(b"354 go on\r\n")
                    while file.readline() not in (b".\r\n", b""):
                        pass
                    state["got"].set()
                    break
                file.write(b"250 fine\r\n")
            state.setdefault("open", []).append(client)

    threading.Thread(target=serve, daemon=True).start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = listener.getsockname()
    settings.EMAIL_TIMEOUT = 3
    yield state
    listener.close()
    for client in state.get("open", []):
        client.close()


def test_no_reply_after_the_text_is_unknown_and_left_to_a_person(ready, rep, mute_server, work, smtp_back):
    delivery = sending.send(ready, by=rep, expected=None)
    work("default")
    assert mute_server["got"].is_set()
    delivery.refresh_from_db()
    ready.refresh_from_db()
    assert (ready.state, delivery.state) == ("sending", "ambiguous")
    assert delivery.unclear
    due_again()
    work("default")
    assert mute_server["connections"] == 1  # never by itself
    assert list(outbox.listing(rep, "unclear")) == [delivery]
    inbox = smtp_back()
    sending.settle(delivery, "again", by=rep)
    with pytest.raises(ValidationError, match="settled already"):
        sending.settle(delivery, "sent", by=rep)
    work("default")
    assert len(inbox.mails) == 1
    assert delivery.message_id in inbox.mails[0].content.decode()
    assert Pitch.objects.get(pk=ready.pk).state == "sent"


@pytest.mark.parametrize("said", ["451 later", "550 no such mailbox"])
def test_cancelled_while_the_server_answers_leaves_no_mail_that_waits_for_ever(
    ready, rep, smtp, work, monkeypatch, said
):
    smtp.refuse = said
    delivery = sending.send(ready, by=rep, expected=None)
    hand_over = sending._hand_over

    def cancelled_meanwhile(connection, mail):
        jobs.cancel(Job.objects.get(kind="crm.send"), by=rep)
        return hand_over(connection, mail)

    monkeypatch.setattr(sending, "_hand_over", cancelled_meanwhile)
    work("default")
    delivery.refresh_from_db()
    ready.refresh_from_db()
    assert (delivery.state, ready.state) == ("failed", "failed")
    assert ready.problem
    monkeypatch.setattr(sending, "_hand_over", hand_over)
    smtp.refuse = ""
    pitches.make_ready(ready, by=rep, expected=ready.version)
    sending.send(ready, by=rep, expected=None)
    work("default")
    assert len(smtp.mails) == 1


@pytest.fixture
def smtp_back(request):
    """Return a function that brings a good server back."""
    return lambda: request.getfixturevalue("smtp")


def test_a_person_may_say_that_it_was_sent(ready, rep, mute_server, work):
    delivery = sending.send(ready, by=rep, expected=None)
    work("default")
    sending.settle(delivery, "sent", by=rep)
    ready.refresh_from_db()
    assert ready.state == "sent"
    assert ready.message.external_id == delivery.message_id
    assert mute_server["connections"] == 1


def test_no_address_is_said_before_anything_is_written(ready, rep, contact):
    for address, words in (("", "has no e-mail address"), ("not an address", "is no e-mail address")):
        contact.email = address
        contact.save()
        with pytest.raises(ValidationError, match=words):
            sending.send(Pitch.objects.get(pk=ready.pk), by=rep, expected=None)
    Pitch.objects.filter(pk=ready.pk).update(contact=None)
    with pytest.raises(ValidationError, match="Nobody is chosen"):
        sending.send(Pitch.objects.get(pk=ready.pk), by=rep, expected=None)
    assert not PitchDelivery.objects.exists()
    assert not Job.objects.exists()


def test_headers_cannot_be_injected(ready, rep, contact, smtp, work):
    contact.name = "Anke\r\nBcc: thief@evil.example\r\n\r\n<p>x"
    contact.save()
    Pitch.objects.filter(pk=ready.pk).update(
        subject_verdict="no-claim-needed", subject="Offer\r\nBcc: thief@evil.example\n\nbody"
    )
    rep.name = 'Mira" <x@evil.example>,\r\nTo: thief@evil.example'
    rep.save()
    sending.send(Pitch.objects.get(pk=ready.pk), by=rep, expected=None)
    work("default")
    (mail,) = smtp.mails
    assert mail.rcpt_tos == ["anke@hanseatic.example"]
    head = mail.content.decode().split("\r\n\r\n")[0].lower()
    assert not [line for line in head.split("\r\n") if line.startswith(("bcc:", "to: thief"))]
    assert mail.mail_from == "sales@fairlead.example"


def test_names_and_subjects_of_every_script_arrive(ready, rep, contact, smtp, work):
    contact.name = "王小明"
    contact.save()
    rep.name = "Jürgen Łukasz"
    rep.save()
    Pitch.objects.filter(pk=ready.pk).update(
        subject_verdict="no-claim-needed", subject="由员工审核的回复 😀 " + "长" * 180
    )
    sending.send(Pitch.objects.get(pk=ready.pk), by=rep, expected=None)
    work("default")
    mail = message_from_bytes(smtp.mails[0].content, policy=policy.default)
    assert mail["subject"].strip().startswith("由员工审核的回复 😀")
    assert mail["to"].addresses[0].display_name == "王小明"
    assert mail["from"].addresses[0].display_name == "Jürgen Łukasz"


def test_a_claim_that_ends_before_the_mail_leaves_holds_it_back(ready, rep, smtp, work, claims):
    smtp.refuse = "451 later"
    sending.send(ready, by=rep, expected=None)
    work("default")
    Claim.objects.filter(pk=claims["private-deployment"].pk).update(status=Claim.Status.EXPIRED)
    smtp.refuse = ""
    due_again()
    work("default")
    ready.refresh_from_db()
    assert not smtp.mails
    assert ready.state == "failed"
    assert "No claim supports sentence 3" in ready.problem


def test_only_ready_mails_are_sent(pitch, make_pitch, rep):
    with pytest.raises(ValidationError, match="Mark the pitch ready first"):
        sending.send(pitch, by=rep, expected=None)
    with pytest.raises(ValidationError, match="Only mails are sent"):
        sending.send(make_pitch(form="call", state="ready"), by=rep, expected=None)


def test_words_stay_once_it_is_on_its_way(ready, rep):
    sending.send(ready, by=rep, expected=None)
    row = ready.sentences.first()
    with pytest.raises(ValidationError, match="its words stay"):
        sentences.edit(row, "Hello,", by=rep, expected=None)


def test_a_worker_that_never_comes_through_says_so(ready, rep):
    delivery = sending.send(ready, by=rep, expected=None)
    job = Job.objects.get()
    job.error = "out of memory"
    sending.failed(job)
    delivery.refresh_from_db()
    assert delivery.state == "failed"
    assert "out of memory" in Pitch.objects.get(pk=ready.pk).problem


def test_the_embedded_default_writes_files(ready, rep, settings, tmp_path, work):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "outbox")
    delivery = sending.send(ready, by=rep, expected=None)
    work("default")
    (file,) = (tmp_path / "outbox").iterdir()
    assert delivery.message_id in file.read_text()
    assert Pitch.objects.get(pk=ready.pk).state == "sent"
    assert delivery.message_id in outbox.raw(delivery)
