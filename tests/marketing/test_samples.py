"""Marketing's part of the sample: it adds up, its pages have something to show, and it goes without taking anybody's own."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from core.models import Need, Segment, User
from core.services import jobs, samples
from crm.models import Claim, Contact, Lead, Message, Stage
from crm.samples import house, loading, market, offer
from crm.services import verdicts
from marketing.models import (
    Audience,
    Campaign,
    CampaignCopy,
    Consent,
    CopySentence,
    Delivery,
    Response,
    Suppression,
)
from marketing.samples import answers, audiences, campaigns
from marketing.samples import loading as marketing_loading
from marketing.services import approval, attribution, ledger
from marketing.services import audiences as audiences_service

pytestmark = pytest.mark.django_db
State = Delivery.State


@pytest.fixture
def sample(needs, monkeypatch):
    """The whole sample without models: each lead asks for what its campaign answers, and every sentence stands."""
    people, segments, stages = house.people(), house.segments(), house.pipelines()
    placed = market.build(people, stages, offer.build(people, segments))
    loading._mark([one.lead for one in placed])
    asked = ("private-deployment", "question-answering", "document-understanding")
    for number, lead in enumerate(Lead.objects.order_by("pk")):
        lead.requirements.create(need=needs[asked[number % 3]], status="confirmed", sample=True)
    monkeypatch.setattr(jobs, "work", _say_what_the_verifier_would)
    return people


def _say_what_the_verifier_would(_queue):
    for row in CopySentence.objects.filter(verdict="").prefetch_related("claims"):
        free = not row.claims.exists()
        row.verdict = "unsupported" if "smudged" in row.text else "no-claim-needed" if free else "supported"
        row.rests_on = verdicts.rests_on(list(row.claims.all()), row.copy.language)
        row.save()
    return 0


@pytest.fixture
def loaded(sample):
    """After marketing's part came in."""
    won = Lead.objects.filter(contact__email__endswith="@polderwater.example").earliest("pk")
    Lead.objects.filter(pk=won.pk).update(
        stage=Stage.objects.filter(kind="won").first(), closed_at=timezone.now() - timedelta(days=20)
    )
    won.requirements.update(need=Need.objects.get(key="private-deployment"))
    marketing_loading.load(samples.Told())
    return sample


def test_every_campaign_adds_up_and_stands_where_the_tour_says(loaded):
    states = dict(Campaign.objects.values_list("name", "state"))
    assert states == {
        "On your own servers": "done", "A source under every answer": "done", "Forms that read themselves": "planning",
        "Four weeks at no cost": "review", "Breakfast in Hamburg: AI in your own data centre": "planning",
    }  # fmt: skip
    for campaign in Campaign.objects.filter(state="done"):
        count = ledger.of(campaign)
        assert count.planned == sum(count.parts.values())
        assert count.parts["sent"] > 10
        assert count.parts["waiting"] == 0
    found = Delivery.objects.filter(campaign__state="done")
    assert set(found.values_list("state", flat=True)) == {
        State.SENT, State.FAILED, State.BOUNCED, State.SKIPPED, State.AMBIGUOUS,
    }  # fmt: skip
    assert found.filter(state=State.AMBIGUOUS).count() == 1
    reasons = set(found.filter(state=State.SKIPPED).values_list("reason", flat=True))
    assert {"no-consent", "unsubscribed"} <= reasons
    assert not found.filter(state=State.SENT).exclude(sent_at__lt=timezone.now()).exists()


def test_what_came_back_is_of_people_and_machines_and_after_the_mail(loaded):
    kinds = set(Response.objects.values_list("kind", "who"))
    assert {("click", "human"), ("click", "scanner"), ("click", "machine"), ("reply", "human"), ("bounce", "machine"),
            ("unsubscribe", "human"), ("auto-reply", "machine")} <= kinds  # fmt: skip
    for row in Response.objects.exclude(kind="bounce").select_related("delivery"):
        assert row.at > row.delivery.sent_at
    assert not Response.objects.filter(at__gt=timezone.now()).exists()
    replies = Response.objects.filter(kind="reply").count()
    assert replies
    told = Message.objects.filter(external_id__startswith="sample:<c.")
    assert told.count() == replies
    assert not told.exclude(sample=True).exists()
    assert set(told.values_list("text", flat=True)) <= {
        text for texts in answers.REPLIES.values() for text in texts.values()
    }


