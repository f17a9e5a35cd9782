"""The tab Sending: who sees it, who may act, and what it shows."""

import re

import pytest
from django.urls import reverse

from core.models import AuditEntry, Job
from crm.models import Contact
from marketing.models import Campaign, Consent, Delivery, Link, Response, Suppression
from marketing.services import driving, letters, planning, sending
from tests.marketing.sending.conftest import approve


def page_of(campaign):
    return reverse("campaign-sending", args=[campaign.pk])


def act(client, campaign, verb, **data):
    return client.post(
        reverse("campaign-sending-act", args=[campaign.pk]),
        {"verb": verb, "version": campaign.version, **data},
        follow=True,
    )


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def sent(ready, people, server, work, marketer):
    """A campaign that was sent: to one, one refused, one unknown, one without consent."""
    made = people(3)
    people(1, agreed=False)
    server.answers[made[1].email] = "550 5.1.1 no such user"
    sending.start(ready, by=marketer)
    work()
    Delivery.objects.filter(person=made[2].pk).update(state="ambiguous", error="No answer came: timed out")
    ready.refresh_from_db()
    return ready


def test_the_ledger_stands_there_and_adds_up(marketer_client, sent):
    text = text_of(marketer_client.get(page_of(sent)))
    for part in (
        "4 planned",
        "1 sent",
        "0 came back",
        "1 failed",
        "1 skipped",
        "1 unknown",
        "0 waiting",
        "No consent 1",
        "550 5.1.1 no such user",
    ):
        assert part in text


def test_rows_by_part(marketer_client, sent):
    text = text_of(marketer_client.get(page_of(sent) + "?part=ambiguous"))
    assert "No answer came: timed out" in text
    assert "550 5.1.1" not in text
    assert "It was sent" in text


def test_the_ledger_polls_while_it_moves_and_then_draws_the_page_anew(marketer_client, ready, people, marketer):
    people(1)
    sending.start(ready, by=marketer)
    assert b'hx-trigger="every 2s"' in marketer_client.get(page_of(ready)).content
    poll = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "sending"}
    answer = marketer_client.get(page_of(ready) + "?was=sending", **poll)
    assert ("HX-Refresh" in answer, b"<html" in answer.content) == (False, False)
    Campaign.objects.filter(pk=ready.pk).update(state="done")
    assert marketer_client.get(page_of(ready) + "?was=sending", **poll)["HX-Refresh"] == "true"
    assert b"every 2s" not in marketer_client.get(page_of(ready)).content


def test_a_marketer_starts_pauses_resumes_and_stops(marketer_client, ready, people):
    people(2)
    for verb, state in (("start", "sending"), ("pause", "paused"), ("resume", "sending"), ("cancel", "cancelled")):
        assert act(marketer_client, ready, verb).status_code == 200
        ready.refresh_from_db()
        assert ready.state == state
    assert AuditEntry.objects.filter(verb__in=["start", "pause", "resume", "cancel"]).count() == 4


def test_a_campaign_that_is_not_approved_is_not_sent(marketer_client, campaign):
    answer = act(marketer_client, campaign, "start")
    assert "cannot be done now" in text_of(answer)
    assert Job.objects.count() == 0


def test_a_stale_button_does_nothing(marketer_client, ready, people):
    people(1)
    old = ready.version
    act(marketer_client, ready, "start")
    ready.refresh_from_db()
    answer = act(marketer_client, ready, "pause", version=old)
    ready.refresh_from_db()
    assert ready.state == "sending"
    assert "Somebody changed this" in text_of(answer)


def test_a_button_without_its_version_does_nothing(marketer_client, ready, people):
    people(1)
    answer = marketer_client.post(reverse("campaign-sending-act", args=[ready.pk]), {"verb": "start"}, follow=True)
    ready.refresh_from_db()
    assert (ready.state, Job.objects.count()) == ("approved", 0)
    assert "Somebody changed this" in text_of(answer)


def test_scheduling(marketer_client, ready, people):
    people(1)
    url = reverse("campaign-schedule", args=[ready.pk])
    for bad, said in (("", "Say when."), ("soon", "This is no time"), ("2020-01-01T10:00", "This time is over")):
        answer = marketer_client.post(url, {"send_at": bad, "version": ready.version})
        assert answer.status_code == 422
        assert said in text_of(answer)
    assert marketer_client.post(url, {"send_at": "2099-01-01T10:00", "version": ready.version}).status_code == 302
    ready.refresh_from_db()
    assert (ready.state, ready.send_at.year) == ("scheduled", 2099)
    act(marketer_client, ready, "unschedule")
    ready.refresh_from_db()
    assert (ready.state, ready.send_at) == ("approved", None)


