"""Two contacts of an approved campaign become one before their mails are sent: one mail, to the kept one, or none."""

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError

from crm.models import Contact
from crm.services import contact_merging
from marketing.models import Consent, Delivery, Response
from marketing.services import claiming, consents, driving, fitness, planning, responses, sending, unsubscribing
from tests.marketing.sending.book import claimed, counts

State, Skipped = Delivery.State, Delivery.Skipped


def merge(kept, gone):
    kept.refresh_from_db()
    gone.refresh_from_db()
    return contact_merging.merge(kept, gone, by=None, expected=kept.version, gone_expected=gone.version)


@pytest.fixture
def frozen(ready, marketer):
    """Return `frozen()`: the campaign begun and its audience frozen, nothing sent yet."""

    def begin():
        sending.start(ready, by=marketer)
        driving.plan_work([claimed("marketing.plan")])
        return ready

    return begin


@pytest.mark.parametrize("when", ["before the audience is frozen", "after it"])
@pytest.mark.parametrize("stays", [0, 1])
def test_one_mail_goes_to_the_kept_address(ready, frozen, people, server, work, when, stays):
    pair = people(2)
    kept, gone = pair[stays], pair[1 - stays]
    if when == "before the audience is frozen":
        merge(kept, gone)
        frozen()
        expected = {"sent": 1}
    else:
        frozen()
        merge(kept, gone)
        expected = {"sent": 1, "skipped": 1}
    work()
    assert server.to == [kept.email]
    assert counts(ready) == expected
    assert set(Delivery.objects.values_list("contact", flat=True)) == {kept.pk}


def test_where_only_the_other_was_in_the_audience_the_kept_one_gets_its_mail(
    ready, frozen, people, server, work, marketer
):
    (gone,) = people(1)
    frozen()
    (kept,) = people(1, agreed=False, email="kept@baltic.example")
    merge(kept, gone)
    work()
    assert server.to == ["kept@baltic.example"]
    assert counts(ready) == {"sent": 1}


@pytest.mark.parametrize("refuser", [0, 1])
@pytest.mark.parametrize("how", ["unsubscribed", "complained", "by-hand"])
def test_the_stricter_word_holds_whoever_stays(ready, frozen, people, server, work, refuser, how):
    pair = people(2)
    frozen()
    kept, gone = pair
    if how == "unsubscribed":
        consents.withdraw(pair[refuser], source="unsubscribe")
    else:
        consents.suppress(pair[refuser].email, how)
    merge(kept, gone)
    work()
    assert server.to == []
    assert consents.may_write(kept) in (Skipped.UNSUBSCRIBED, Skipped.SUPPRESSED)
    assert counts(ready) == {"skipped": 2}


def test_a_later_yes_of_the_other_does_not_make_a_yes_of_a_no(people):
    kept, gone = people(2, agreed=False)
    consents.withdraw(gone, source="person", wording="Stop it.")
    consents.give(kept, wording="Yes.", policy="1", source="form")
    merge(kept, gone)
    assert consents.may_write(kept) == Skipped.UNSUBSCRIBED
    assert list(Consent.objects.filter(contact=kept).values_list("given", "source")) == [
        (False, "merge"), (True, "form"), (False, "person"),
    ]  # fmt: skip


def test_a_yes_of_one_and_silence_of_the_other_is_a_yes(people):
    (kept,) = people(1, agreed=False)
    (gone,) = people(1)
    merge(kept, gone)
    assert consents.may_write(kept) == ""
    assert Consent.objects.get().contact == kept


def test_a_dead_mail_box_says_nothing_about_the_other(people):
    kept, gone = people(2)
    consents.suppress(gone.email, "bounced")
    merge(kept, gone)
    assert consents.may_write(kept) == ""


@pytest.mark.parametrize("state", ["sent", "attempting", "ambiguous"])
@pytest.mark.parametrize("stays", [0, 1])
def test_who_has_it_or_may_have_it_gets_no_second_one(ready, frozen, people, server, work, state, stays):
    pair = people(2)
    frozen()
    out, waiting = Delivery.objects.order_by("pk")
    Delivery.objects.filter(pk=out.pk).update(state=state, lease_until="2099-01-01T00:00Z")
    merge(pair[stays], pair[1 - stays])
    work()
    assert server.to == []
    waiting.refresh_from_db()
    assert waiting.reason == Skipped.DUPLICATE


@pytest.mark.parametrize("state", ["failed", "bounced"])
def test_what_did_not_arrive_does_not_keep_the_other_mail_back(ready, frozen, people, server, work, state):
    kept, gone = people(2)
    frozen()
    Delivery.objects.filter(person=gone.pk).update(state=state)
    merge(kept, gone)
    work()
    assert server.to == [kept.email]


def test_the_same_address_twice_is_written_to_once(ready, frozen, people, server, work):
    first, second = people(2, email="one@baltic.example")
    frozen()  # the second is skipped as a duplicate of the first
    merge(second, first)
    work()
    assert server.to == ["one@baltic.example"]
    assert counts(ready) == {"sent": 1, "skipped": 1}


