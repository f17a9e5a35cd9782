"""What follows from clicks, replies, bounces, complaints and unsubscribes; each once, whoever tells it how often."""

import pytest
from django.db import connection

from crm.models import Activity, Lead
from crm.services import activities
from marketing.models import Campaign, Consent, Delivery, InboundMail, Link, Response, Suppression
from marketing.services import consents, responses
from tests.fixtures.at_once import at_once

Kind, Who = Response.Kind, Response.Who


@pytest.fixture
def link(campaign):
    return Link.objects.create(campaign=campaign, url="https://fairlead.example/helm")


def test_a_click_counts_once_for_each_link_and_visitor(delivery, link, campaign, lead):
    other = Link.objects.create(campaign=campaign, url="https://fairlead.example/price")
    for who in (Who.HUMAN, Who.HUMAN, Who.SCANNER, Who.MACHINE, Who.SCANNER):
        responses.record(delivery, Kind.CLICK, who, link=link)
    _row, new = responses.record(delivery, Kind.CLICK, link=other)
    assert new
    assert Response.objects.count() == 4
    assert Activity.objects.filter(lead=lead).count() == 1


def test_only_people_reach_the_timeline(delivery, link, lead):
    responses.record(delivery, Kind.CLICK, Who.SCANNER, link=link)
    responses.record(delivery, Kind.AUTO_REPLY, Who.MACHINE)
    responses.record(delivery, Kind.DELAYED, Who.MACHINE)
    assert not Activity.objects.exists()


@pytest.mark.parametrize("kind", [Kind.CLICK, Kind.REPLY, Kind.UNSUBSCRIBE, Kind.BOUNCE, Kind.COMPLAINT])
def test_each_stands_once_on_every_lead_of_the_contact(kind, delivery, link, lead, campaign, pipeline, stages):
    second = Lead.objects.create(title="Second", contact=lead.contact, pipeline=pipeline, stage=stages["won"])
    for _ in range(2):
        responses.record(delivery, kind, link=link if kind == Kind.CLICK else None, detail="550 no such user")
    for one in (lead, second):
        entry = Activity.objects.get(lead=one)
        assert campaign.name in entry.text
        assert entry.text == activities.describe(entry)
        assert entry.data["event"] == f"mail-{kind}"


def test_leads_of_others_hear_nothing(delivery, other_lead):
    responses.record(delivery, Kind.REPLY)
    assert not Activity.objects.exists()


def test_a_reply_stops_what_still_waits_in_running_campaigns(delivery, deliver, campaign, contact, audience):
    made = {}
    for state in Campaign.State.values:
        other = Campaign.objects.create(name=state, audience=audience, state=state)
        for row_state in ("planned", "claimed", "attempting", "sent"):
            made[state, row_state] = deliver(other, contact, row_state, step=len(made) + 2, lease_token="x")
    stranger = deliver(campaign, state="planned")
    responses.record(delivery, Kind.AUTO_REPLY, Who.MACHINE)
    assert not Delivery.objects.filter(state="skipped").exists()
    responses.record(delivery, Kind.REPLY)
    skipped = set(
        Delivery.objects.filter(state="skipped", reason="replied", lease_token="").values_list("pk", flat=True)
    )
    assert skipped == {
        made[state, row].pk for state in ("scheduled", "sending", "paused") for row in ("planned", "claimed")
    }
    assert Delivery.objects.get(pk=stranger.pk).state == "planned"


def test_an_erased_contacts_reply_stops_their_own_rows_alone(delivery, deliver, campaign):
    one = deliver(campaign, state="planned", person=delivery.person, step=2)
    other = deliver(campaign, state="planned")
    Delivery.objects.filter(pk=delivery.pk).update(contact=None)
    responses.record(delivery, Kind.REPLY)
    states = {row.pk: row.state for row in Delivery.objects.filter(pk__in=[one.pk, other.pk])}
    assert states == {one.pk: "skipped", other.pk: "planned"}


@pytest.mark.parametrize(("hard", "barred"), [(True, "suppressed"), (False, "")])
def test_a_bounce(hard, barred, delivery, contact):
    responses.record(delivery, Kind.BOUNCE, Who.MACHINE, detail="5.1.1 gone", hard=hard)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error) == ("bounced", "5.1.1 gone")
    assert consents.may_write(contact) == barred


