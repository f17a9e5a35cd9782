"""Claims are ranked for a lead's requirements, and gaps are shown."""

import pytest

from crm.models import Claim, Evidence, Message, Product, Requirement
from crm.models.requirements import Quote
from crm.services import coverage

pytestmark = pytest.mark.django_db


def approved(text, *needs, kind="fact", **values):
    claim = Claim.objects.create(text_en=text, kind=kind, status="approved", visibility="customer", **values)
    claim.needs.set(needs)
    return claim


@pytest.fixture
def wants(lead, needs):
    message = Message.objects.create(
        lead=lead, channel="mail", text="It must run without internet in our own machine room."
    )
    requirement = Requirement.objects.create(lead=lead, need=needs["private-deployment"], status="confirmed")
    Quote.objects.create(requirement=requirement, message=message, start=0, end=28, text=message.text)
    return requirement


def test_the_claim_nearest_to_the_customers_words_comes_first(lead, wants, needs):
    approved("Installs in your cloud account on Azure.", needs["private-deployment"])
    near = approved("Runs in your own machine room without any internet connection.", needs["private-deployment"])
    approved("Answers in 200 ms.", needs["latency"])
    ranked = coverage.rank(lead)
    assert ranked[wants.need_id][0].claim == near
    assert all(wants.need in item.claim.needs.all() for item in ranked[wants.need_id])
    assert ranked[wants.need_id][0].why


def test_evidence_decides_between_equals(lead, wants, needs):
    approved("Installs on premises.", needs["private-deployment"])
    proved = approved("Installs on premises too.", needs["private-deployment"])
    Evidence.objects.create(claim=proved, kind="document", title="Guide")
    assert coverage.rank(lead)[wants.need_id][0].claim == proved


def test_gap_partly_answered_and_a_persons_word(lead, wants, needs):
    assert [row.state for row in coverage.of(lead)] == ["gap"]
    approved("Probably runs offline.", needs["private-deployment"], kind="inference")
    assert [row.state for row in coverage.of(lead)] == ["partly"]
    approved("Runs offline.", needs["private-deployment"])
    assert [row.state for row in coverage.of(lead)] == ["answered"]
    Requirement.objects.filter(pk=wants.pk).update(status="gap")
    assert [row.state for row in coverage.of(lead)] == ["gap"]


def test_claims_of_another_segment_and_unusable_ones_are_left_out(lead, wants, needs, segments):
    elsewhere = approved("For banks only: runs offline.", needs["private-deployment"])
    elsewhere.segments.add(segments["banking"])
    Claim.objects.create(text_en="A draft that runs offline.", status="draft", visibility="customer").needs.add(
        needs["private-deployment"]
    )
    inherited = approved("For logistics: runs offline.", needs["private-deployment"])
    inherited.segments.add(segments["logistics"])
    lead.segment = segments["logistics-large"]
    lead.save()
    assert [item.claim for item in coverage.rank(lead)[wants.need_id]] == [inherited]


def test_declined_requirements_and_intents_need_no_claim(lead, wants, needs):
    Requirement.objects.filter(pk=wants.pk).update(status="declined")
    Requirement.objects.create(lead=lead, need=needs["pricing-request"])
    assert coverage.of(lead) == []


def test_a_claim_of_the_product_that_does_the_job_beats_one_of_another(lead, wants, needs, product):
    camera = Product.objects.create(name="Spyglass")
    Requirement.objects.create(lead=lead, need=needs["object-detection"], status="confirmed")
    approved("Spyglass finds scratches on parts.", needs["object-detection"], product=camera)
    approved("Helm installs on premises.", needs["private-deployment"], product=product)
    near = approved("Spyglass installs on a box at the line.", needs["private-deployment"], product=camera)
    assert coverage.rank(lead)[wants.need_id][0].claim == near


def test_a_claim_that_answers_two_needs_at_once_comes_first(lead, wants, needs):
    Requirement.objects.create(lead=lead, need=needs["latency"], status="confirmed")
    approved("Installs on premises.", needs["private-deployment"])
    both = approved("Installs on premises and is quick.", needs["private-deployment"], needs["latency"])
    assert coverage.rank(lead)[wants.need_id][0].claim == both


def test_a_claim_that_speaks_of_what_nobody_asked_comes_later(lead, needs):
    message = Message.objects.create(
        lead=lead, channel="mail", text="Nothing leaves our own data centre, a cloud service is not an option."
    )
    wish = Requirement.objects.create(lead=lead, need=needs["private-deployment"], status="confirmed")
    Quote.objects.create(requirement=wish, message=message, start=0, end=69, text=message.text)
    for n in range(4):  # the word that the right claim shares is a common one
        approved(f"Reads your own manuals, part {n}.", needs["question-answering"])
    plain = approved(
        "All products run entirely on your own servers, without the internet.", needs["private-deployment"]
    )
    tuned = approved(
        "Models adapted on your data are trained on your servers, and their weights belong to you.",
        needs["private-deployment"], needs["fine-tuning"],
    )  # fmt: skip
    assert [item.claim for item in coverage.rank(lead)[wish.need_id]] == [plain, tuned]
    Requirement.objects.create(lead=lead, need=needs["fine-tuning"], status="confirmed")
    assert {item.claim for item in coverage.rank(lead)[wish.need_id]} == {plain, tuned}


def test_a_price_for_the_segment_takes_the_place_of_the_price_for_everybody(lead, needs, segments, product):
    row = Requirement.objects.create(lead=lead, need=needs["cost-control"], status="confirmed")
    everywhere = approved("Costs 39 euros a seat.", needs["cost-control"], product=product)
    pilot = approved("A pilot costs nothing.", needs["cost-control"])
    here = approved("Costs 268 yuan a seat.", needs["cost-control"], product=product)
    here.segments.add(segments["banking"])
    lead.segment = segments["banking"]
    lead.save()
    assert {item.claim for item in coverage.rank(lead)[row.need_id]} == {here, pilot}
    lead.segment = None
    lead.save()
    assert {item.claim for item in coverage.rank(lead)[row.need_id]} == {everywhere, pilot}


def test_what_a_segment_hears_of_another_need_leaves_what_everybody_hears(lead, needs, segments, product):
    row = Requirement.objects.create(lead=lead, need=needs["private-deployment"], status="confirmed")
    everywhere = approved("Runs on your own servers.", needs["private-deployment"], product=product)
    here = approved("Runs in a bank's vault.", needs["private-deployment"], product=product)
    here.segments.add(segments["banking"])
    lead.segment = segments["banking"]
    lead.save()
    assert {item.claim for item in coverage.rank(lead)[row.need_id]} == {here, everywhere}
