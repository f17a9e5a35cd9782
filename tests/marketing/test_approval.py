"""A second person approves the very content that is sent; any change afterwards makes that void, and says so."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from core.models import AuditEntry, User
from core.services.edits import Stale
from crm.models import Claim
from marketing.models import Campaign, CampaignCopy
from marketing.services import approval, audiences, campaigns, copy_sentences, copy_verdicts, copywriting
from tests.fixtures.people import _person

pytestmark = pytest.mark.django_db


@pytest.fixture
def third(team):
    return _person("Noor", User.Role.MARKETER, team)


def fresh(campaign):
    return Campaign.objects.select_related("audience", "segment", "need").get(pk=campaign.pk)


def asked(campaign, by):
    return approval.ask(fresh(campaign), by=by, expected=fresh(campaign).version)


def approved(campaign, by):
    campaign = fresh(campaign)
    return approval.approve(campaign, by=by, seen=approval.content_hash(campaign), expected=campaign.version)


@pytest.fixture
def good(campaign, campaign_copy, contact):
    return campaign


def test_asked_approved_and_it_holds(good, marketer, other_marketer):
    asked(good, marketer)
    assert (fresh(good).state, fresh(good).asked_by) == ("review", marketer)
    assert not approval.holds(fresh(good))
    approved(good, other_marketer)
    now = fresh(good)
    assert (now.state, now.approved_by) == ("approved", other_marketer)
    assert approval.holds(now)
    approval.check_may_send(now, user=marketer)
    assert AuditEntry.objects.filter(verb="approve", actor=other_marketer).exists()


def test_never_the_same_person(good, marketer, other_marketer, third, campaign_copy):
    CampaignCopy.objects.filter(pk=campaign_copy.pk).update(edited_by=other_marketer)
    asked(good, marketer)
    with pytest.raises(ValidationError, match="You asked for this approval"):
        approved(good, marketer)
    with pytest.raises(ValidationError, match="You changed the copy last"):
        approved(good, other_marketer)
    assert fresh(good).state == "review"
    approved(good, third)


def test_who_changes_what_waits_for_approval_cannot_approve_it(good, marketer, other_marketer, third):
    asked(good, marketer)
    now = fresh(good)
    campaigns.edit(now, by=other_marketer, expected=now.version, sender_name="Ravi at Fairlead")
    with pytest.raises(ValidationError, match="You asked for this approval"):
        approved(good, other_marketer)
    approved(good, third)
    approval.send_back(fresh(good), by=third, reason="Others first", expected=None)
    asked(good, marketer)
    wider = {"all": [{"field": "language", "op": "is_not", "value": ["fr"]}]}
    audiences.edit(good.audience, by=other_marketer, expected=None, conditions=wider)
    with pytest.raises(ValidationError, match="You asked for this approval"):
        approved(good, other_marketer)
    now = fresh(good)
    campaigns.edit(now, by=third, expected=now.version, goal="Fifty talks", budget=9)  # nothing recipients get
    approved(good, third)


def test_only_marketing_may(good, marketer, rep, manager):
    for person in (rep, manager):
        with pytest.raises(ValidationError, match="Only marketing"):
            approval.ask(fresh(good), by=person, expected=None)
    asked(good, marketer)
    for person in (rep, manager):
        with pytest.raises(ValidationError, match="Only marketing"):
            approved(good, person)
        with pytest.raises(ValidationError, match="Only marketing"):
            approval.send_back(fresh(good), by=person, reason="no", expected=None)
    assert fresh(good).state == "review"


def test_what_must_be_mended_cannot_be_asked_for_nor_approved(good, marketer, other_marketer, claims):
    campaign_claim = Claim.objects.filter(pk=claims["languages"].pk)
    campaign_claim.update(status="expired")
    with pytest.raises(ValidationError, match="may no longer be used"):
        asked(good, marketer)
    campaign_claim.update(status="approved")
    asked(good, marketer)
    campaign_claim.update(valid_until=timezone.localdate() - datetime.timedelta(days=1))
    with pytest.raises(ValidationError, match="may no longer be used"):
        approved(good, other_marketer)
    assert fresh(good).state == "review"


def _another_sentence(good, who):
    copy = good.copies.get()
    copy_sentences.edit(copy.sentences.get(position=2), "Who runs your servers?", by=who, expected=copy.version)


def _another_subject(good, who):
    copywriting.set_subjects(good.copies.get(), ["Other words"], by=who, expected=None)


def _another_audience(good, who):
    good.audience.conditions = {"all": [{"field": "language", "op": "is", "value": "en"}]}
    good.audience.save()


def _another_sender(good, who):
    Campaign.objects.filter(pk=good.pk).update(sender_email="ravi@fairlead.example")


def _other_utm(good, who):
    Campaign.objects.filter(pk=good.pk).update(utm_campaign="other")


def _claim_ends(good, who):
    Claim.objects.all().update(valid_until=timezone.localdate() - datetime.timedelta(days=1))


def _claim_reworded(good, who):
    Claim.objects.filter(text_en__contains="Mandarin").update(text_en="Helm answers in German.")


def _a_copy_more(good, who):
    copywriting.start(good, by=who, language="zh", empty=True)


def _asked_again(good, who):
    copy_verdicts.recheck(good.copies.get().sentences.get(position=3), by=who)


@pytest.mark.parametrize(
    "change",
    [
        _another_sentence, _another_subject, _another_audience, _another_sender, _other_utm, _claim_ends,
        _claim_reworded, _a_copy_more, _asked_again,
    ],
)  # fmt: skip
def test_whatever_changes_after_the_approval_makes_it_void(good, marketer, other_marketer, change):
    asked(good, marketer)
    approved(good, other_marketer)
    change(good, marketer)
    now = fresh(good)
    assert not approval.holds(now)
    with pytest.raises(ValidationError, match="approve"):
        approval.check_may_send(now, user=marketer)


def test_a_change_of_words_after_the_approval_says_so_and_needs_a_new_one(good, marketer, other_marketer, third):
    asked(good, marketer)
    approved(good, other_marketer)
    _another_subject(good, third)
    now = fresh(good)
    assert (now.state, now.approved_hash, now.approved_by) == ("planning", "", None)
    assert "void" in now.problem
    asked(good, marketer)
    with pytest.raises(ValidationError, match="You changed the copy last"):
        approved(good, third)
    approved(good, other_marketer)
    assert approval.holds(fresh(good))


def test_the_sender_changed_after_the_approval_it_can_be_asked_for_again(good, marketer, other_marketer):
    asked(good, marketer)
    approved(good, other_marketer)
    with pytest.raises(ValidationError, match="asked for already"):
        asked(good, marketer)
    _another_sender(good, marketer)
    assert asked(good, marketer).state == "review"
    assert fresh(good).approved_by is None


def test_what_was_read_is_what_is_approved(good, marketer, other_marketer):
    asked(good, marketer)
    seen = approval.content_hash(fresh(good))
    _another_subject(good, marketer)
    with pytest.raises(Stale, match="changed while you were reading"):
        approval.approve(fresh(good), by=other_marketer, seen=seen, expected=fresh(good).version)
    assert (fresh(good).state, fresh(good).approved_hash) == ("review", "")


def test_the_second_approver_is_told(good, marketer, other_marketer, third):
    asked(good, marketer)
    first, second = fresh(good), fresh(good)
    seen = approval.content_hash(first)
    approval.approve(first, by=other_marketer, seen=seen, expected=first.version)
    with pytest.raises(Stale):
        approval.approve(second, by=third, seen=seen, expected=second.version)
    assert fresh(good).approved_by == other_marketer
    with pytest.raises(ValidationError, match="given already"):
        approved(good, third)


def test_sent_back_with_a_reason_or_taken_back(good, marketer, other_marketer):
    asked(good, marketer)
    with pytest.raises(ValidationError, match="Say in a few words"):
        approval.send_back(fresh(good), by=other_marketer, reason=" ", expected=None)
    approval.send_back(fresh(good), by=other_marketer, reason="Too long", expected=fresh(good).version)
    assert (fresh(good).state, fresh(good).problem) == ("planning", "Ravi sent it back: Too long")
    asked(good, marketer)
    assert fresh(good).problem == ""
    approval.send_back(fresh(good), by=marketer, reason="", expected=fresh(good).version)
    assert (fresh(good).state, fresh(good).problem) == ("planning", "")
    with pytest.raises(ValidationError, match="Nobody asked"):
        approval.send_back(fresh(good), by=marketer, reason="x", expected=None)


def test_once_it_is_under_way_no_word_changes(good, marketer):
    Campaign.objects.filter(pk=good.pk).update(state=Campaign.State.SENDING)
    for change in (_another_sentence, _another_subject, _a_copy_more):
        with pytest.raises(ValidationError, match="so its words stay"):
            change(fresh(good), marketer)
    with pytest.raises(ValidationError, match="verdicts stay"):
        copy_sentences.recheck(good.copies.get().sentences.get(position=3), by=marketer)
    with pytest.raises(ValidationError, match="under way"):
        asked(good, marketer)


def test_the_hash_is_the_same_for_the_same_content(good):
    assert approval.content_hash(good) == approval.content_hash(fresh(good))
    assert not approval.holds(fresh(good))
