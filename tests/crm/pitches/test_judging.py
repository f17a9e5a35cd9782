"""Edited sentences are judged by the real verifier, and find the claim that supports them."""

import pytest
from django.core.exceptions import ValidationError

from core.models import Job
from crm.models import Claim, Pitch, PitchSentence
from crm.services import pitches, sentences, subjects, verdicts

pytestmark = [pytest.mark.django_db, pytest.mark.models]


def row(pitch, number):
    return pitch.sentences.get(position=number)


def verdict(pitch, number):
    return verdicts.of(pitch)[number - 1].verdict


def test_refused_then_mended_then_ready(pitch, rep, work, claims):
    sentences.edit(row(pitch, 2), "Helm drafts replies in 35 languages.", by=rep, expected=1)
    assert verdict(pitch, 2) == ""
    work("ml")
    assert verdict(pitch, 2) in ("unsupported", "contradicted")
    assert row(pitch, 2).reasons
    with pytest.raises(ValidationError, match="No claim supports sentence 2"):
        pitches.make_ready(pitch, by=rep, expected=2)
    sentences.edit(row(pitch, 2), "Helm answers in German, English and Mandarin.", by=rep, expected=2)
    work("ml")
    assert verdict(pitch, 2) == "supported"
    assert list(row(pitch, 2).claims.all()) == [claims["languages"]]  # found, though it was not cited before
    pitches.make_ready(pitch, by=rep, expected=3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Helm shows a draft within 2 seconds in 99 % of cases on one GPU.", {"contradicted", "unsupported"}),
        ("Helm does not run in your own data centre.", {"contradicted", "unsupported"}),
        ("Helm is billed per seat at €19 a month, whatever the number of messages.", {"contradicted", "unsupported"}),
        ("May we show it on Thursday?", {"no-claim-needed"}),
        ("Under every draft Helm names the page it rests on.", {"supported"}),
    ],
)
def test_verdicts_of_the_real_verifier(pitch, rep, work, text, expected):
    sentences.add(pitch, text=text, by=rep, expected=1)
    work("ml")
    assert PitchSentence.objects.get(text=text).verdict in expected


@pytest.mark.parametrize(
    "text",
    [
        "Helm answers in 40 languages. May we show it?",
        "May we show it? Helm answers in 40 languages.",
        "Hello 40 languages, Helm answers.",
        "Dear Ms Petersen, Helm answers in 40 languages.",
    ],
)
def test_a_claim_cannot_hide_behind_a_question_or_a_greeting(pitch, rep, work, text):
    row = sentences.add(pitch, text=text, by=rep, expected=1)
    work("ml")
    assert PitchSentence.objects.get(pk=row.pk).verdict in {"contradicted", "unsupported"}


def test_two_true_sentences_in_one_box_rest_on_the_claims_of_both(pitch, rep, work, claims):
    both = [claims["languages"], claims["private-deployment"]]
    text = " ".join(claim.text_en for claim in both) + " May we show it?"
    row = sentences.add(pitch, text=text, by=rep, expected=1)
    work("ml")
    row.refresh_from_db()
    assert row.verdict == "supported"
    assert set(row.claims.all()) == set(both)


def subject_verdict(pitch):
    return subjects.standing(Pitch.objects.get(pk=pitch.pk)).verdict


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Helm answers in 40 languages", {"contradicted", "unsupported"}),
        ("The cheapest assistant there is", {"unsupported"}),
        ("Hanseatic Port Services: Helm answers in 40 languages", {"contradicted", "unsupported"}),
        ("Quick question? Helm answers in 40 languages.", {"contradicted", "unsupported"}),
        ("Your message of Tuesday", {"no-claim-needed"}),
        ("", {"no-claim-needed"}),
    ],
)
def test_a_subject_is_judged_like_a_sentence(pitch, rep, work, text, expected):
    pitches.set_subject(pitch, text, by=rep, expected=1)
    work("ml")
    assert subject_verdict(pitch) in expected


def test_a_subject_that_no_claim_supports_keeps_ready_shut(pitch, rep, work, claims):
    pitches.set_subject(pitch, "Helm answers in 40 languages", by=rep, expected=1)
    with pytest.raises(ValidationError, match="still being checked"):
        pitches.make_ready(pitch, by=rep, expected=2)
    work("ml")
    pitch.refresh_from_db()
    with pytest.raises(ValidationError, match="what the subject says"):
        pitches.make_ready(pitch, by=rep, expected=2)
    pitches.set_subject(pitch, "Helm answers in German, English and Mandarin", by=rep, expected=2)
    work("ml")
    pitch.refresh_from_db()
    assert subject_verdict(pitch) == "supported"
    pitches.make_ready(pitch, by=rep, expected=3)
    claims["languages"].text_en = "Helm answers in German."
    claims["languages"].save()
    with pytest.raises(ValidationError, match="what the subject says"):
        pitches.check(Pitch.objects.get(pk=pitch.pk))


