"""Who lacks a part that a copy names, before anything is sent: everybody who does, and how many of what."""

import pytest

from crm.models import Company, Contact
from marketing.models import CampaignCopy
from marketing.services import copy_gaps, copywriting

pytestmark = pytest.mark.django_db


def test_every_recipient_with_a_missing_part_is_found_before_sending(campaign, campaign_copy, contact, marketer, rep):
    lonely = Contact.objects.create(name="Ida Lund", email="ida@x.example", owner=rep)
    french = Contact.objects.create(name="Luc Petit", email="luc@x.example", language="fr", owner=rep)
    found = copy_gaps.find(campaign, user=marketer)
    assert (found.n, found.speechless, found.lacking, found.more) == (Contact.objects.count(), 1, 1, 0)
    assert [(gap.contact, gap.parts) for gap in found.gaps] == [(lonely, ("company.name",))]
    assert french not in [gap.contact for gap in found.gaps]
    copywriting.set_subjects(campaign_copy, ["For {{ company.name | default: 'you' }}"], by=marketer, expected=1)
    assert copy_gaps.find(campaign, user=marketer).gaps == ()


def test_of_a_great_audience_all_are_tried_and_the_first_are_told_by_name(campaign, campaign_copy, marketer, rep):
    campaign_copy.sentences.filter(position=2).update(text="As {{ contact.title }} you know.")
    Contact.objects.bulk_create(
        Contact(name=f"Person {n:03}", email=f"p{n}@x.example", title="CTO" if n % 3 else "", owner=rep)
        for n in range(150)
    )
    found = copy_gaps.find(campaign, user=marketer)
    assert (found.n, found.lacking, len(found.gaps), found.more) == (150, 150, 100, 50)
    assert found.parts == (("company.name", 150), ("contact.title", 50))
    assert [gap.parts for gap in found.gaps[:2]] == [("company.name", "contact.title"), ("company.name",)]


def test_what_a_copy_says_to_some_only_is_missing_for_those(campaign, campaign_copy, contact, marketer, rep):
    campaign_copy.subjects = ["AI at home"]
    campaign_copy.save()
    asked = campaign_copy.sentences.filter(position=2)
    asked.update(text="{% if company.industry == 'Retail' %}As {{ contact.title }} you know.{% endif %}")
    shops, ports = (Company.objects.create(name=name, industry=name, owner=rep) for name in ("Retail", "Ports"))
    people = [
        Contact.objects.create(name=f"P{n}", email=f"p{n}@x.example", title=title, company=company, owner=rep)
        for n, (title, company) in enumerate([("", shops), ("CTO", shops), ("", ports), ("", None), ("", shops)])
    ]
    found = copy_gaps.find(campaign, user=marketer)
    assert [gap.contact for gap in found.gaps] == [people[0], people[4]]
    asked.update(text="{% if company.industry %}As {{ contact.title }} you know.{% endif %}")
    found = copy_gaps.find(campaign, user=marketer)
    assert [gap.contact for gap in found.gaps if gap.contact != contact] == [people[0], people[2], people[4]]
    for gap in found.gaps:
        assert copy_gaps.gap_of(campaign_copy, gap.contact, campaign) == gap


@pytest.mark.parametrize("names", [("Anna", "Zoe"), ("Zoe", "Anna")])
def test_a_default_out_of_another_part_is_told_for_each_contact(campaign, campaign_copy, marketer, rep, names):
    campaign_copy.subjects = ["AI at home"]
    campaign_copy.save()
    campaign_copy.sentences.filter(position=2).update(
        text="As {{ contact.title | default: company.industry }} you know."
    )
    company = Company.objects.create(name="Weber", owner=rep)
    titled, bare = (
        Contact.objects.create(name=name, email=f"{name}@x.example", title=title, company=company, owner=rep)
        for name, title in zip(names, ("CTO", ""), strict=True)
    )
    found = copy_gaps.find(campaign, user=marketer)
    mine = [(gap.contact, gap.parts) for gap in found.gaps if gap.contact in (titled, bare)]
    assert mine == [(bare, ("company.industry",))]


def test_who_is_of_none_of_the_segments_that_copies_are_for_has_no_copy(
    campaign, make_copy, contact, lead, segments, marketer, rep, django_assert_max_num_queries
):
    copy = make_copy(segment=segments["logistics"])
    lead.segment = segments["logistics-large"]
    lead.save()
    Contact.objects.bulk_create(Contact(name=f"Person {n}", email=f"p{n}@x.example", owner=rep) for n in range(30))
    with django_assert_max_num_queries(12):
        found = copy_gaps.find(campaign, user=marketer)
    assert (found.n, found.speechless, found.lacking) == (31, 30, 0)
    assert copy_gaps.find(campaign, user=marketer, tried=False).speechless == 30
    CampaignCopy.objects.filter(pk=copy.pk).update(segment=None)
    assert copy_gaps.find(campaign, user=marketer, tried=False).speechless == 0
