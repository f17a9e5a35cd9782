"""Unanswered needs: what is listed, with which figures, for whom; and where a claim is used and when it ends."""

import datetime
import re
from decimal import Decimal

import pytest
from django.utils import timezone

from crm.models import Claim, Message, Pitch, PitchSentence, Quote, Requirement
from crm.money import Money
from crm.services import claims as claims_service
from crm.services import leads, requirements
from crm.services.unanswered import unanswered

pytestmark = pytest.mark.django_db


def voice(lead, need, days=1, status="proposed"):
    """A message of `days` ago in which the lead asks for the need."""
    sent = timezone.now() - datetime.timedelta(days=days)
    message = Message.objects.create(lead=lead, channel="mail", text="We need it", state="read", sent_at=sent)
    requirement, _made = Requirement.objects.get_or_create(lead=lead, need=need, defaults={"status": status})
    Quote.objects.create(requirement=requirement, message=message, start=0, end=7, text="We need")
    return requirement


def keys(user):
    return [row.need.key for row in unanswered(user)]


def test_needs_without_a_claim_are_listed_most_voiced_first(lead, rep, needs, stages):
    other = leads.create(by=rep, title="Other", stage=stages["new"])
    for who, key in ((lead, "latency"), (lead, "languages"), (other, "languages")):
        voice(who, needs[key])
    assert keys(rep) == ["languages", "latency"]


def test_a_claim_answers_only_if_it_is_usable_and_lasts(lead, rep, needs, claims):
    voice(lead, needs["latency"])
    assert keys(rep) == []
    claim, today = claims["latency"], timezone.localdate()
    for change, ending in [
        ({"valid_until": today + datetime.timedelta(days=30)}, [claim]), ({"valid_until": today}, [claim]),
        ({"valid_until": today - datetime.timedelta(days=1)}, []), ({"valid_until": None, "status": "draft"}, []),
        ({"status": "approved", "visibility": "internal"}, []),
    ]:  # fmt: skip
        Claim.objects.filter(pk=claim.pk).update(**change)
        [row] = unanswered(rep)
        assert list(row.ending) == ending
    Claim.objects.filter(pk=claim.pk).update(visibility="customer", valid_until=today + datetime.timedelta(days=31))
    assert keys(rep) == []


def test_one_lasting_claim_beside_one_that_ends_is_an_answer(lead, rep, marketer, needs, claims):
    voice(lead, needs["latency"])
    Claim.objects.filter(pk=claims["latency"].pk).update(valid_until=timezone.localdate())
    claims["cost-control"].needs.add(needs["latency"])
    assert keys(rep) == []


def test_the_figures_of_a_need(lead, rep, needs, segments, stages, marketer):
    lead.segment = segments["logistics"]
    lead.save()
    rest = leads.create(by=rep, title="Other", stage=stages["new"], value=Decimal(1000), currency="CNY")
    won = leads.create(by=rep, title="Won one", stage=stages["new"], value=Decimal(7))
    leads_stage = stages["won"]
    type(won).objects.filter(pk=won.pk).update(stage=leads_stage)
    for who, days in ((lead, 1), (lead, 2), (rest, 45), (won, 80), (won, 95)):
        voice(who, needs["latency"], days)
    draft = claims_service.create(by=marketer, needs=[needs["latency"]], text_en="Fast.")
    [row] = unanswered(rep)
    assert (row.leads, row.messages, row.months) == (3, 5, (1, 1, 1))
    assert row.value == (Money(Decimal("184000.00"), "EUR"), Money(Decimal("1000.00"), "CNY"))
    assert dict(row.segments) == {segments["logistics"]: 1, None: 2}
    assert row.drafts == (draft,)
    assert row.trend == "few"


def test_declined_requirements_and_intents_do_not_count(lead, rep, needs):
    requirement = voice(lead, needs["latency"])
    voice(lead, needs["pricing-request"])
    assert keys(rep) == ["latency"]
    requirements.reject(requirement, by=rep, expected=requirement.version)
    assert keys(rep) == []


def test_only_leads_the_reader_sees_count(lead, other_lead, rep, other_rep, marketer, needs):
    voice(lead, needs["latency"])
    voice(other_lead, needs["languages"])
    assert (keys(rep), keys(other_rep)) == (["latency"], ["languages"])
    assert sorted(keys(marketer)) == ["languages", "latency"]


def test_the_queries_do_not_grow_with_needs(lead, rep, needs, django_assert_num_queries, django_assert_max_num_queries):
    voice(lead, needs["latency"])
    with django_assert_max_num_queries(20) as few:
        unanswered(rep)
    for key in ("languages", "cost-control", "explainability"):
        voice(lead, needs[key])
    with django_assert_num_queries(len(few)):
        assert len(unanswered(rep)) == 4


def test_the_page_offers_a_draft_for_the_need_to_who_keeps_claims(lead, needs, rep_client, marketer_client):
    assert "Every need that your leads voice" in marketer_client.get("/claims/unanswered/").content.decode()
    voice(lead, needs["latency"])
    page = marketer_client.get("/claims/unanswered/").content.decode()
    assert "/claims/new/?need=latency" in page
    assert "€184k" in page
    form = marketer_client.get("/claims/new/?need=latency").content.decode()
    [box] = re.findall(rf'<input type="checkbox" name="needs" value="{needs["latency"].pk}"[^>]*>', form)
    assert "checked" in box
    read = rep_client.get("/claims/unanswered/").content.decode()
    assert needs["latency"].name in read
    assert "/claims/new/" not in read


def test_the_list_tells_which_claims_end_soon(claims, rep_client):
    today = timezone.localdate()
    Claim.objects.filter(pk=claims["latency"].pk).update(valid_until=today + datetime.timedelta(days=5))
    Claim.objects.filter(pk=claims["languages"].pk).update(valid_until=today - datetime.timedelta(days=5))
    page = rep_client.get("/claims/?status=ending").content.decode()
    assert f"/claims/{claims['latency'].pk}/" in page
    assert f"/claims/{claims['languages'].pk}/" not in page
    everything = rep_client.get("/claims/").content.decode()
    assert everything.count("until ") == 1
    assert everything.count("ended ") == 1


def test_a_claim_says_in_how_many_pitches_and_sentences_it_is_cited_and_how_many_were_sent(
    claims, lead, contact, rep, rep_client, stranger_client
):
    claim = claims["latency"]
    for state, n in (("sent", 2), ("draft", 1)):
        pitch = Pitch.objects.create(lead=lead, contact=contact, author=rep, subject=f"For them, {state}", state=state)
        for place in range(n):
            PitchSentence.objects.create(pitch=pitch, position=place, text="Fast.", verdict="supported").claims.add(
                claim
            )
    page = rep_client.get(f"/claims/{claim.pk}/").content.decode()
    assert "2 pitches, 3 sentences, 1 sent" in page
    other = stranger_client.get(f"/claims/{claim.pk}/").content.decode()
    assert "2 pitches" not in other
    assert "Hanseatic" not in other
