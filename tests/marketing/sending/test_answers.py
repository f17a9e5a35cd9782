"""What mail servers answer, and what comes of it."""

import asyncio
from datetime import timedelta

import pytest
from django.utils import timezone

from core.models import Job
from marketing.models import Campaign, Delivery, SendingRate
from marketing.services import delivering, driving, rates, sending
from tests.marketing.sending.book import claimed, counts, parsed, row, state_of
from tests.marketing.sending.conftest import approve

State, Skipped = Delivery.State, Delivery.Skipped


def test_refused_recipients_fail_and_the_rest_goes_on(ready, people, server, work, marketer):
    made = people(12)
    server.answers[made[3].email] = "550 5.1.1 no such user"
    server.data[made[4].email] = "552 5.3.4 too big"
    sending.start(ready, by=marketer)
    work()
    assert (row(made[3]).state, row(made[3]).error) == (State.FAILED, "550 5.1.1 no such user")
    assert row(made[4]).error == "552 5.3.4 too big"
    assert counts(ready) == {"sent": 10, "failed": 2}


def test_a_refused_sender_stops_the_sending_and_costs_no_recipient(ready, people, server, work, marketer):
    people(12)
    server.sender_answer = "530 5.7.0 authentication required"
    sending.start(ready, by=marketer)
    work()
    ready.refresh_from_db()
    assert (ready.state, counts(ready)) == (Campaign.State.PAUSED, {"waiting": 12})
    assert "530 5.7.0 authentication required" in ready.problem
    server.sender_answer = ""
    sending.resume(ready, by=marketer)
    work()
    assert counts(ready) == {"sent": 12}


def test_a_recipient_put_off_is_tried_again_later_with_the_same_message_id(ready, people, server, work, marketer):
    made = people(3)
    server.answers[made[1].email] = "450 4.2.0 greylisted"
    began = timezone.now()
    sending.start(ready, by=marketer)
    work()
    one = row(made[1])
    assert (one.state, one.attempts, one.error) == (State.PLANNED, 1, "450 4.2.0 greylisted")
    assert began < one.due_at - timedelta(seconds=60) <= timezone.now()
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
    began = timezone.now()
    sending.start(ready, by=marketer)
    work()
    assert sum(Delivery.objects.values_list("attempts", flat=True)) == 1
    rest = SendingRate.objects.get(key=rates.STREAM)
    assert rest.slowed_until > began
    assert Job.objects.get(state="queued").run_at > began + timedelta(seconds=20)
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
    settings.EMAIL_TIMEOUT = 3 if how == "hangs" else 60
    made = people(4)

    async def vanish(smtp):
        if how == "drops":
            smtp.transport.abort()
        else:
            await asyncio.sleep(600)
        return "250 never heard"

    server.data[made[1].email] = vanish
    sending.start(ready, by=marketer)
    work()
    assert row(made[1]).state == State.AMBIGUOUS
    assert counts(ready) == {"sent": 3, "ambiguous": 1}
    assert state_of(ready) == "done"
    driving.look()
    work()
    assert (len(server.mails), row(made[1]).attempts) == (3, 1)


def test_a_server_that_is_away_costs_nobody_a_try(ready, people, server, work, marketer, settings, no_pauses):
    people(5)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    sending.start(ready, by=marketer)
    job = claimed("marketing.plan")
    driving.plan_work([job])
    job = claimed("marketing.send")
    delivering.SLICE, slice_ = 0.2, delivering.SLICE
    try:
        driving.send_work([job])
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
    driving.plan_work([claimed("marketing.plan")])
    job, began = claimed("marketing.send"), timezone.now()
    driving.send_work([job])
    passed = (timezone.now() - began).total_seconds()
    assert 2 <= len(server.mails) <= 2 + 2 * passed
