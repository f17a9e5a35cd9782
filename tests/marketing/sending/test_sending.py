"""A campaign from start to done: who gets it, what may change meanwhile, and the people who stop and start it."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from core.models import Job
from core.services.edits import Stale
from crm.models import Contact
from marketing.models import Campaign, CampaignCopy, Delivery
from marketing.services import consents, copywriting, delivering, driving, planning, sending
from tests.marketing.sending.book import claimed, counts, parsed, row, state_of
from tests.marketing.sending.conftest import approve

State, Skipped = Delivery.State, Delivery.Skipped


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
    driving.look()
    work()
    assert len(server.mails) == 60


def test_copies_for_segments_cost_the_planning_no_query_a_recipient(
    ready, people, segments, marketer, django_assert_max_num_queries
):
    CampaignCopy.objects.update(segment=segments["logistics"])
    people(30)
    with django_assert_max_num_queries(20):
        planning.plan(ready, by=marketer)
    assert set(ready.deliveries.values_list("reason", flat=True)) == {Skipped.NO_COPY}
    assert ready.deliveries.count() == 30


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
    first, unsubscribed, erased, bounced, moved = people(5)
    sending.start(ready, by=marketer)
    driving.plan_work([claimed("marketing.plan")])
    consents.withdraw(unsubscribed, source="unsubscribe")
    erased_id = erased.pk
    erased.delete()
    consents.suppress(bounced.email, "complained")
    Contact.objects.filter(pk=moved.pk).update(email="new@baltic.example")
    work()
    assert sorted(server.to) == sorted([first.email, "new@baltic.example"])
    assert row(unsubscribed).reason == Skipped.UNSUBSCRIBED
    assert Delivery.objects.get(person=erased_id).reason == Skipped.GONE
    assert Delivery.objects.get(person=erased_id).address == ""
    assert row(bounced).reason == Skipped.SUPPRESSED
    assert counts(ready) == {"sent": 2, "skipped": 3}


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
    driving.look()
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
    driving.look()
    assert (server.mails, state_of(ready)) == ([], "scheduled")
    sending.unschedule(ready, by=marketer)
    Job.objects.filter(state="queued").update(run_at=timezone.now())
    work()
    assert (server.mails, state_of(ready), Delivery.objects.count()) == ([], "approved", 0)
    with pytest.raises(ValidationError, match="over"):
        sending.schedule(ready, timezone.now() - timedelta(minutes=1), by=marketer)


def test_a_time_moved_forward_is_not_missed(ready, people, server, work, marketer):
    people(2)
    sending.schedule(ready, timezone.now() + timedelta(hours=3), by=marketer)
    sooner = timezone.now() + timedelta(hours=1)
    sending.schedule(ready, sooner, by=marketer)
    assert Job.objects.get(kind=driving.PLAN).run_at == sooner


def test_who_is_frozen_stays_so_when_the_rest_is_scheduled(ready, people, server, work, marketer):
    people(3)
    sending.start(ready, by=marketer)
    driving.plan_work([claimed("marketing.plan")])
    ready.refresh_from_db()
    sending.reopen(sending.pause(ready, by=marketer), by=marketer)
    late = people(1)[0]
    sending.schedule(approve(ready), timezone.now() + timedelta(hours=1), by=marketer)
    Campaign.objects.update(send_at=timezone.now() - timedelta(seconds=1))
    Job.objects.filter(state="queued").update(run_at=timezone.now())
    work()
    assert counts(ready) == {"sent": 3}
    assert late.email not in server.to


def test_one_recipient_whose_text_cannot_be_made_holds_up_nobody(ready, people, server, work, marketer):
    odd, fine = people(1, title="Chief")[0], people(1)[0]
    text = "{% if contact.title == 'Chief' %}{{ contact.name | truncate: 'x' }}{% endif %} Goodbye."
    ready.copies.get().sentences.filter(position=3).update(text=text)
    sending.start(approve(ready), by=marketer)
    work()
    assert server.to == [fine.email]
    assert row(odd).reason == Skipped.MISSING


def test_mails_that_wait_get_a_subject_line_that_is_there(ready, people, server, work, marketer):
    people(20)
    sending.start(ready, by=marketer)
    driving.plan_work([claimed("marketing.plan")])
    ready.refresh_from_db()
    sending.reopen(sending.pause(ready, by=marketer), by=marketer)
    assert Delivery.objects.filter(variant=1).exists()
    copywriting.set_subjects(ready.copies.get(), ["The only one"], by=marketer, expected=None)
    sending.start(approve(ready), by=marketer)
    work()
    assert {parsed(mail)["Subject"] for mail in server.mails} == {"The only one"}
    assert not Delivery.objects.exclude(variant=0).exists()


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
