"""Copies: drafted by the real composer, changed sentence by sentence, judged again, chosen for each contact."""

import datetime

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.utils import timezone

from core.models import AuditEntry, Job
from core.services import jobs
from core.services.edits import Stale
from crm.models import Claim, Contact
from marketing.models import CampaignCopy
from marketing.services import (
    copies,
    copy_drafting,
    copy_sentences,
    copy_verdicts,
    copywriting,
    personal,
    trial_mail,
)

pytestmark = pytest.mark.django_db


def words(copy):
    return list(copy.sentences.order_by("position").values_list("text", flat=True))


def fresh(copy):
    return CampaignCopy.objects.select_related("campaign").get(pk=copy.pk)


@pytest.mark.models
@pytest.mark.parametrize("language", ["en", "zh"])
def test_drafted_from_claims_with_open_personal_parts(campaign, marketer, claims, contact, work, language):
    copy = copywriting.start(campaign, by=marketer, language=language)
    assert (copy.state, words(copy)) == ("drafting", [])
    work("ml")
    copy = fresh(copy)
    assert (copy.state, copy.problem, len(copy.subjects)) == ("draft", "", 3)
    standings = copy_verdicts.of(copy)
    assert {one.verdict for one in standings} == {"supported", "no-claim-needed"}
    cited = {claim.pk for one in standings for claim in one.claims}
    assert claims["private-deployment"].pk in cited
    assert cited <= {claim.pk for claim in claims.values()}
    subject, body, _html = copies.text(copy, personal.values(contact, campaign), 2)
    assert "{" not in subject + body
    assert body.startswith("Hello Anke," if language == "en" else "Anke Petersen，您好：")
    assert "Hanseatic Freight" in body
    assert body.endswith("Elena at Fairlead")