def test_settling_by_hand(marketer_client, marketer, sent):
    row = Delivery.objects.get(state="ambiguous")
    url = reverse("campaign-mail-settle", args=[row.pk])
    assert "Say whether" in text_of(marketer_client.post(url, {"verdict": "perhaps"}, follow=True))
    marketer_client.post(url, {"verdict": "sent"})
    row.refresh_from_db()
    assert (row.state, row.settled_by) == ("sent", marketer)
    assert "settled already" in text_of(marketer_client.post(url, {"verdict": "again"}, follow=True))


def test_the_mail_is_opened_and_stands_there_as_its_bytes(marketer_client, manager_client, sent):
    row = Delivery.objects.get(state="sent")
    Contact.objects.filter(pk=row.contact_id).update(name="林 <b>晓</b>")
    for client in (marketer_client, manager_client):
        page = client.get(reverse("campaign-mail", args=[row.pk]))
        mail = page.context["mail"]
        assert f"Message-ID: {row.message_id}\r\n" in mail.raw
        assert dict(mail.headers)["To"].startswith('"林 ')
        assert "=?utf-8?b?" not in str(mail.headers)
        assert mail.text.startswith("Hello 林,")
        assert mail.html.startswith("<!doctype html>")
        assert "<b>" not in page.content.decode().split('id="headers"')[1].split("</dl>")[0]
        assert b"<iframe" not in page.content


def test_a_mail_only_looked_at_stores_no_link_and_the_links_say_where_they_lead(marketer_client, ready, people):
    url = "https://fairlead.example.com/ports?x=1"
    people(1)
    planning.plan(ready, by=ready.owner)
    address = reverse("campaign-mail", args=[ready.deliveries.get().pk])
    before = marketer_client.get(address).context["mail"]
    assert (Link.objects.count(), before.leads[0]) == (0, (url, url))
    letters.stored_links(ready)
    (signed, leads), (leave, words) = marketer_client.get(address).context["mail"].leads
    assert "/r/" in signed
    assert leads.startswith(f"{url}&utm_source=fairlead")
    assert ("/u/" in leave, words) == (True, "our page to unsubscribe")


def test_a_manager_reads_and_changes_nothing(manager_client, sent):
    assert manager_client.get(page_of(sent)).status_code == 200
    assert b'name="verdict"' not in manager_client.get(page_of(sent)).content
    row = Delivery.objects.get(state="ambiguous")
    assert act(manager_client, sent, "cancel").status_code == 403
    assert manager_client.post(reverse("campaign-mail-settle", args=[row.pk]), {"verdict": "sent"}).status_code == 403
    row.refresh_from_db()
    assert row.state == "ambiguous"


def test_a_manager_learns_no_names_of_other_teams(manager_client, sent, other_team, other_rep):
    Contact.objects.update(team=other_team, owner=other_rep)
    page = text_of(manager_client.get(page_of(sent)))
    assert page.count("A contact of another team") == Delivery.objects.count()
    assert "Person 1" not in page
    assert "baltic.example" not in page
    row = Delivery.objects.get(state="sent")
    assert manager_client.get(reverse("campaign-mail", args=[row.pk])).status_code == 404


def test_a_rep_is_refused_and_nothing_is_written(rep_client, ready, people, marketer):
    people(1)
    tables = (Job, Delivery, Response, Consent, Suppression, AuditEntry)
    before = [table.objects.count() for table in tables]
    for verb in ("start", "pause", "resume", "cancel", "reopen", "unschedule"):
        assert act(rep_client, ready, verb).status_code == 403
    assert rep_client.get(page_of(ready)).status_code == 403
    assert (
        rep_client.post(reverse("campaign-schedule", args=[ready.pk]), {"send_at": "2099-01-01T10:00"}).status_code
        == 403
    )
    assert [table.objects.count() for table in tables] == before
    ready.refresh_from_db()
    assert ready.state == "approved"


def test_the_page_makes_as_many_queries_for_many_rows(
    marketer_client, ready, people, marketer, django_assert_max_num_queries
):
    people(60)
    sending.start(approve(ready), by=marketer)
    from core.services import jobs

    driving.plan_work(jobs.claim("default"))
    marketer_client.get(page_of(ready))
    with django_assert_max_num_queries(26):
        marketer_client.get(page_of(ready))