def test_who_replied_under_one_name_is_left_in_peace_under_the_other(ready, frozen, people, server, work):
    kept, gone = people(2)
    frozen()
    Delivery.objects.filter(person=gone.pk).update(state="skipped", reason=Skipped.REPLIED)
    merge(kept, gone)
    work()
    assert server.to == []
    assert Delivery.objects.get(person=kept.pk).reason == Skipped.REPLIED


def test_a_worker_that_holds_both_rows_sends_one(ready, frozen, people, marketer):
    """The merge comes between the claim and `attempting`: the skipped row is not the worker's any more."""
    kept, gone = people(2)
    frozen()
    claim = claiming.claim(ready, 10)
    assert len(claim.ids) == 2
    merge(kept, gone)
    assert claim.attempt(claim.ids) == {Delivery.objects.get(person=kept.pk).pk}


def test_a_merge_while_the_audience_is_frozen_leads_to_one_row_that_is_sent(
    ready, people, server, work, marketer, monkeypatch
):
    monkeypatch.setattr(planning, "CHUNK", 1)
    gone, kept = people(2)
    sending.start(ready, by=marketer)
    (job,) = [claimed("marketing.plan")]
    stopped = planning.plan(fitness.check(ready), by=marketer, going=lambda done: False)
    assert (stopped, Delivery.objects.count()) == (False, 1)
    merge(kept, gone)
    driving.plan_work([job])
    work()
    assert server.to == [kept.email]
    assert Delivery.objects.count() == 1


def test_what_came_back_and_links_in_old_mails_follow(ready, frozen, people, server, work):
    kept, gone = people(2)
    frozen()
    work()
    old = Delivery.objects.get(person=gone.pk)
    link = unsubscribing.link(old).split("/u/")[1].rstrip("/")
    responses.record(old, Response.Kind.CLICK)
    merge(kept, gone)
    assert Response.objects.get().delivery.contact == kept
    unsubscribing.act(unsubscribing.read(link))
    assert consents.may_write(kept) == Skipped.UNSUBSCRIBED
    assert kept.email in consents.suppressed([kept.email])


def test_a_link_of_a_deleted_campaign_still_finds_who_it_was(ready, frozen, people, server, work):
    kept, gone = people(2)
    frozen()
    work()
    link = unsubscribing.link(Delivery.objects.get(person=gone.pk)).split("/u/")[1].rstrip("/")
    merge(kept, gone)
    Delivery.objects.all().delete()
    unsubscribing.act(unsubscribing.read(link))
    assert consents.may_write(kept) == Skipped.UNSUBSCRIBED
    assert Contact.objects.count() == 1


@pytest.mark.parametrize("state", ["sent", "attempting", "ambiguous"])
def test_a_row_that_waits_again_after_the_merge_is_not_sent_to_who_has_the_mail(
    ready, frozen, people, server, work, state
):
    """Both were being handed over at the merge; the server refused one for now."""
    kept, gone = people(2)
    frozen()
    Delivery.objects.update(state="attempting", lease_until="2099-01-01T00:00Z")
    merge(kept, gone)
    mine = Delivery.objects.get(person=kept.pk)
    Delivery.objects.exclude(pk=mine.pk).update(state=state)
    Delivery.objects.filter(pk=mine.pk).update(state="planned", lease_until=None)
    work()
    assert server.to == []
    mine.refresh_from_db()
    assert (mine.state, mine.reason) == (State.SKIPPED, Skipped.DUPLICATE)


def test_send_again_is_refused_where_the_same_person_has_the_mail_by_the_other_row(ready, frozen, people, marketer):
    kept, gone = people(2)
    frozen()
    Delivery.objects.filter(person=gone.pk).update(state="sent")
    unclear = Delivery.objects.get(person=kept.pk)
    Delivery.objects.filter(pk=unclear.pk).update(state="ambiguous")
    merge(kept, gone)
    with pytest.raises(ValidationError, match="same person"):
        sending.settle(unclear, "again", by=marketer)
    unclear.refresh_from_db()
    assert unclear.state == State.AMBIGUOUS
    sending.settle(unclear, "sent", by=marketer)


def test_without_a_postal_address_a_frozen_campaign_stops(ready, frozen, people, server, work, settings):
    people(1)
    frozen()
    settings.POSTAL_ADDRESS = " "
    settings.MAIL_CATCHER = ""
    work()
    ready.refresh_from_db()
    assert server.to == []
    assert ready.state == "paused"
    assert "POSTAL_ADDRESS" in ready.problem


@pytest.mark.parametrize("fails", [1, 2])
def test_a_merge_at_the_same_moment_loses_no_unsubscribe(ready, frozen, people, server, work, monkeypatch, fails):
    (person,) = people(1)
    frozen()
    work()
    request = unsubscribing.read(unsubscribing.link(Delivery.objects.get()).split("/u/")[1].rstrip("/"))
    record, left = responses.record, [OperationalError("deadlock detected")] * fails

    def deadlocks(*values, **more):
        if left:
            raise left.pop()
        return record(*values, **more)

    monkeypatch.setattr(responses, "record", deadlocks)
    if fails == 1:
        unsubscribing.act(request)
        assert Consent.objects.filter(contact=person).first().given is False
    else:
        with pytest.raises(OperationalError):
            unsubscribing.act(request)
    assert consents.suppressed([person.email]) == {person.email}