@pytest.mark.models
@pytest.mark.parametrize("tone", ["plain", "warm", "formal"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_draft_leads_to_the_landing_page_before_it_closes(campaign, marketer, claims, contact, work, language, tone):
    campaign.landing_page = "https://www.fairlead.io/ports?a=1"
    campaign.save()
    copy = copywriting.start(campaign, by=marketer, language=language, tone=tone)
    work("ml")
    standings = copy_verdicts.of(fresh(copy))
    (lead,) = (one for one in standings if campaign.landing_page in one.sentence.text)
    assert lead.verdict == "no-claim-needed", lead.why  # asked of the verifier like any other sentence
    assert lead.number == len(standings) - 1
    assert len({one.sentence.paragraph for one in standings[-3:]}) == 3  # a paragraph of its own
    assert copies.addresses(campaign) == [campaign.landing_page]
    copywriting.again(fresh(copy), by=marketer, expected=fresh(copy).version)
    work("ml")
    assert sum(campaign.landing_page in text for text in words(copy)) == 1


@pytest.mark.parametrize("said", [["Hello.", "We ship.", "{{ sender.name }}"], ["Yours, {{ sender.name }}"]])
def test_in_a_draft_of_one_paragraph_the_landing_page_comes_before_the_last_sentence(campaign, campaign_copy, said):
    campaign_copy.campaign.landing_page = url = "https://www.fairlead.io/ports"
    campaign_copy.sentences.all().delete()
    for position, text in enumerate(said, start=1):
        campaign_copy.sentences.create(position=position, paragraph=1, text=text, verdict="no-claim-needed")
    copy_drafting._lead_on(campaign_copy)
    assert words(campaign_copy) == [*said[:-1], f"Read more: {url}", said[-1]]


@pytest.mark.models
def test_a_draft_of_a_campaign_without_a_landing_page_leads_nowhere(campaign, marketer, claims, work):
    copywriting.start(campaign, by=marketer)
    work("ml")
    assert copies.addresses(campaign) == []


@pytest.mark.models
def test_a_second_run_of_the_job_writes_nothing_twice(campaign, marketer, claims, work):
    copy = copywriting.start(campaign, by=marketer)
    work("ml")
    before = words(copy)
    job = Job.objects.get(kind="marketing.draft")
    Job.objects.filter(pk=job.pk).update(state="queued", lease_token="")
    jobs.work("ml")
    assert words(copy) == before
    assert Job.objects.get(pk=job.pk).note == "drafted already or gone"


@pytest.mark.models
def test_a_worker_that_was_thought_dead_writes_nothing_over_the_next_one(campaign, marketer, claims, work):
    copy = copywriting.start(campaign, by=marketer)
    slow = jobs.claim("ml")
    Job.objects.filter(pk=slow[0].pk).update(lease_until=timezone.now() - datetime.timedelta(seconds=1))
    work("ml")
    before = words(copy)
    CampaignCopy.objects.filter(pk=copy.pk).update(state="drafting")  # as the slow one saw it
    with pytest.raises(jobs.LeaseLost):
        copy_drafting.work(slow)
    assert words(copy) == before
    assert len(before) > 5


def test_only_claims_a_segment_may_hear_are_offered(campaign, marketer, claims, needs, segments, product):
    banks = Claim.objects.create(
        text_en="Helm runs in banks.", product=product, status="approved", visibility="customer"
    )
    banks.needs.add(needs["private-deployment"])
    banks.segments.add(segments["banking"])
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    Claim.objects.filter(pk=claims["languages"].pk).update(valid_until=yesterday)
    anywhere = copywriting.start(campaign, by=marketer, empty=True)
    there = copywriting.start(campaign, by=marketer, segment=segments["banking"], empty=True)
    assert set(copywriting.claims_for(anywhere)) == set(claims.values()) - {claims["languages"]}
    assert banks in copywriting.claims_for(there)


def test_a_segment_hears_its_own_price_and_not_the_general_one(campaign, marketer, claims, needs, segments, product):
    own = Claim.objects.create(
        text_en="Helm costs €29 a seat.", product=product, status="approved", visibility="customer"
    )
    own.needs.add(needs["cost-control"])
    own.segments.add(segments["banking"])
    general = claims["cost-control"]
    there = copywriting.start(campaign, by=marketer, segment=segments["banking"], empty=True)
    anywhere = copywriting.start(campaign, by=marketer, empty=True)
    assert own in copy_drafting.offer(there)
    assert general not in copy_drafting.offer(there)
    assert general in copy_drafting.offer(anywhere)
    assert own not in copy_drafting.offer(anywhere)


def test_nothing_is_begun_without_a_claim_twice_or_in_a_language_we_do_not_write(campaign, marketer, claims, needs):
    with pytest.raises(ValidationError, match="English or Chinese"):
        copywriting.start(campaign, by=marketer, language="tlh")
    copywriting.start(campaign, by=marketer)
    with pytest.raises(ValidationError, match="copy for this language"):
        copywriting.start(campaign, by=marketer)
    campaign.need = needs["forecasting-analytics"]
    with pytest.raises(ValidationError, match="No approved claim answers"):
        copywriting.start(campaign, by=marketer, language="zh")
    campaign.need = None
    with pytest.raises(ValidationError, match="Choose the campaign’s need"):
        copywriting.start(campaign, by=marketer, language="zh")
    assert CampaignCopy.objects.count() == 1


def test_a_draft_that_cannot_be_made_says_why_and_can_be_asked_for_again(campaign, marketer, claims, work):
    copy = copywriting.start(campaign, by=marketer)
    Claim.objects.all().update(status="draft")
    work("ml")
    copy = fresh(copy)
    assert copy.state == "draft"
    assert "no approved claim" in copy.problem
    Claim.objects.all().update(status="approved")
    copywriting.again(copy, by=marketer, expected=copy.version)
    assert fresh(copy).state == "drafting"


def test_a_worker_at_it_refuses_edits(make_copy, marketer):
    copy = make_copy(state="drafting")
    with pytest.raises(ValidationError, match="writing this copy just now"):
        copywriting.set_subjects(copy, ["Other"], by=marketer, expected=copy.version)


@pytest.mark.models
def test_new_words_are_judged_again_and_find_their_claim(campaign_copy, marketer, claims, work):
    row = campaign_copy.sentences.get(position=2)
    text = "{{ contact.first_name }}, Helm answers in German, English and Mandarin."
    copy_sentences.edit(row, text, by=marketer, expected=1)
    assert copy_verdicts.of(fresh(campaign_copy))[1].waiting
    work("ml")
    standing = copy_verdicts.of(fresh(campaign_copy))[1]
    assert (standing.verdict, list(standing.claims)) == ("supported", [claims["languages"]])
    copy_sentences.edit(standing.sentence, "Helm answers in 40 languages.", by=marketer, expected=2)
    work("ml")
    assert copy_verdicts.of(fresh(campaign_copy))[1].unsupported


@pytest.mark.models
@pytest.mark.parametrize(
    "text",
    [
        "{% if contact.title == 'nobody' %}Helm is 40 % cheaper than any rival.{% endif %} Hello {{ contact.name }},",
        "{{ contact.title | default: 'Helm answers in 40 languages.' }} May we show it on Thursday?",
        "Helm answers in 40 languages. May we show it on Thursday?",
        "要不要我给您看一看？Helm 支持 40 种语言。您看可以吗？",
        "{% unless contact.name %}Helm answers in 40 languages.{% endunless %}",
    ],
)
def test_a_boast_cannot_hide_in_a_branch(campaign_copy, marketer, work, text):
    copy_sentences.edit(campaign_copy.sentences.get(position=2), text, by=marketer, expected=1)
    work("ml")
    assert copy_verdicts.of(fresh(campaign_copy))[1].unsupported


@pytest.mark.models
@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Read more: https://fairlead.io/ports", "no-claim-needed"),
        ("You can read more about it at https://fairlead.io/ports.", "no-claim-needed"),
        ("更多信息：https://fairlead.io/ports", "no-claim-needed"),
        ("Read more about 40 languages: https://fairlead.io/ports", "unsupported"),
        ("{{ sender.name }}", "no-claim-needed"),
        ("{{ contact.name }}，", "no-claim-needed"),
        ("{{ sender.name | default: 'Helm never fails' }}", "unsupported"),
        ("Helm answers in 40 languages: https://fairlead.io/ports", "unsupported"),
    ],
)
def test_what_only_leads_to_a_link_needs_no_claim(campaign_copy, marketer, work, text, verdict):
    copy_sentences.edit(campaign_copy.sentences.get(position=2), text, by=marketer, expected=1)
    work("ml")
    found = copy_verdicts.of(fresh(campaign_copy))[1]
    assert found.unsupported if verdict == "unsupported" else found.verdict == verdict


