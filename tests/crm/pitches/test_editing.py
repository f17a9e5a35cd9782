"""Sentences are changed against a version, judged again, and hold "ready" back while nothing supports them."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from core.models import AuditEntry, Job
from core.services.edits import Stale
from crm.models import Claim, Pitch, Task
from crm.services import pitches, sentences, verdicts

pytestmark = pytest.mark.django_db


def row(pitch, number):
    return pitch.sentences.get(position=number)


def texts(pitch):
    return list(pitch.sentences.values_list("text", flat=True))


def test_an_edit_waits_for_the_verifier_and_takes_ready_back(ready, rep):
    sentences.edit(row(ready, 2), "Helm answers\n your   customers.", by=rep, expected=ready.version)
    ready.refresh_from_db()
    standing = verdicts.of(ready)[1]
    assert (ready.state, ready.version) == ("draft", 2)
    assert standing.waiting
    assert standing.sentence.text == "Helm answers your customers."
    assert standing.sentence.origin == "person"
    with pytest.raises(ValidationError, match="Sentence 2 is still being checked"):
        pitches.make_ready(ready, by=rep, expected=2)
    entry = AuditEntry.objects.get(verb="edit sentence")
    assert entry.after == {"sentence": "Helm answers your customers."}


def test_the_second_person_is_told(pitch, rep):
    sentences.edit(row(pitch, 2), "First.", by=rep, expected=1)
    for change in (
        lambda: sentences.edit(row(pitch, 2), "Second.", by=rep, expected=1),
        lambda: sentences.remove(row(pitch, 2), by=rep, expected=1),
        lambda: sentences.move(row(pitch, 2), 1, by=rep, expected=1),
        lambda: sentences.add(Pitch.objects.get(pk=pitch.pk), text="New.", by=rep, expected=1),
        lambda: pitches.set_subject(Pitch.objects.get(pk=pitch.pk), "Other", by=rep, expected=1),
        lambda: pitches.make_ready(Pitch.objects.get(pk=pitch.pk), by=rep, expected=1),
    ):
        with pytest.raises((Stale, ValidationError)):
            change()
    assert texts(pitch)[1] == "First."
    assert len(texts(pitch)) == 3


def test_sentences_are_added_moved_and_removed(pitch, rep, claims):
    new = sentences.add(pitch, claim=claims["latency"], by=rep, expected=1)
    assert (new.position, new.paragraph) == (4, 1)  # behind the last one that cites a claim
    sentences.move(row(pitch, 4), 1, by=rep, expected=2)
    assert texts(pitch)[0] == claims["latency"].text_en
    assert row(pitch, 1).paragraph == 0
    sentences.remove(row(pitch, 1), by=rep, expected=3)
    assert len(texts(pitch)) == 3
    assert list(pitch.sentences.values_list("position", flat=True)) == [1, 2, 3]


def test_a_paragraph_begins_or_ends_at_a_sentence(pitch, rep):
    def paragraphs():
        return list(pitch.sentences.order_by("position").values_list("paragraph", flat=True))

    assert paragraphs() == [0, 1, 1]
    sentences.split(row(pitch, 3), by=rep, expected=1)
    assert paragraphs() == [0, 1, 2]
    sentences.split(row(pitch, 2), by=rep, expected=2)  # it began one, so it joins the one before
    assert paragraphs() == [0, 0, 1]
    with pytest.raises(ValidationError, match="first paragraph"):
        sentences.split(row(pitch, 1), by=rep, expected=3)
    with pytest.raises(Stale):
        sentences.split(row(pitch, 3), by=rep, expected=1)
    assert paragraphs() == [0, 0, 1]


def test_a_sentence_may_rest_only_on_a_claim_this_lead_may_hear(pitch, rep, claims, segments):
    claims["latency"].segments.add(segments["banking"])
    Claim.objects.filter(pk=claims["languages"].pk).update(visibility="internal")
    Claim.objects.filter(pk=claims["cost-control"].pk).update(
        valid_until=timezone.localdate() - datetime.timedelta(days=1)
    )
    for key in ("latency", "languages", "cost-control"):
        with pytest.raises(ValidationError, match="cannot be used here"):
            sentences.add(pitch, claim=claims[key], by=rep, expected=1)
        with pytest.raises(ValidationError, match="cannot be used here"):
            sentences.rewrite(row(pitch, 2), claims[key], by=rep, expected=1)
    assert not Job.objects.exists()


@pytest.mark.parametrize("text", ["", " \n\t", "\x00", "x" * 1201])
def test_words_that_cannot_stand_change_nothing(pitch, rep, text):
    with pytest.raises(ValidationError, match="Nothing was changed"):
        sentences.edit(row(pitch, 2), text, by=rep, expected=1)
    assert Pitch.objects.get(pk=pitch.pk).version == 1


def test_a_claim_that_ends_takes_ready_away_and_shows_it(ready, rep, claims):
    pitches.check(ready)
    Claim.objects.filter(pk=claims["private-deployment"].pk).update(status=Claim.Status.EXPIRED)
    standing = verdicts.of(ready)[2]
    assert standing.unsupported
    assert standing.lost == (claims["private-deployment"],)
    with pytest.raises(ValidationError, match="sentence 3"):
        pitches.check(ready)


def test_a_claim_that_is_reworded_shuts_ready_too(ready, claims):
    Claim.objects.filter(pk=claims["customer-service"].pk).update(text_en="Helm drafts replies.")
    assert "reworded" in verdicts.of(ready)[1].why[0]


def test_what_was_sent_keeps_the_verdicts_it_was_sent_with(ready, claims):
    Pitch.objects.filter(pk=ready.pk).update(state="sent")
    Claim.objects.filter(pk=claims["customer-service"].pk).update(status=Claim.Status.EXPIRED)
    ready.refresh_from_db()
    assert not verdicts.blocking(ready)


def test_what_is_on_its_way_or_was_sent_is_not_judged_anew(make_pitch, rep, rep_client):
    for state in ("sending", "sent"):
        pitch = make_pitch(state=state)
        sentence = pitch.sentences.get(position=2)
        with pytest.raises(ValidationError):
            sentences.recheck(sentence, by=rep)
        assert rep_client.post(f"/sentences/{sentence.pk}/recheck/", {"version": pitch.version}).status_code == 422
        sentence.refresh_from_db()
        assert sentence.verdict == "supported"


def test_a_claim_is_asked_for_once(pitch, rep, marketer, claims):
    sentence = row(pitch, 2)
    type(sentence).objects.filter(pk=sentence.pk).update(text="Helm drafts Polish replies.", verdict="unsupported")
    twin = row(pitch, 2)  # as a second tab still sees it
    task = sentences.ask_for_claim(row(pitch, 2), by=rep)
    assert task.assignee == marketer
    assert "Helm drafts Polish replies." in task.title
    with pytest.raises(ValidationError, match="asked for already"):
        sentences.ask_for_claim(row(pitch, 2), by=rep)
    with pytest.raises(ValidationError, match="asked for already"):
        sentences.ask_for_claim(twin, by=rep)
    assert Task.objects.count() == 1


def test_drafting_again_leaves_the_edited_one(pitch, rep, asked):
    sentences.edit(row(pitch, 2), "Mine.", by=rep, expected=1)
    new = pitches.again(pitch, by=rep)
    assert new.pk != pitch.pk
    assert new.state == "drafting"
    assert texts(pitch)[1] == "Mine."


def test_a_script_is_used_and_keeps_its_outcome(make_pitch, rep, lead):
    pitch = make_pitch(form="call")
    with pytest.raises(ValidationError, match="ready first"):
        pitches.mark_used(pitch, by=rep, expected=1)
    pitches.make_ready(pitch, by=rep, expected=1)
    pitches.mark_used(pitch, by=rep, expected=2)
    pitches.set_outcome(pitch, "meeting", by=rep, expected=3)
    pitch.refresh_from_db()
    assert (pitch.state, pitch.state_words, pitch.outcome, pitch.edit_distance) == ("sent", "Used", "meeting", 0)
    assert lead.activities.filter(data__event="used").count() == 1
    with pytest.raises(ValidationError, match="is no outcome"):
        pitches.set_outcome(pitch, "married", by=rep, expected=4)


def test_a_pitch_needs_something_to_answer(lead, rep):
    with pytest.raises(ValidationError, match="no requirement yet"):
        pitches.start(lead, by=rep)


@pytest.mark.parametrize("wrong", [{"form": "poem"}, {"tone": "rude"}, {"length": "endless"}, {"language": "fr"}])
def test_unknown_choices_are_refused(lead, rep, asked, wrong):
    with pytest.raises(ValidationError) as refused:
        pitches.start(lead, by=rep, **wrong)
    assert list(refused.value.message_dict) == list(wrong)
    assert not Pitch.objects.exists()
