"""Where campaigns cite a claim."""

import datetime

import pytest
from django.utils import timezone

from crm.models import Claim
from marketing.models import Campaign, CampaignCopy, CopySentence, Delivery
from marketing.services import claim_usage

pytestmark = pytest.mark.django_db


@pytest.fixture
def cited(campaign, claims):
    """A claim that stands in two sentences of an English and in one of a Chinese copy; two mails of three were sent."""
    claim = claims["private-deployment"]
    for language, n in (("en", 2), ("zh", 1)):
        copy = CampaignCopy.objects.create(campaign=campaign, language=language)
        for place in range(n):
            CopySentence.objects.create(copy=copy, position=place, text="Ours.", verdict="supported").claims.add(claim)
        CopySentence.objects.create(copy=copy, position=9, text="Hello.", verdict="no-claim-needed")
    english = campaign.copies.get(language="en")
    for n, state in enumerate(("sent", "sent", "skipped")):
        Delivery.objects.create(
            campaign=campaign, copy=english, person=n, state=state, message_id=f"<{n}@x>", due_at=timezone.now()
        )
    return claim


def test_a_use_counts_sentences_languages_and_sent_mails(cited, marketer, rep, claims):
    [use] = claim_usage.of(cited, user=marketer)
    assert (use.languages, use.sentences, use.sent, use.outlives) == (("en", "zh"), 3, 2, False)
    assert claim_usage.of(cited, user=rep) == []
    assert claim_usage.of(claims["latency"], user=marketer) == []


def test_a_campaign_that_runs_past_the_claims_last_day_says_so(cited, marketer, campaign):
    Claim.objects.filter(pk=cited.pk).update(valid_until=campaign.ends_on - datetime.timedelta(days=1))
    cited.refresh_from_db()
    assert claim_usage.of(cited, user=marketer)[0].outlives
    Campaign.objects.filter(pk=campaign.pk).update(state="done")
    assert not claim_usage.of(cited, user=marketer)[0].outlives


def test_the_claims_page_asks_for_it_and_a_rep_gets_nothing(cited, marketer_client, rep_client, campaign):
    url = f"/claims/{cited.pk}/campaigns/"
    assert url in marketer_client.get(f"/claims/{cited.pk}/").content.decode()
    part = marketer_client.get(url, headers={"hx-request": "true"}).content.decode()
    assert campaign.name in part
    assert "3 sentences" in part
    assert "2 mails sent" in part
    assert marketer_client.get(url)["Location"] == f"/claims/{cited.pk}/"
    assert url not in rep_client.get(f"/claims/{cited.pk}/").content.decode()
    assert rep_client.get(url, headers={"hx-request": "true"}).status_code == 403