@pytest.mark.models
def test_two_sentences_in_one_rest_on_the_claims_of_both(campaign_copy, marketer, claims, work):
    text = "Dear Dr. {{ contact.name }}, may I say it? Helm answers in German, English and Mandarin. Helm runs entirely on servers in your own data centre, without a connection to us."
    copy_sentences.edit(campaign_copy.sentences.get(position=2), text, by=marketer, expected=1)
    work("ml")
    standing = copy_verdicts.of(fresh(campaign_copy))[1]
    assert standing.verdict == "supported", standing.why
    assert set(standing.claims) == {claims["languages"], claims["private-deployment"]}


def test_the_second_person_is_told_and_nothing_is_written(campaign_copy, marketer, other_marketer):
    first, second = fresh(campaign_copy), fresh(campaign_copy)
    copywriting.set_subjects(first, ["One"], by=marketer, expected=1)
    for change in (
        lambda: copywriting.set_subjects(second, ["Two"], by=other_marketer, expected=1),
        lambda: copy_sentences.edit(second.sentences.get(position=1), "Two", by=other_marketer, expected=1),
        lambda: copy_sentences.add(second, text="Two", by=other_marketer, expected=1),
        lambda: copy_sentences.remove(second.sentences.get(position=1), by=other_marketer, expected=1),
        lambda: copywriting.again(second, by=other_marketer, expected=1),
        lambda: copywriting.remove(second, by=other_marketer, expected=1),
    ):
        with pytest.raises(Stale):
            change()
    now = fresh(campaign_copy)
    assert (now.subjects, now.version, now.edited_by) == (["One"], 2, marketer)
    assert len(words(now)) == 5