def test_the_drafted_subject_stands_until_somebody_changes_it(pitch, rep, work):
    assert subject_verdict(pitch) == "no-claim-needed"
    drafted = pitch.subject
    pitches.set_subject(pitch, "Helm answers in 40 languages", by=rep, expected=1)
    pitches.set_subject(pitch, drafted, by=rep, expected=2)
    work("ml")
    assert subject_verdict(pitch) == "no-claim-needed"


def test_a_subject_written_before_subjects_were_judged_is_judged_when_it_is_wanted(pitch, rep, work):
    Pitch.objects.filter(pk=pitch.pk).update(subject="Your message of Tuesday")
    pitch.refresh_from_db()
    with pytest.raises(ValidationError, match="still being checked"):
        pitches.make_ready(pitch, by=rep, expected=1)
    work("ml")
    pitch.refresh_from_db()
    pitches.make_ready(pitch, by=rep, expected=1)


def test_a_subject_that_cannot_be_judged_is_not_left_waiting(pitch, rep):
    pitches.set_subject(pitch, "Something else", by=rep, expected=1)
    subjects.failed(Job.objects.get(kind="crm.subject"))
    assert subject_verdict(pitch) == "unsupported"
    pitch.refresh_from_db()
    pitches.set_subject(pitch, "Something else", by=rep, expected=2)  # saved again, it is checked again
    assert subject_verdict(pitch) == ""


def test_only_what_this_lead_may_hear_supports_anything(pitch, rep, work, claims, segments):
    claims["languages"].segments.add(segments["banking"])
    Claim.objects.filter(pk=claims["latency"].pk).update(status="draft")
    Claim.objects.filter(pk=claims["cost-control"].pk).update(visibility="internal")
    Claim.objects.filter(pk=claims["private-deployment"].pk).update(status="expired")
    told = ("languages", "latency", "cost-control", "private-deployment")
    for number, key in enumerate(told, start=1):
        sentences.add(pitch, text=claims[key].text_en, by=rep, expected=number)
    work("ml")
    for key in told:
        found = PitchSentence.objects.filter(text=claims[key].text_en).latest("pk")
        assert found.verdict in ("unsupported", "contradicted"), key


def test_chinese_sentences_are_judged_too(make_pitch, rep, work, claims):
    pitch = make_pitch(language="zh")
    sentences.edit(row(pitch, 2), claims["languages"].text_zh, by=rep, expected=1)
    sentences.edit(row(pitch, 3), "在单块 GPU 上，95% 的草稿在 1 秒内生成。", by=rep, expected=2)
    work("ml")
    assert verdict(pitch, 2) == "supported"
    assert verdict(pitch, 3) in ("contradicted", "unsupported")


def test_a_verdict_on_old_words_is_not_written_on_new_ones(pitch, rep, work):
    sentences.edit(row(pitch, 2), "First.", by=rep, expected=1)
    sentences.edit(row(pitch, 2), "Helm answers in German, English and Mandarin.", by=rep, expected=2)
    assert Job.objects.filter(kind="crm.verify").count() == 2
    assert work("ml") == 2
    assert verdict(pitch, 2) == "supported"


def test_judging_twice_changes_nothing(pitch, rep, work):
    sentences.edit(row(pitch, 2), "Helm answers in German, English and Mandarin.", by=rep, expected=1)
    work("ml")
    before = PitchSentence.objects.values().get(position=2)
    Job.objects.update(state="queued")
    work("ml")
    assert PitchSentence.objects.values().get(position=2) == before


def test_checked_again_after_a_claim_came_back(ready, rep, work, claims):
    Claim.objects.filter(pk=claims["customer-service"].pk).update(text_en="Helm drafts replies to customer enquiries.")
    assert verdict(ready, 2) == "unsupported"
    verdicts.recheck(row(ready, 2), by=rep)
    work("ml")
    assert verdict(ready, 2) in ("supported", "unsupported")
    assert row(ready, 2).verdict != ""


def test_what_cannot_be_judged_is_not_left_waiting(pitch, rep):
    sentences.edit(row(pitch, 2), "Words.", by=rep, expected=1)
    verdicts.failed(Job.objects.get())
    assert verdict(pitch, 2) == "unsupported"
