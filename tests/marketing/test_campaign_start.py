"""A new campaign begins with what is known already, and who may approve it is told on My day."""

import pytest

from marketing.models import Audience
from marketing.services import approval, campaigns

pytestmark = pytest.mark.django_db


def leaf(field, op, value):
    return {"field": field, "op": op, "value": value}


def initial(client, query=""):
    return client.get(f"/campaigns/new/{query}").context["form"].initial


def test_the_sender_is_that_of_the_last_campaign(marketer_client, marketer, other_marketer, campaign):
    campaigns.create(by=other_marketer, name="Theirs", sender_name="Ravi", sender_email="ravi@fairlead.example")
    given = initial(marketer_client)
    assert (given["sender_name"], given["sender_email"]) == (campaign.sender_name, campaign.sender_email)
    assert given["reply_to"] == campaign.reply_to


@pytest.mark.parametrize(("house", "address"), [("fairlead.example", True), ("other.example", False)])
def test_the_first_campaign_comes_from_the_person_if_their_address_is_of_our_domain(
    marketer_client, marketer, settings, house, address
):
    settings.DEFAULT_FROM_EMAIL = f"Sales <sales@{house}>"
    given = initial(marketer_client)
    assert given["sender_name"] == marketer.name
    assert given["sender_email"] == (marketer.email if address else "")
    assert f"@{house}" in marketer_client.get("/campaigns/new/").content.decode()


@pytest.mark.parametrize(("conditions", "found"), [
    ([leaf("need", "is", ["latency"])], True),
    ([leaf("need", "is", ["latency", "languages"])], False),
    ([leaf("need", "is_not", ["latency"])], False),
    ([leaf("need", "is", ["latency"]), leaf("need", "gap", ["languages"])], False),
    ([{"any": [leaf("need", "is", ["latency"])]}], False),
])  # fmt: skip
def test_the_need_is_the_only_one_of_the_audience(marketer_client, marketer, needs, conditions, found):
    audience = Audience.objects.create(name="Hauliers", conditions={"all": conditions}, owner=marketer)
    given = initial(marketer_client, f"?audience={audience.pk}")
    assert given["audience"] == audience
    assert given["need"] == (needs["latency"] if found else None)


def test_my_day_tells_who_may_approve_and_nobody_else(
    sign_in, campaign, campaign_copy, contact, marketer, other_marketer, rep
):
    approval.ask(campaign, by=marketer, expected=campaign.version)
    page = sign_in(other_marketer).get("/").content.decode()
    assert f"{marketer.name} asks for approval" in page
    assert f'href="/campaigns/{campaign.pk}/copy/"' in page
    assert 'action=""' not in page
    for person in (marketer, rep):
        assert "asks for approval" not in sign_in(person).get("/").content.decode()


def test_the_outbox_leads_marketing_to_mails_of_campaigns(marketer_client, rep_client):
    assert "under Sending" in marketer_client.get("/outbox/").content.decode()
    assert "under Sending" not in rep_client.get("/outbox/").content.decode()
