"""The tab Audience of a campaign: chosen while it is open, and who of it cannot be written to."""

import pytest

from crm.models import Company, Contact
from marketing.models import Campaign, CampaignCopy, Consent
from marketing.services import audiences, consents

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def germans(marketer, contact):
    tree = {"all": [{"field": "country", "op": "is", "value": ["DE"]}]}
    return audiences.create(by=marketer, name="Germans", conditions=tree)


@pytest.fixture
def bo(rep, team):
    bank = Company.objects.create(name="Crédit", country="FR", language="fr", owner=rep, team=team)
    return Contact.objects.create(name="Bo", email="bo@credit.example", company=bank, owner=rep, team=team)


def test_a_campaign_gets_another_audience_while_it_is_open(marketer_client, campaign, germans):
    assert marketer_client.get(f"/campaigns/{campaign.pk}/audience/").status_code == 200
    marketer_client.post(f"/campaigns/{campaign.pk}/audience/", {"audience": germans.pk, "version": campaign.version})
    campaign.refresh_from_db()
    assert campaign.audience == germans
    for values in (
        {"audience": "", "version": 1},
        {"audience": "999999", "version": 2},
        {"audience": "²"},
        {"audience": ""},
    ):  # stale, gone, no number, without what it saw
        marketer_client.post(f"/campaigns/{campaign.pk}/audience/", values)
        campaign.refresh_from_db()
        assert campaign.audience == germans
    Campaign.objects.filter(pk=campaign.pk).update(state="done")
    answer = marketer_client.post(f"/campaigns/{campaign.pk}/audience/", {"audience": "", "version": 2}, follow=True)
    assert b"fixed" in answer.content
    campaign.refresh_from_db()
    assert campaign.audience == germans


def test_the_tab_says_who_cannot_be_written_to_and_why(marketer_client, campaign, contact, bo, rep, team):
    people = [contact, bo]
    for name, email in (
        ("No address", ""),
        ("No consent", "n@x.example"),
        ("Twice", "ANKE@hanseatic.example"),
        ("Bounced", "b@x.example"),
        ("Left", "l@x.example"),
    ):
        people.append(Contact.objects.create(name=name, email=email, language="en", owner=rep, team=team))
    for one in people:
        if one.name != "No consent":
            Consent.objects.create(contact=one, given=True, wording="Yes", source="form")
    consents.suppress("b@x.example", "bounced")
    consents.withdraw(people[-1], source="unsubscribe")
    CampaignCopy.objects.create(campaign=campaign, language="en", subjects=["Hello"])
    answer = marketer_client.get(f"/campaigns/{campaign.pk}/audience/reach/", **HTMX)
    reach = answer.context["reach"]
    assert (reach.total, reach.checked, reach.may) == (7, 7, 1)
    assert {key: n for key, _words, n in reach.reasons} == {
        "no-address": 1, "no-consent": 1, "duplicate": 1, "suppressed": 1, "unsubscribed": 1, "no-copy": 1,
    }  # fmt: skip
    assert answer.context["languages"] == [("French", 1)]
    assert marketer_client.get(f"/campaigns/{campaign.pk}/audience/reach/").content.count(b"<html") == 1
