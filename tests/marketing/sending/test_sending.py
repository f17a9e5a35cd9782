"""A campaign from start to done, and all that may stop it or a mail of it."""

import asyncio
import email
import email.policy
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from core.models import AuditEntry, Job
from core.services.edits import Stale
from crm.models import Contact
from marketing.models import Campaign, Delivery, SendingRate
from marketing.services import carriers, consents, delivering, ledger, planning, rates, sending
from tests.marketing.sending.conftest import approve

State, Skipped = Delivery.State, Delivery.Skipped


def parsed(mail):
    return email.message_from_bytes(mail.content, policy=email.policy.default)


def counts(campaign):
    """The ledger, which always adds up."""
    found = ledger.of(campaign)
    assert found.planned == found.sent + found.failed + found.skipped + found.ambiguous + found.waiting
    assert found.planned == campaign.deliveries.count()
    return {name: n for name in ledger.PARTS if (n := getattr(found, name))}


def state_of(campaign):
    return Campaign.objects.get(pk=campaign.pk).state


def row(contact):
    return Delivery.objects.get(person=contact.pk)


@pytest.fixture
def at_mail(monkeypatch):
    """Return `at_mail(n, act)`: do something when the n-th mail has been handed over and is not recorded yet."""

    def plan(number, act):
        real, seen = carriers.SmtpCarrier.send, []

        def send(self, letter):
            answer = real(self, letter)
            seen.append(letter)
            if len(seen) == number:
                act()
            return answer

        monkeypatch.setattr(carriers.SmtpCarrier, "send", send)

    return plan


def test_everybody_gets_it_once(ready, people, server, work, marketer):
    made = people(60)
    sending.start(ready, by=marketer)
    work()
    assert sorted(server.to) == sorted(contact.email for contact in made)
    assert counts(ready) == {"sent": 60}
    assert state_of(ready) == Campaign.State.DONE
    one = row(made[7])
    assert one.message_id == f"<c.{ready.pk}.{one.pk}@fairlead.example>"
    mail = next(mail for mail in server.mails if mail.rcpt_tos == [one.address])
    assert parsed(mail)["Message-ID"] == one.message_id
    sending.look()
    work()
    assert len(server.mails) == 60


