"""Rows that vanished workers left, wiped queues, and what a person settles."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from core.models import AuditEntry, Job
from marketing.models import Delivery
from marketing.services import driving, sending
from tests.marketing.sending.book import claimed, counts, row, state_of

State, Skipped = Delivery.State, Delivery.Skipped


def test_rows_a_dead_worker_claimed_are_free_again_and_rows_in_hand_are_unknown(ready, people, server, work, marketer):
    made = people(4)
    sending.start(ready, by=marketer)
    driving.plan_work([claimed("marketing.plan")])
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
    driving.look()
    Job.objects.filter(state="queued").update(run_at=timezone.now())
    work()
    assert counts(ready) == {"sent": 2, "ambiguous": 2}
    assert state_of(ready) == "done"


def test_a_late_answer_settles_what_was_taken_for_lost(ready, people, server, work, marketer, at_mail):
    made = people(1)
    at_mail(1, lambda: (Delivery.objects.update(lease_until=timezone.now() - timedelta(1)), driving.look()))
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


def test_what_is_sent_again_as_the_campaign_ends_is_not_left_behind(ready, people, server, work, marketer):
    (one,) = people(1)
    sending.start(ready, by=marketer)
    seen = Delivery.objects.select_related("campaign").filter(person=one.pk)
    driving.plan_work([claimed("marketing.plan")])
    page = seen.get()  # as a person has it open while the campaign is being sent
    work()
    assert state_of(ready) == "done"
    Delivery.objects.update(state=State.AMBIGUOUS, sent_at=None)
    server.mails.clear()
    sending.settle(page, "again", by=marketer)
    work()
    assert server.to == [one.email]
    assert (counts(ready), state_of(ready)) == ({"sent": 1}, "done")


def test_nothing_of_a_cancelled_campaign_is_sent_again(ready, people, server, work, marketer):
    made = people(2)
    sending.start(ready, by=marketer)
    driving.plan_work([claimed("marketing.plan")])
    Delivery.objects.filter(person=made[0].pk).update(state=State.AMBIGUOUS)
    ready.refresh_from_db()
    sending.cancel(ready, by=marketer)
    with pytest.raises(ValidationError, match="cancelled"):
        sending.settle(row(made[0]), "again", by=marketer)
    work()
    driving.look()
    work()
    assert server.mails == []
    assert counts(ready) == {"ambiguous": 1, "skipped": 1}


def test_queue_rows_that_were_wiped_are_made_again_by_the_tick(ready, people, server, work, marketer):
    people(20)
    sending.start(ready, by=marketer)
    Job.objects.all().delete()
    driving.look()
    driving.plan_work([claimed("marketing.plan")])
    Job.objects.all().delete()
    driving.look()
    driving.look()
    assert Job.objects.filter(state="queued").count() == 1
    work()
    assert counts(ready) == {"sent": 20}
    assert state_of(ready) == "done"


def test_a_worker_that_gives_up_pauses_the_campaign_and_says_why(ready, people, server, marketer, monkeypatch):
    people(2)
    sending.start(ready, by=marketer)
    driving.failed(Job(payload={"campaign": ready.pk}, error="disk full"))
    ready.refresh_from_db()
    assert (ready.state, "disk full" in ready.problem) == ("paused", True)