def test_sentences_are_added_moved_split_and_removed(campaign_copy, marketer, claims):
    copy = fresh(campaign_copy)
    added = copy_sentences.add(copy, by=marketer, expected=1, claim=claims["latency"])
    assert (added.position, added.paragraph, list(added.claims.all())) == (5, 2, [claims["latency"]])
    copy_sentences.split(copy.sentences.get(pk=added.pk), by=marketer, expected=2)
    assert list(copy.sentences.values_list("paragraph", flat=True)) == [0, 1, 2, 2, 3, 4]
    copy_sentences.split(copy.sentences.get(pk=added.pk), by=marketer, expected=3)
    assert list(copy.sentences.values_list("paragraph", flat=True)) == [0, 1, 2, 2, 2, 3]
    copy_sentences.move(copy.sentences.get(pk=added.pk), 3, by=marketer, expected=4)
    assert words(copy)[2] == claims["latency"].text_en
    copy_sentences.remove(copy.sentences.get(pk=added.pk), by=marketer, expected=5)
    assert [row.position for row in copy.sentences.order_by("position")] == [1, 2, 3, 4, 5]
    assert AuditEntry.objects.filter(verb="remove sentence").exists()
    Claim.objects.filter(pk=claims["latency"].pk).update(status="draft")
    with pytest.raises(ValidationError, match="cannot be used here"):
        copy_sentences.add(fresh(copy), by=marketer, expected=6, claim=claims["latency"])


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["", "  "], "needs a subject"), (["a", "b", "c", "d"], "at most 3"), (["x" * 200], "at most 150 characters"),
        (["{{ contact.nmae }}"], "no part we know"),
    ],
)  # fmt: skip
def test_subject_lines_that_cannot_be_used(campaign_copy, marketer, lines, why):
    with pytest.raises(ValidationError, match=why):
        copywriting.set_subjects(fresh(campaign_copy), lines, by=marketer, expected=1)
    assert fresh(campaign_copy).version == 1


def test_a_copy_is_chosen_by_language_and_segment(campaign, make_copy, contact, lead, segments):
    plain, large = make_copy(), make_copy(segment=segments["logistics"])
    chinese = make_copy(language="zh")
    assert copies.chooser(campaign)(contact) == plain
    lead.segment = segments["logistics-large"]  # below logistics
    lead.save()
    assert copies.chooser(campaign)(contact) == large
    contact.language = "zh-CN"
    assert copies.chooser(campaign)(contact) == chinese
    contact.language = "fr"
    assert copies.chooser(campaign)(contact) is None
    contact.language = contact.company.language = ""
    assert copies.chooser(campaign)(contact) == large


def test_a_test_mail_goes_to_oneself_is_marked_and_leaves_no_delivery(campaign, campaign_copy, contact, marketer, work):
    trial_mail.send(fresh(campaign_copy), by=marketer, contact=contact, variant=1)
    trial_mail.send(fresh(campaign_copy), by=marketer, contact=contact, variant=1)
    work("default")
    work("default")
    assert len(mail.outbox) == 1
    sent = mail.outbox[0]
    assert sent.to == [marketer.email]
    assert sent.subject == "[Test] For Hanseatic Freight: AI at home"
    assert "Hello Anke," in sent.body
    assert sent.extra_headers["X-Fairlead-Test"] == "yes"
    assert not campaign.deliveries.exists()
    assert not contact.deliveries.exists()


def test_tests_as_two_people_are_two_mails(campaign_copy, contact, marketer, rep, work):
    other = Contact.objects.create(name="Ida Lund", company=contact.company, email="ida@x.example", owner=rep)
    for person in (contact, other, None, other):
        trial_mail.send(fresh(campaign_copy), by=marketer, contact=person)
    work("default")
    greetings = sorted(letter.body.split("\n\n")[1] for letter in mail.outbox)
    assert greetings == ["Hello Anke,", "Hello Anna,", "Hello Ida,"]


def test_a_test_mail_that_cannot_be_made_is_refused_at_once(campaign_copy, make_copy, rep, marketer):
    lonely = Contact.objects.create(name="Ida Lund", owner=rep)
    with pytest.raises(ValidationError, match="missing"):
        trial_mail.send(campaign_copy, by=marketer, contact=lonely, variant=1)
    with pytest.raises(ValidationError, match="nothing to send"):
        trial_mail.send(make_copy(language="zh", state="drafting"), by=marketer)
    assert not Job.objects.filter(kind="marketing.test").exists()
