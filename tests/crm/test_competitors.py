"""Battlecards are put together from claims; win rates say n, an interval, or too few."""

import pytest
from django.utils import translation

from crm.models import Claim, Company, Competitor, Lead, Product
from crm.services import competitors as service

pytestmark = pytest.mark.django_db


@pytest.fixture
def corvid(db):
    return Competitor.objects.create(name="Corvid AI")


def test_a_battlecard_tells_facts_from_notes_without_proof(corvid, needs, rep):
    ours = Claim.objects.create(text_en="Runs on your servers.", status="approved", visibility="customer")
    ours.needs.add(needs["private-deployment"])
    fact = Claim.objects.create(text_en="Cloud only.", competitor=corvid)
    fact.needs.add(needs["private-deployment"])
    rumour = Claim.objects.create(text_en="May train on customer data.", competitor=corvid, kind="inference")
    card = service.battlecard(corvid, rep)
    assert (list(card.say), list(card.they_say), list(card.beware)) == ([ours], [fact], [rumour])


def test_a_card_keeps_to_the_product_in_question_and_takes_each_need_before_a_second_claim(corvid, needs, rep):
    ours, other = Product.objects.create(name="Reader"), Product.objects.create(name="Voice")
    wanted = (("Reads forms.", ours, "document-understanding"), ("Reads bills.", ours, "document-understanding"),
              ("Costs 2 cents a page.", ours, "cost-control"), ("Costs 30 cents an hour.", other, "cost-control"),
              ("Answers the phone day and night.", None, "support-sla"))  # fmt: skip
    for text, product, key in wanted:
        claim = Claim.objects.create(text_en=text, product=product, status="approved", visibility="customer")
        claim.needs.add(needs[key])
    fact = Claim.objects.create(text_en="Reads print.", competitor=corvid)
    fact.needs.add(needs["document-understanding"], needs["cost-control"], needs["support-sla"])
    said = [claim.text_en for claim in service.battlecard(corvid, rep).say]
    assert sorted(said[:3]) == ["Answers the phone day and night.", "Costs 2 cents a page.", "Reads forms."]
    assert said[3:] == ["Reads bills."]


def test_a_claim_of_the_house_on_a_task_does_not_shut_out_the_products(corvid, needs, rep):
    ours = Product.objects.create(name="Reader")
    for text, product, key in (("We read forms.", None, "document-understanding"), ("2 cents.", ours, "cost-control")):
        claim = Claim.objects.create(text_en=text, product=product, status="approved", visibility="customer")
        claim.needs.add(needs[key])
    Claim.objects.create(text_en="Reads.", competitor=corvid).needs.add(
        needs["document-understanding"], needs["cost-control"]
    )
    said = {claim.text_en for claim in service.battlecard(corvid, rep).say}
    assert said == {"We read forms.", "2 cents."}


@pytest.mark.parametrize(
    ("language", "shown"), [("zh-hans", ("销售访谈", "文件, n = 12")), ("en", ("Call", "Trial report, n = 12"))]
)
def test_a_proof_is_named_in_the_readers_language_or_by_its_kind(corvid, sign_in, rep, language, shown):
    for kind, title, n in (("call", "销售访谈", None), ("document", "Trial report", 12)):
        fact = Claim.objects.create(text_en="Cloud only.", text_zh="只有云端。", competitor=corvid)
        fact.evidence.create(kind=kind, title=title, sample_size=n)
    client = sign_in(rep)
    rep.language = language
    rep.save()
    page = client.get(corvid.get_absolute_url()).content.decode()
    assert all(f'<span class="fl-meta">{words}</span>' in page for words in shown)


def test_a_card_says_what_proves_a_line_and_what_nothing_proves(corvid, rep_client):
    fact = Claim.objects.create(text_en="Cloud only.", competitor=corvid)
    fact.evidence.create(kind="benchmark", title="Trial account", sample_size=120)
    heard = Claim.objects.create(text_en="Takes a year.", competitor=corvid, kind="inference")
    heard.evidence.create(kind="call", title="Five calls")
    Claim.objects.create(text_en="Is for sale.", competitor=corvid, kind="inference")
    page = rep_client.get(corvid.get_absolute_url()).content.decode()
    assert "Trial account, n = 120" in page
    assert page.count("No proof: Inference.") == 1


@pytest.mark.parametrize(("english", "chinese", "shown"), [("A", "乙", "乙"), ("A", "", "A"), ("", "乙", "乙")])
def test_a_summary_is_shown_in_the_readers_language(corvid, sign_in, rep, english, chinese, shown):
    Competitor.objects.update(summary=english, summary_zh=chinese)
    client = sign_in(rep)
    rep.language = "zh-hans"
    rep.save()
    assert shown in client.get(corvid.get_absolute_url()).content.decode()
    corvid.refresh_from_db()
    with translation.override("en"):
        assert corvid.told == (english or chinese)


def test_win_rate_with_its_interval(corvid, rep, team, pipeline, stages):
    for stage in ["won"] * 6 + ["lost"] * 4 + ["new"] * 3:
        lead = Lead.objects.create(
            title="L",
            company=Company.objects.create(name="C"),
            pipeline=pipeline,
            stage=stages[stage],
            owner=rep,
            team=team,
        )
        lead.competitors.add(corvid)
    rate = service.win_rate(corvid, rep)
    assert (rate.won, rate.closed, rate.enough) == (6, 10, True)
    assert rate.low == pytest.approx(0.3127, abs=1e-3)
    assert rate.high == pytest.approx(0.8318, abs=1e-3)


def test_leads_of_other_teams_do_not_count(corvid, rep, other_team, other_rep, pipeline, stages):
    lead = Lead.objects.create(title="L", pipeline=pipeline, stage=stages["won"], owner=other_rep, team=other_team)
    lead.competitors.add(corvid)
    assert service.win_rate(corvid, rep).closed == 0


def test_pages_and_who_may_note(corvid, rep_client, marketer_client, needs):
    assert rep_client.get("/competitors/").status_code == 200
    assert rep_client.get(f"/competitors/{corvid.pk}/").status_code == 200
    assert rep_client.post(f"/competitors/{corvid.pk}/note/", {"text": "x", "kind": "fact"}).status_code == 403
    marketer_client.post(f"/competitors/{corvid.pk}/note/", {"text": "Raised prices.", "kind": "inference"})
    assert corvid.claims.get().visibility == "internal"
