"""Who may approve is told by mail and on My day, and who waits for it is told what became of it."""

import pytest
from django.core import mail

from core.models import Job, User
from core.services import jobs
from marketing.models import Campaign, CampaignCopy
from marketing.services import approval, campaigns
from tests.fixtures.people import _person

pytestmark = pytest.mark.django_db


@pytest.fixture
def good(campaign, campaign_copy, contact):
    return campaign


@pytest.fixture
def admin(team):
    return _person("Ottilie", User.Role.ADMIN, team)


def fresh(campaign):
    return Campaign.objects.select_related("audience", "segment", "need").get(pk=campaign.pk)


def ask(campaign, by):
    return approval.ask(fresh(campaign), by=by, expected=fresh(campaign).version)


def approve(campaign, by):
    campaign = fresh(campaign)
    return approval.approve(campaign, by=by, seen=approval.content_hash(campaign), expected=campaign.version)


def send_back(campaign, by, reason="Shorter, please"):
    return approval.send_back(fresh(campaign), by=by, reason=reason, expected=fresh(campaign).version)


def told():
    return [(letter.to, letter.subject) for letter in mail.outbox]


def test_it_is_a_worker_that_mails_who_may_approve_and_nobody_else(good, marketer, other_marketer, rep, admin, team):
    writer = _person("Noor", User.Role.MARKETER, team)
    CampaignCopy.objects.filter(campaign=good).update(edited_by=writer)
    User.objects.filter(pk=_person("Gone", User.Role.MARKETER, team).pk).update(is_active=False)
    ask(good, marketer)
    assert mail.outbox == []
    jobs.work("default")
    assert told() == [([other_marketer.email], f"Waits for your approval: {good.name}")]
    letter = mail.outbox[0]
    assert f"{marketer.name} asks for approval" in letter.body
    assert f"/campaigns/{good.pk}/copy/" in letter.body
    assert letter.message()["Auto-Submitted"] == "auto-generated"


def test_an_admin_is_told_where_no_marketer_may(good, marketer, admin, rep):
    ask(good, marketer)
    jobs.work("default")
    assert [to for to, _subject in told()] == [[admin.email]]


def test_each_reads_it_in_their_language_and_a_line_break_in_a_name_does_no_harm(good, marketer, other_marketer):
    other_marketer.language = "zh-hans"
    other_marketer.save()
    Campaign.objects.filter(pk=good.pk).update(name="Ports\nBcc: all@x.example")
    ask(good, marketer)
    jobs.work("default")
    assert "Ports Bcc: all@x.example" in mail.outbox[0].subject
    assert mail.outbox[0].recipients() == [other_marketer.email]


def test_what_was_decided_meanwhile_is_not_asked_any_more(good, marketer, other_marketer):
    ask(good, marketer)
    approve(good, other_marketer)
    jobs.work("default")
    assert told() == [([marketer.email], f"Approved: {good.name}")]
    assert Job.objects.get(payload__what="asked").note == "overtaken or gone"


def test_asker_and_owner_hear_that_it_was_sent_back_and_why(good, marketer, other_marketer, team):
    owner = _person("Noor", User.Role.MARKETER, team)
    campaigns.edit(fresh(good), by=marketer, expected=fresh(good).version, owner=owner)
    ask(good, marketer)
    jobs.work("default")
    mail.outbox.clear()
    send_back(good, other_marketer)
    jobs.work("default")
    assert sorted(told()) == sorted(([one.email], f"Sent back: {good.name}") for one in (marketer, owner))
    assert all("Shorter, please" in letter.body for letter in mail.outbox)


def test_who_asked_first_may_approve_and_is_told_so_once_somebody_else_changed_the_plan(good, marketer, other_marketer):
    CampaignCopy.objects.filter(campaign=good).update(edited_by=None)
    ask(good, marketer)
    jobs.work("default")
    mail.outbox.clear()
    for name in ("Anna", "Berta"):  # told once, not at each change
        campaigns.edit(fresh(good), by=other_marketer, expected=fresh(good).version, sender_name=name)
        jobs.work("default")
    assert told() == [([marketer.email], f"Waits for your approval: {good.name}")]
    assert approval.objection(fresh(good), marketer) == ""


def test_a_second_attempt_bears_the_same_message_id(good, marketer, other_marketer):
    ask(good, marketer)
    jobs.work("default")
    Job.objects.filter(kind="marketing.tell").update(state="queued", lease_token="", finished_at=None)
    jobs.work("default")
    first, second = (letter.message()["Message-ID"] for letter in mail.outbox)
    assert first == second


def test_who_takes_it_back_alone_writes_to_nobody(good, marketer, other_marketer):
    ask(good, marketer)
    send_back(good, marketer, reason="")
    jobs.work("default")
    assert told() == []


def test_a_refused_question_tells_nobody(good, marketer, other_marketer):
    CampaignCopy.objects.filter(campaign=good).delete()
    with pytest.raises(Exception, match="no copy"):
        ask(good, marketer)
    assert not Job.objects.filter(kind="marketing.tell").exists()


def test_my_day_tells_the_owner_what_became_of_it(good, marketer, other_marketer, sign_in):
    def day(person):
        return sign_in(person).get("/").content.decode()

    ask(good, marketer)
    assert good.name not in day(marketer)
    send_back(good, other_marketer)
    assert f"{other_marketer.name} sent it back: Shorter, please" in day(marketer)
    assert good.name not in day(other_marketer)
    ask(good, marketer)
    approve(good, other_marketer)
    assert f"Approved by {other_marketer.name}: send it" in day(marketer)
    assert f'href="/campaigns/{good.pk}/sending/"' in day(marketer)
    CampaignCopy.objects.filter(campaign=good).update(subjects=["Another"])
    assert "Changed since it was approved: have it approved again" in day(marketer)
    assert "send it" not in day(marketer)
    Campaign.objects.filter(pk=good.pk).update(state="sending")
    assert good.name not in day(marketer)