def test_every_cited_sentence_rests_on_a_claim_that_may_be_used_and_the_other_person_approved(loaded):
    for campaign in Campaign.objects.filter(state__in=["done", "review"]):
        for row in CopySentence.objects.filter(copy__campaign=campaign, verdict="supported"):
            assert row.claims.exists(), row.text
    for campaign in Campaign.objects.filter(state="done"):
        assert campaign.approved_by != campaign.owner
        assert approval.holds(campaign)
        assert campaign.approved_at < campaign.planned_at
    waiting = Campaign.objects.get(state="review")
    assert approval.objection(waiting, loaded["tomas"]) == ""
    assert approval.objection(waiting, loaded["elena"])
    assert set(CampaignCopy.objects.filter(campaign__state="planning").values_list("language", flat=True)) == {
        "en",
        "zh",
    }


def test_a_won_deal_is_credited_to_the_cent(loaded):
    first = Campaign.objects.get(utm_campaign="on-your-own-servers")
    credits = attribution.credits(attribution.leads([first.pk], None, "won"))
    assert [credit.lead.company.name for credit in credits] == ["Polder Waterworks"]
    assert sum(touch.linear for touch in credits[0].touches) == credits[0].lead.value
    assert attribution.worth(first, loaded["elena"]).linear[0].amount > Decimal(0)
    assert first.costs.exists()


def test_all_of_it_goes_with_the_one_button(loaded, admin_user):
    loading.remove()
    for model in (Campaign, CampaignCopy, Audience, Delivery, Response, Consent, Suppression, Contact, Claim, Segment):
        assert not model.objects.exists(), model
    assert not User.objects.filter(sample=True).exists()


def test_what_a_person_added_stays_with_all_it_rests_on(loaded, admin_user):
    audience = Audience.objects.get(name=audiences.WANTED["paper"][0])
    segment = Segment.objects.get(key="uk-public")
    mine = Campaign.objects.create(name="Mine", audience=audience, owner=admin_user, segment=segment)
    copy = CampaignCopy.objects.create(campaign=mine, language="en", segment=segment)
    claim = Claim.objects.filter(sample=True, status="approved").first()
    copy.sentences.create(position=1, text=claim.text_en).claims.set([claim])
    own = Contact.objects.create(name="Ada", email="ada@own.example")
    Consent.objects.create(contact=own, given=True, wording="yes", source="form")
    loading.remove()
    mine.refresh_from_db()
    assert (mine.audience, mine.segment) == (audience, segment)
    assert set(Segment.objects.values_list("key", "sample")) == {("uk-public", False), ("uk-ireland", False)}
    assert list(Claim.objects.values_list("pk", "sample")) == [(claim.pk, False)]
    assert list(copy.sentences.get().claims.all()) == [claim]
    assert list(Consent.objects.values_list("contact__name", flat=True)) == ["Ada"]
    assert list(Audience.objects.values_list("name", "sample")) == [(audience.name, False)]


def test_every_plan_names_an_audience_a_need_and_a_copy_that_exist(needs):
    for name, _goal, _replies, channel, audience, _segment, need, first, last, _budget in campaigns.PLANS.values():
        assert need in needs, name
        assert channel == "event" or audience in audiences.WANTED
        assert first <= last


def test_every_audience_has_people(loaded):
    counts = {row.name: audiences_service.count(row.conditions, user=loaded["elena"]) for row in Audience.objects.all()}
    assert len(counts) == len(audiences.WANTED)
    assert all(n >= 3 for n in counts.values()), counts
