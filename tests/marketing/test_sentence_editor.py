"""Pitches and campaign copies are edited alike: the same verbs, the same chips, the same evidence."""

import re

import pytest

from crm.models import PitchSentence
from marketing.models import CopySentence
from tests.crm.pitches.conftest import asked, make_pitch, pitch  # noqa: F401

pytestmark = pytest.mark.django_db
ASK = {"ask"}  # a claim is asked for by a task on a lead, and a campaign has none


def verbs(html):
    return set(re.findall(r'(?:formaction|action)="[^"]*/sentences/\d+/(\w+)/"', html))


@pytest.fixture
def both(rep_client, marketer_client, pitch, campaign, campaign_copy):  # noqa: F811
    """Return `both(query, change)`: the pitch's and the copy's page with the second sentence's number in the query."""

    def pages(query, **change):
        made = []
        for model, owner, client, here in (
            (PitchSentence, {"pitch": pitch}, rep_client, f"{pitch.get_absolute_url()}?"),
            (CopySentence, {"copy": campaign_copy}, marketer_client, f"/campaigns/{campaign.pk}/copy/?copy={campaign_copy.pk}&"),
        ):  # fmt: skip
            row = model.objects.get(position=3, **owner)
            model.objects.filter(pk=row.pk).update(**change)
            made.append(client.get(here + query.format(row=row.pk, claim=row.claims.first().pk)).text)
        return made

    return pages


def test_the_same_verbs_on_a_sentence_that_is_edited(both):
    of_pitch, of_copy = both("edit={row}")
    assert verbs(of_pitch) == verbs(of_copy) == {"edit", "move", "split", "remove"}
    assert "Personal parts" in of_copy
    assert "Personal parts" not in of_pitch


def test_the_same_ways_out_of_a_sentence_that_nothing_supports(both):
    of_pitch, of_copy = both("", verdict="unsupported", reasons=['adds praise: "best"'], text="Your best servers.")
    assert verbs(of_pitch) - ASK == verbs(of_copy) == {"rewrite", "recheck", "remove"}
    assert verbs(of_pitch) >= ASK
    for html in (of_pitch, of_copy):
        assert "<s>Your best servers.</s>" in html
        assert "Sentence 3 rests on no claim." in html
        assert "The nearest is" in html


def test_the_same_evidence_beside_a_citation(both):
    for html in both("claim={claim}&sentence={row}"):
        assert "Data sheet: private-deployment" in html
        assert "Verdict" in html
        assert "Used in" in html
        assert "is-open" in html


def test_the_same_claims_to_begin_from(both):
    of_pitch, of_copy = both("from_claim=1")
    assert len(re.findall('name="claim"', of_pitch)) == len(re.findall('name="claim"', of_copy)) == 4


def test_a_sentence_that_waits_asks_for_itself(both):
    of_pitch, of_copy = both("", verdict="", reasons=[])
    for html in (of_pitch, of_copy):
        assert 'hx-trigger="every 400ms"' in html
        assert "One sentence is being checked against the claims." in html
