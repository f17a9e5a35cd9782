"""The radar counts what a person may see, tells rising from few, and names what no claim answers."""

import datetime

import pytest
from django.utils import timezone

from crm.models import Claim, Company, Lead, Message, Requirement
from crm.models.requirements import Quote
from crm.services import radar as service

pytestmark = pytest.mark.django_db


@pytest.fixture
def voice(pipeline, stages, team, rep):
    """Return a function that makes a lead which voiced a need some days ago."""

    def make(need, days, *, owner=rep, of_team=team, segment=None, status="proposed"):
        lead = Lead.objects.create(
            title="L",
            company=Company.objects.create(name="C"),
            pipeline=pipeline,
            stage=stages["new"],
            owner=owner,
            team=of_team,
            segment=segment,
        )
        message = Message.objects.create(
            lead=lead, channel="mail", text="words", sent_at=timezone.now() - datetime.timedelta(days=days)
        )
        requirement = Requirement.objects.create(lead=lead, need=need, status=status)
        Quote.objects.create(requirement=requirement, message=message, start=0, end=5, text="words")
        return lead

    return make


def row_of(found, key):
    return next(row for row in found.rows if row.need.key == key)


def test_rising_steady_and_too_few(voice, needs, rep):
    for days in (1, 2, 3, 4, 5, 40):
        voice(needs["latency"], days)
    for days in (1, 2, 3, 40, 41, 42):
        voice(needs["languages"], days)
    voice(needs["explainability"], 1)
    found = service.radar(rep)
    assert row_of(found, "latency").trend == "rising"
    assert (row_of(found, "latency").lately, row_of(found, "latency").before) == (5, 1)
    assert row_of(found, "languages").trend == "steady"
    assert row_of(found, "explainability").trend == "few"


def test_by_segment_and_unmet(voice, needs, rep, segments):
    voice(needs["latency"], 1, segment=segments["banking"])
    voice(needs["latency"], 1)
    row = row_of(service.radar(rep), "latency")
    assert row.by_segment == {segments["banking"].pk: 1, None: 1}
    assert row.unmet
    Claim.objects.create(text_en="Fast.", status="approved", visibility="customer").needs.add(needs["latency"])
    assert not row_of(service.radar(rep), "latency").unmet


def test_other_teams_and_declined_are_not_counted(voice, needs, rep, other_rep, other_team, marketer):
    voice(needs["latency"], 1, owner=other_rep, of_team=other_team)
    voice(needs["latency"], 1, status="declined")
    assert row_of(service.radar(rep), "latency").leads == 0
    assert row_of(service.radar(marketer), "latency").leads == 1


def test_pages_and_a_strangers_quotes(voice, needs, rep_client, stranger_client):
    voice(needs["latency"], 1)
    assert rep_client.get("/requirements/").status_code == 200
    assert "words" in rep_client.get("/requirements/latency/").content.decode()
    assert "words</blockquote>" not in stranger_client.get("/requirements/latency/").content.decode()
    assert rep_client.get("/requirements/no-such-need/").status_code == 404


def test_when_twice_as_many_leads_write_a_need_must_more_than_double(voice, needs, rep):
    for days in [1] * 8 + [40] * 4:
        voice(needs["latency"], days)
    for days in [2] * 8 + [41] * 2:
        voice(needs["languages"], days)
    found = service.radar(rep)
    assert row_of(found, "latency").trend == "steady"
    assert row_of(found, "languages").trend == "rising"