@pytest.mark.parametrize("state", ["planned", "claimed", "failed", "skipped"])
def test_a_bounce_of_what_never_left_changes_no_state(state, delivery):
    Delivery.objects.filter(pk=delivery.pk).update(state=state)
    responses.record(delivery, Kind.BOUNCE, Who.MACHINE)
    delivery.refresh_from_db()
    assert delivery.state == state


@pytest.mark.parametrize(
    ("kind", "who", "state"),
    [(Kind.CLICK, Who.SCANNER, "sent"), (Kind.REPLY, Who.HUMAN, "sent"), (Kind.AUTO_REPLY, Who.MACHINE, "sent"),
     (Kind.BOUNCE, Who.MACHINE, "bounced"), (Kind.DELAYED, Who.MACHINE, "ambiguous")],
)  # fmt: skip
@pytest.mark.parametrize("before", ["ambiguous", "attempting"])
def test_what_comes_back_settles_what_was_unclear(before, kind, who, state, delivery):
    Delivery.objects.filter(pk=delivery.pk).update(state=before, sent_at=None)
    responses.record(delivery, kind, who)
    delivery.refresh_from_db()
    assert delivery.state == (before if kind == Kind.DELAYED else state)
    assert (delivery.sent_at is not None) == (state == "sent")


def test_unsubscribe_and_complaint_withdraw_consent_once(delivery, contact):
    for kind in (Kind.UNSUBSCRIBE, Kind.UNSUBSCRIBE, Kind.COMPLAINT):
        responses.record(delivery, kind, ip="192.0.2.4")
    said = Consent.objects.filter(contact=contact, given=False)
    assert [(row.source, row.ip) for row in said] == [("unsubscribe", "192.0.2.4")]
    assert consents.may_write(contact) == "unsubscribed"


def test_the_address_of_an_erased_contact_stays_unsubscribed(delivery):
    Delivery.objects.filter(pk=delivery.pk).update(contact=None)
    responses.record(delivery, Kind.UNSUBSCRIBE)
    assert Suppression.objects.get().reason == "unsubscribed"
    assert consents.suppressed([delivery.address])


def test_once_a_contact_is_erased_nothing_that_came_back_names_them(delivery, contact):
    responses.record(delivery, Kind.BOUNCE, Who.MACHINE, detail=f"550 <{contact.email}> unknown")
    InboundMail.objects.create(
        digest="a", kind="bounce", sender=contact.email, subject=contact.name, detail=contact.email, delivery=delivery
    )
    contact.delete()
    mail, answer = InboundMail.objects.get(), Response.objects.get()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.address, delivery.error, answer.kind, answer.detail) == (
        "bounced",
        "",
        "",
        "bounce",
        "",
    )
    assert (mail.delivery, mail.sender, mail.subject, mail.detail) == (delivery, "", "", "")


def test_detail_is_one_short_line_that_a_database_takes(delivery):
    row, _new = responses.record(delivery, Kind.REPLY, detail="a\x00\n b" * 200)
    assert len(row.detail) == 300
    assert "\x00" not in row.detail
    assert "\n" not in row.detail


def test_nothing_is_half_written(delivery, lead, monkeypatch):
    monkeypatch.setattr(activities, "log", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        responses.record(delivery, Kind.BOUNCE, Who.MACHINE, hard=True)
    assert connection.get_autocommit() is not None
    assert not Response.objects.exists()
    assert not Suppression.objects.exists()
    assert Delivery.objects.get(pk=delivery.pk).state == "sent"


@pytest.mark.django_db(transaction=True)
def test_told_by_many_at_once_it_counts_once(delivery, link, lead):
    told = at_once(*[lambda: responses.record(delivery, Kind.CLICK, link=link)] * 4)
    assert [new for _row, new in told].count(True) == 1
    at_once(*[lambda: responses.record(delivery, Kind.BOUNCE, Who.MACHINE, hard=True)] * 4)
    assert (Response.objects.count(), Activity.objects.count(), Suppression.objects.count()) == (2, 2, 1)


@pytest.mark.django_db(transaction=True)
def test_taken_by_many_at_once_a_mail_counts_once(delivery, lead, raw):
    from crm.models import Message
    from marketing.services import inbox

    data = raw("reply")
    taken = at_once(*[lambda: inbox.take(data)] * 4)
    assert [new for _row, new in taken].count(True) == 1
    assert (Response.objects.count(), Message.objects.count()) == (1, 1)