def test_it_is_sent_to_files_without_a_mail_server(ready, people, work, marketer, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    people(3)
    sending.start(ready, by=marketer)
    work()
    assert counts(ready) == {"sent": 3}
    text = "".join(path.read_text() for path in tmp_path.iterdir())
    assert text.count("List-Unsubscribe-Post: List-Unsubscribe=One-Click") == 3


def test_who_gets_no_mail_stands_there_with_the_reason(ready, people, server, work, marketer):
    good, twin = people(2, email="one@baltic.example")
    (silent,) = people(1, agreed=False)
    gone, suppressed, nobody, french, nameless = (
        people(1)[0], people(1)[0], people(1, email="")[0], people(1, language="fr")[0], people(1, name="x", company=None)[0]
    )  # fmt: skip
    consents.withdraw(gone, source="person")
    consents.suppress(suppressed.email, "bounced")
    sending.start(ready, by=marketer)
    work()
    reasons = {contact.pk: row(contact).reason for contact in Contact.objects.all()}
    assert reasons == {
        good.pk: "", twin.pk: Skipped.DUPLICATE, silent.pk: Skipped.NO_CONSENT, gone.pk: Skipped.UNSUBSCRIBED,
        suppressed.pk: Skipped.SUPPRESSED, nobody.pk: Skipped.NO_ADDRESS, french.pk: Skipped.NO_COPY,
        nameless.pk: Skipped.MISSING,
    }  # fmt: skip
    assert server.to == ["one@baltic.example"]
    assert counts(ready) == {"sent": 1, "skipped": 7}


def test_planning_twice_changes_nothing(ready, people, marketer):
    people(7)
    Campaign.objects.filter(pk=ready.pk).update(state="sending")
    planning.plan(ready, by=marketer)
    before = list(Delivery.objects.order_by("pk").values())
    planning.plan(ready, by=marketer)
    assert list(Delivery.objects.order_by("pk").values()) == before
    people(1)
    planning.plan(ready, by=marketer)
    assert Delivery.objects.count() == 8


def test_planning_that_was_stopped_goes_on(ready, people, marketer, monkeypatch):
    people(7)
    monkeypatch.setattr(planning, "CHUNK", 3)
    assert planning.plan(ready, by=marketer, going=lambda done: Delivery.objects.count() < 6) is False
    ready.refresh_from_db()
    assert (ready.planned_at, Delivery.objects.count()) == (None, 6)
    assert planning.plan(ready, by=marketer)
    assert Delivery.objects.count() == 7


def test_subject_lines_are_dealt_out_and_stay(ready, people, server, work, marketer):
    people(40)
    sending.start(ready, by=marketer)
    work()
    subjects = [parsed(mail)["Subject"] for mail in server.mails]
    assert {subject.split()[0] for subject in subjects} == {"Hello", "For"}
    assert 8 <= sum(subject.startswith("For") for subject in subjects) <= 32


# what changes between approval and sending


def test_who_left_after_the_audience_was_frozen_gets_nothing(ready, people, server, work, marketer):
    first, unsubscribed, erased, bounced, moved, merged = people(6)
    sending.start(ready, by=marketer)
    sending.plan_work([_claimed("marketing.plan")])
    consents.withdraw(unsubscribed, source="unsubscribe")
    erased_id = erased.pk
    erased.delete()
    consents.suppress(bounced.email, "complained")
    Contact.objects.filter(pk=moved.pk).update(email="new@baltic.example")
    Delivery.objects.filter(person=merged.pk).update(contact=first)
    work()
    assert sorted(server.to) == sorted([first.email, "new@baltic.example"])
    assert row(unsubscribed).reason == Skipped.UNSUBSCRIBED
    assert Delivery.objects.get(person=erased_id).reason == Skipped.GONE
    assert Delivery.objects.get(person=erased_id).address == ""
    assert row(bounced).reason == Skipped.SUPPRESSED
    assert row(merged).reason == Skipped.GONE
    assert counts(ready) == {"sent": 2, "skipped": 4}


def test_who_unsubscribes_while_others_get_theirs_gets_nothing(ready, people, server, work, marketer, at_mail):
    made = people(30)
    at_mail(5, lambda: consents.withdraw(made[-1], source="unsubscribe"))
    sending.start(ready, by=marketer)
    work()
    assert made[-1].email not in server.to
    assert counts(ready) == {"sent": 29, "skipped": 1}


def test_content_changed_after_approval_is_not_sent(ready, people, server, work, marketer):
    people(3)
    ready.copies.get().sentences.filter(position=3).update(text="Buy now.")
    with pytest.raises(ValidationError, match="no longer what was approved"):
        sending.start(ready, by=marketer)
    assert (state_of(ready), Job.objects.count(), Delivery.objects.count()) == ("approved", 0, 0)


def test_content_changed_while_it_is_sent_stops_the_sending(ready, people, server, work, marketer, at_mail):
    people(120)
    at_mail(7, lambda: ready.copies.get().sentences.filter(position=3).update(text="Buy now."))
    sending.start(ready, by=marketer)
    work()
    ready.refresh_from_db()
    assert ready.state == "paused"
    assert "not what was approved" in ready.problem
    assert len(server.mails) <= delivering.CLAIM
    assert not any(b"Buy now" in mail.content for mail in server.mails)
    assert counts(ready) == {"sent": len(server.mails), "waiting": 120 - len(server.mails)}
    with pytest.raises(ValidationError, match="approved again"):
        sending.resume(ready, by=marketer)
    sending.reopen(ready, by=marketer)
    assert ready.approved_hash == ""
    sending.start(approve(ready), by=marketer)
    work()
    assert sorted(server.to) == sorted(Contact.objects.values_list("email", flat=True))
    assert sum(b"Buy now" in mail.content for mail in server.mails) == 120 - delivering.CLAIM


# people who stop and start it


@pytest.mark.parametrize("verb", ["pause", "cancel"])
def test_pause_and_cancel_act_within_one_batch(ready, people, server, work, marketer, at_mail, verb):
    people(100)
    at_mail(13, lambda: getattr(sending, verb)(Campaign.objects.get(pk=ready.pk), by=marketer))
    sending.start(ready, by=marketer)
    work()
    sent = len(server.mails)
    assert 13 <= sent <= 13 + delivering.HANDFUL
    if verb == "cancel":
        assert counts(ready) == {"sent": sent, "skipped": 100 - sent}
        assert set(ready.deliveries.filter(state="skipped").values_list("reason", flat=True)) == {Skipped.CANCELLED}
        return
    assert counts(ready) == {"sent": sent, "waiting": 100 - sent}
    ready.refresh_from_db()
    sending.resume(ready, by=marketer)
    work()
    assert sorted(server.to) == sorted(Contact.objects.values_list("email", flat=True))
    assert state_of(ready) == "done"


def test_it_is_sent_at_its_time_and_not_before(ready, people, server, work, marketer):
    people(2)
    sending.schedule(ready, timezone.now() + timedelta(hours=2), by=marketer)
    sending.look()
    assert (work(), server.mails) == (0, [])
    past = timezone.now() - timedelta(seconds=1)
    Campaign.objects.update(send_at=past)
    Job.objects.update(run_at=past)
    work()
    assert counts(ready) == {"sent": 2}


def test_a_time_that_was_taken_back_or_moved_sends_nothing(ready, people, server, work, marketer):
    people(2)
    sending.schedule(ready, timezone.now() + timedelta(hours=1), by=marketer)
    sending.schedule(ready, timezone.now() + timedelta(hours=3), by=marketer)
    Job.objects.update(run_at=timezone.now())
    work()
    sending.look()
    assert (server.mails, state_of(ready)) == ([], "scheduled")
    sending.unschedule(ready, by=marketer)
    Job.objects.filter(state="queued").update(run_at=timezone.now())
    work()
    assert (server.mails, state_of(ready), Delivery.objects.count()) == ([], "approved", 0)
    with pytest.raises(ValidationError, match="over"):
        sending.schedule(ready, timezone.now() - timedelta(minutes=1), by=marketer)


def test_a_stale_page_starts_nothing(ready, people, server, work, marketer):
    people(1)
    seen = ready.version
    sending.schedule(ready, timezone.now() + timedelta(hours=1), by=marketer)
    ready.refresh_from_db()
    with pytest.raises(Stale):
        sending.start(ready, by=marketer, expected=seen)
    assert (state_of(ready), work()) == ("scheduled", 0)


def test_starting_twice_sends_once(ready, people, server, work, marketer):
    people(3)
    sending.start(ready, by=marketer)
    with pytest.raises(ValidationError, match="cannot be done now"):
        sending.start(Campaign.objects.get(pk=ready.pk), by=marketer)
    work()
    assert len(server.mails) == 3


def test_an_unreadable_key_stops_it_before_anything_is_written(ready, people, marketer, server, settings, tmp_path):
    people(1)
    settings.DKIM_KEY = str(tmp_path / "none.pem")
    with pytest.raises(ValidationError, match="DKIM key"):
        sending.start(ready, by=marketer)
    assert (state_of(ready), Job.objects.count()) == ("approved", 0)


# what servers answer


def test_refused_recipients_fail_and_the_rest_goes_on(ready, people, server, work, marketer):
    made = people(12)
    server.answers[made[3].email] = "550 5.1.1 no such user"
    server.data[made[4].email] = "552 5.3.4 too big"
    sending.start(ready, by=marketer)
    work()
    assert (row(made[3]).state, row(made[3]).error) == (State.FAILED, "550 5.1.1 no such user")
    assert row(made[4]).error == "552 5.3.4 too big"
    assert counts(ready) == {"sent": 10, "failed": 2}


def test_a_recipient_put_off_is_tried_again_later_with_the_same_message_id(ready, people, server, work, marketer):
    made = people(3)
    server.answers[made[1].email] = "450 4.2.0 greylisted"
    sending.start(ready, by=marketer)
    work()
    one = row(made[1])
    assert (one.state, one.attempts, one.error) == (State.PLANNED, 1, "450 4.2.0 greylisted")
    assert timedelta(seconds=50) < one.due_at - timezone.now() <= timedelta(seconds=60)
    assert counts(ready) == {"sent": 2, "waiting": 1}
    assert Job.objects.get(state="queued").run_at >= one.due_at
    server.answers.clear()
    Delivery.objects.filter(pk=one.pk).update(due_at=timezone.now())
    Job.objects.filter(state="queued").update(run_at=timezone.now())
    work()
    assert counts(ready) == {"sent": 3}
    assert parsed(server.mails[-1])["Message-ID"] == one.message_id


def test_a_recipient_put_off_for_ever_fails(ready, people, server, work, marketer, no_pauses):
    people(1)
    server.answers["*"] = "450 4.2.0 later"
    sending.start(ready, by=marketer)
    for _n in range(30):
        work()
        Job.objects.filter(state="queued").update(run_at=timezone.now())
    assert counts(ready) == {"failed": 1}
    assert Delivery.objects.get().attempts == len(delivering.WAITS) + 1


@pytest.mark.parametrize("answer", ["421 4.7.0 too many", "454 4.7.0 quota reached"])
def test_a_server_that_wants_less_gets_less(ready, people, server, work, marketer, answer):
    people(30)
    server.answers["*"] = answer
    sending.start(ready, by=marketer)
    work()
    assert sum(Delivery.objects.values_list("attempts", flat=True)) == 1
    rest = SendingRate.objects.get(key=rates.STREAM)
    assert rest.slowed_until > timezone.now()
    assert Job.objects.get(state="queued").run_at > timezone.now() + timedelta(seconds=20)
    server.answers.clear()
    SendingRate.objects.update(
        slowed_until=timezone.now() - timedelta(seconds=1), at=timezone.now() - timedelta(seconds=1)
    )
    assert rates.take(rates.STREAM, 50).count <= rates.FIRST


def test_one_slow_domain_does_not_hold_the_others(ready, people, server, work, marketer):
    slow = people(1, email="a@slow.example")[0]
    other, others = people(1, email="b@slow.example")[0], people(25)
    server.answers[slow.email] = "451 4.7.1 too fast"
    sending.start(ready, by=marketer)
    work()
    assert set(server.to) - {other.email} == {contact.email for contact in others}
    assert SendingRate.objects.get(key="domain:slow.example").slowed_until > timezone.now()
    assert not SendingRate.objects.filter(key=rates.STREAM).exists()


@pytest.mark.parametrize("how", ["hangs", "drops"])
def test_a_lost_answer_is_unknown_and_never_sent_by_itself(
    ready, people, server, work, marketer, how, settings, no_pauses
):
    settings.EMAIL_TIMEOUT = 1
    made = people(4)

    async def vanish(smtp):
        if how == "drops":
            smtp.transport.abort()
        else:
            await asyncio.sleep(3)
        return "250 never heard"

    server.data[made[1].email] = vanish
    sending.start(ready, by=marketer)
    work()
    assert row(made[1]).state == State.AMBIGUOUS
    assert counts(ready) == {"sent": 3, "ambiguous": 1}
    assert state_of(ready) == "done"
    sending.look()
    work()
    assert (len(server.mails), row(made[1]).attempts) == (3, 1)


def test_a_server_that_is_away_costs_nobody_a_try(ready, people, server, work, marketer, settings, no_pauses):
    people(5)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    sending.start(ready, by=marketer)
    job = _claimed("marketing.plan")
    sending.plan_work([job])
    job = _claimed("marketing.send")
    delivering.SLICE, slice_ = 0.2, delivering.SLICE
    try:
        sending.send_work([job])
    finally:
        delivering.SLICE = slice_
    ready.refresh_from_db()
    assert "cannot be reached" in ready.problem
    assert counts(ready) == {"waiting": 5}
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {0}
    settings.EMAIL_PORT = port
    rates.clear()
    Job.objects.filter(state="queued").update(run_at=timezone.now())
    work()
    ready.refresh_from_db()
    assert (counts(ready), ready.problem) == ({"sent": 5}, "")


def test_no_more_than_so_many_a_minute(ready, people, server, work, marketer):
    people(30)
    Campaign.objects.filter(pk=ready.pk).update(per_minute=120)
    sending.start(approve(ready), by=marketer)
    sending.plan_work([_claimed("marketing.plan")])
    job, began = _claimed("marketing.send"), timezone.now()
    sending.send_work([job])
    passed = (timezone.now() - began).total_seconds()
    assert 2 <= len(server.mails) <= 2 + 2 * passed


# leases


def test_rows_a_dead_worker_claimed_are_free_again_and_rows_in_hand_are_unknown(ready, people, server, work, marketer):
    made = people(4)
    sending.start(ready, by=marketer)
    sending.plan_work([_claimed("marketing.plan")])
    past, future = timezone.now() - timedelta(seconds=1), timezone.now() + timedelta(minutes=1)
    for contact, state, lease in (
        (made[0], State.CLAIMED, past), (made[1], State.ATTEMPTING, past), (made[2], State.ATTEMPTING, future),
    ):  # fmt: skip
        Delivery.objects.filter(person=contact.pk).update(state=state, lease_until=lease, lease_token="dead")
    work()
    assert set(server.to) == {made[0].email, made[3].email}
    assert counts(ready) == {"sent": 2, "ambiguous": 1, "waiting": 1}
    assert state_of(ready) == "sending"  # one is still in somebody's hand
    Delivery.objects.update(lease_until=past)
    sending.look()
    Job.objects.filter(state="queued").update(run_at=timezone.now())
    work()
    assert counts(ready) == {"sent": 2, "ambiguous": 2}
    assert state_of(ready) == "done"


def test_a_late_answer_settles_what_was_taken_for_lost(ready, people, server, work, marketer, at_mail):
    made = people(1)
    at_mail(1, lambda: (Delivery.objects.update(lease_until=timezone.now() - timedelta(1)), sending.look()))
    sending.start(ready, by=marketer)
    work()
    assert row(made[0]).state == State.SENT
    assert len(server.mails) == 1


def test_a_person_settles_what_nobody_knows(ready, people, server, work, marketer):
    made = people(3)
    sending.start(ready, by=marketer)
    work()
    Delivery.objects.filter(person__in=[made[0].pk, made[1].pk]).update(state=State.AMBIGUOUS, sent_at=None)
    server.mails.clear()
    sending.settle(row(made[0]), "sent", by=marketer)
    sending.settle(row(made[1]), "again", by=marketer)
    with pytest.raises(ValidationError, match="settled already"):
        sending.settle(row(made[0]), "again", by=marketer)
    with pytest.raises(ValidationError, match="settled already"):
        sending.settle(row(made[2]), "again", by=marketer)
    work()
    assert server.to == [made[1].email]
    assert counts(ready) == {"sent": 3}
    assert row(made[0]).settled_by == marketer
    assert AuditEntry.objects.filter(verb="settle").count() == 2


def test_nothing_of_a_cancelled_campaign_is_sent_again(ready, people, server, work, marketer):
    made = people(2)
    sending.start(ready, by=marketer)
    sending.plan_work([_claimed("marketing.plan")])
    Delivery.objects.filter(person=made[0].pk).update(state=State.AMBIGUOUS)
    ready.refresh_from_db()
    sending.cancel(ready, by=marketer)
    with pytest.raises(ValidationError, match="cancelled"):
        sending.settle(row(made[0]), "again", by=marketer)
    work()
    sending.look()
    work()
    assert server.mails == []
    assert counts(ready) == {"ambiguous": 1, "skipped": 1}


def test_queue_rows_that_were_wiped_are_made_again_by_the_tick(ready, people, server, work, marketer):
    people(20)
    sending.start(ready, by=marketer)
    Job.objects.all().delete()
    sending.look()
    sending.plan_work([_claimed("marketing.plan")])
    Job.objects.all().delete()
    sending.look()
    sending.look()
    assert Job.objects.filter(state="queued").count() == 1
    work()
    assert counts(ready) == {"sent": 20}
    assert state_of(ready) == "done"


def test_a_worker_that_gives_up_pauses_the_campaign_and_says_why(ready, people, server, marketer, monkeypatch):
    people(2)
    sending.start(ready, by=marketer)
    sending.failed(Job(payload={"campaign": ready.pk}, error="disk full"))
    ready.refresh_from_db()
    assert (ready.state, "disk full" in ready.problem) == ("paused", True)


def _claimed(kind):
    """Take the one job of a kind, as a worker does."""
    from core.services import jobs

    (job,) = jobs.claim("default")
    assert job.kind == kind
    return job
