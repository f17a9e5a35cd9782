"""Where a server gives a second opinion, the editor says what it said, who judged, and when there was none."""

import json
import re

import pytest
from django.urls import reverse

from crm.models import Pitch
from crm.services import judges, pitches, sentences, subjects, verdicts
from modelhub.interface import Verdict
from modelhub.models import Assignment, ModelVersion
from modelhub.services import shipped
from tests.modelhub.chat_peer import serving

pytestmark = pytest.mark.django_db
TRUE = "Helm answers in German, English and Mandarin."


@pytest.fixture(autouse=True)
def without_packs(settings, tmp_path):
    """No encoder here, so the rules alone are our own verdict."""
    settings.FAIRLEAD_DATA = tmp_path / "data"


@pytest.fixture
def second(db):
    """Return a function that lets a server give its opinion for everybody."""

    def put(address):
        version = ModelVersion.objects.create(
            key="strict", name="Strict one", task="verify", engine="openai", address=address, remote_model="tiny",
            config={"own_network": True, "timeout": 2},
        )  # fmt: skip
        shipped.ensure()  # what ships judges where the server does not answer
        Assignment.objects.filter(task="verify").update(version=version)
        return version

    return put


def refuses(body):
    n = body["messages"][1]["content"].count("<<<sentence")
    return {"sentences": [{"sentence": i, "verdict": "unsupported", "quotes": []} for i in range(n)]}


def own(pitch, rep, text=TRUE):
    row = sentences.add(pitch, text=text, by=rep, expected=pitch.version)
    pitch.refresh_from_db()
    return row


def standing(pitch, row):
    return next(one for one in verdicts.of(pitch) if one.sentence.pk == row.pk)


def test_what_it_refuses_blocks_and_the_editor_says_who_judged(second, pitch, rep, rep_client, work):
    with serving(refuses) as peer:
        second(peer.url)
        page = rep_client.post(reverse("sentence-add", args=[pitch.pk]), {"text": TRUE, "version": 1}, follow=True)
        assert page.status_code == 200
        assert not peer.seen  # no model is asked in a web request
        work("ml")
        assert peer.seen
    row = pitch.sentences.get(text=TRUE)
    found = standing(pitch, row)
    assert (found.verdict, found.by) == ("unsupported", "Strict one")
    assert found.why == ("the second opinion finds no claim that says this",)
    page = re.sub(r"<[^>]+>", "", rep_client.get(pitch.get_absolute_url()).text)
    assert (
        "No approved claim says this: the second opinion finds no claim that says this. Judged by Strict one." in page
    )
    told = rep_client.get(f"/api/v1/pitches/{pitch.pk}/").json()["sentences"]
    assert [one["judged_by"] for one in told if one["text"] == TRUE] == ["Strict one"]
    assert not any("judged by" in reason for one in told for reason in one["reasons"])
    pitch.refresh_from_db()
    with pytest.raises(Exception, match="No claim supports sentence"):
        pitches.make_ready(pitch, by=rep, expected=pitch.version)


def test_while_it_is_away_our_verdict_stands_and_a_person_may_check_again(second, pitch, rep, rep_client, work, claims):
    made = second("http://127.0.0.1:9/v1")
    row = own(pitch, rep)
    work("ml")
    found = standing(pitch, row)
    assert (found.verdict, found.by, found.blocks) == ("supported", "rules v1", False)
    assert found.why == ('no second opinion: "Strict one" did not answer',)
    here = pitch.get_absolute_url()
    page = rep_client.get(here).text
    assert "No second opinion: “Strict one” did not answer." in page
    assert reverse("sentence-recheck", args=[row.pk]) in page
    aside = rep_client.get(here, {"claim": claims["languages"].pk, "sentence": row.pk}).text
    assert "Judged by rules v1" in aside
    with serving(refuses) as peer:
        ModelVersion.objects.filter(pk=made.pk).update(address=peer.url)
        rep_client.post(reverse("sentence-recheck", args=[row.pk]), {"version": pitch.version})
        work("ml")
    assert standing(pitch, row).by == "Strict one"
    assert standing(pitch, row).unsupported


def test_a_sentence_that_had_none_keeps_no_pitch_from_being_ready(second, pitch, rep, work):
    second("http://127.0.0.1:9/v1")
    own(pitch, rep)
    work("ml")
    assert pitches.make_ready(pitch, by=rep, expected=pitch.version).state == Pitch.State.READY


def test_a_subject_is_put_to_it_as_well(second, pitch, rep, rep_client, work):
    with serving(refuses) as peer:
        second(peer.url)
        rep_client.post(reverse("pitch-subject", args=[pitch.pk]), {"subject": TRUE, "version": pitch.version})
        work("ml")
    pitch.refresh_from_db()
    found = subjects.standing(pitch)
    assert (found.verdict, found.by) == ("unsupported", "Strict one")
    assert "Judged by Strict one" in rep_client.get(pitch.get_absolute_url()).text


def test_of_several_pieces_in_one_box_none_loses_that_it_was_judged_alone():
    alone = Verdict("supported", ("no second opinion: its answer could not be used",), ("C2",), "Strict one")
    worst = verdicts._worst([Verdict("supported", (), ("C1",), "Strict one"), alone])
    assert worst == Verdict("supported", alone.reasons, ("C1", "C2"), "Strict one")


def test_the_judge_is_kept_behind_the_reasons_and_read_from_there():
    verdict = Verdict("unsupported", ('adds praise: "best"',), (), 'a "strict" one')
    kept = json.loads(json.dumps(judges.kept(verdict)))
    assert judges.told(kept) == (('adds praise: "best"',), "a 'strict' one")
    assert judges.kept(Verdict("supported")) == []
    assert judges.told([]) == ((), "")
    assert judges.told(['judged by "x"', "drops it"]) == (('judged by "x"', "drops it"), "")
