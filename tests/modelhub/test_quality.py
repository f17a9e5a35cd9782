"""Quality in use: agreement by week beside the evaluation, and the hint that enough new corrections are there."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from modelhub.models import Assignment, Dataset, Evaluation, Example, Feedback, ModelVersion, Prediction, TrainingRun
from modelhub.models import BaseModel as Base
from modelhub.services import quality

NOW = datetime.datetime(2026, 3, 12, 12, tzinfo=datetime.UTC)  # a Thursday


@pytest.fixture
def reader(needs):
    version = ModelVersion.objects.create(key="reader-9", name="reader v9", task="read", engine="reader")
    Assignment.objects.create(task="read", segment=None, version=version)
    return version


def judged(version, verdict, count, days_ago, now=NOW, first=0):
    """`count` verdicts on as many texts, so many days ago."""
    for number in range(first, first + count):
        source = f"crm.message:{version.pk}{days_ago}{number}"
        made = Prediction.objects.create(source=source, task="read", version=version, input_hash="x")
        row = Feedback.objects.create(source=source, prediction=made, verdict=verdict, need="latency", author="Mira")
        Feedback.objects.filter(pk=row.pk).update(at=now - datetime.timedelta(days=days_ago))


def examples(count, segment=None, days_ago=0, first=0):
    for number in range(first, first + count):
        row = Example.objects.create(source=f"crm.message:{first}{number}", text="x", segment=segment)
        Example.objects.filter(pk=row.pk).update(updated_at=timezone.now() - datetime.timedelta(days=days_ago))


def trained(version, *, days_ago=10, curve=(), segment=None):
    dataset = Dataset.objects.create(name="Winter", digest="x", segment=segment, curve=list(curve))
    Dataset.objects.filter(pk=dataset.pk).update(created_at=timezone.now() - datetime.timedelta(days=days_ago))
    base = Base.objects.create(key="e5", name="E5", kind="encoder", source="pack e5")
    TrainingRun.objects.create(name="run", dataset=dataset, base=base, result=version)
    return dataset


CURVE = [
    {"share": s, "rows": n, "macro_f1": f, "n": 60} for s, n, f in ((0.25, 50, 0.6), (0.5, 100, 0.66), (1, 200, 0.72))
]


def test_weeks_hold_the_last_word_on_each_need(reader):
    judged(reader, "confirmed", 6, 1)
    judged(reader, "rejected", 2, 1, first=6)
    judged(reader, "added", 3, 1, first=8)
    judged(reader, "changed", 4, 8)
    judged(reader, "confirmed", 5, 300)  # too long ago
    again = Feedback.objects.filter(verdict="rejected").first()
    later = Feedback.objects.create(
        source=again.source, prediction=again.prediction, verdict="confirmed", need="latency", author="Jonas"
    )
    Feedback.objects.filter(pk=later.pk).update(at=NOW)
    weeks = quality.weekly([reader], now=NOW)[reader.pk]
    assert [(week.start.isoformat(), week.right, week.n, week.missed) for week in weeks] == [
        ("2026-03-02", 0, 4, 0), ("2026-03-09", 7, 8, 3),
    ]  # fmt: skip
    assert weeks[0].rate is None  # four verdicts say nothing
    assert weeks[1].rate == 7 / 8


def test_what_the_evaluation_promised(reader):
    assert quality.expected(reader) is None
    needs = {
        "latency": {"precision": 0.8, "recall": 0.5, "f1": 0.6, "n": 8},
        "languages": {"precision": 0.5, "recall": 1.0, "f1": 0.7, "n": 2},
    }
    Evaluation.objects.create(
        version=reader, dataset="shipped evaluation set", language="en", n=10, figures={"needs": needs}
    )
    assert quality.expected(reader) == (pytest.approx(6 / 9), 10)  # 4 of 5 and 2 of 4
    data = Dataset.objects.create(name="DACH", digest="x")
    Evaluation.objects.create(version=reader, dataset="DACH", data=data, n=60, figures={"precision": 0.91})
    assert quality.expected(reader) == (0.91, 60)


def test_a_hint_from_fifty_new_texts_on(reader, needs):
    trained(reader, curve=CURVE)
    examples(49)
    examples(30, days_ago=20, first=100)  # the version learned from these
    assert quality.hints() == []
    examples(1, first=200)
    (hint,) = quality.hints()
    assert (hint.version, hint.segment, hint.new) == (reader, None, 50)
    assert 0.01 < hint.gain < 0.03  # a quarter more of what doubled for +.06


def test_without_a_curve_it_cannot_say(reader):
    trained(reader)
    examples(60)
    (hint,) = quality.hints()
    assert (hint.gain, hint.curve) == (None, None)


def test_a_segment_counts_its_own_texts_and_those_below_that_inherit(reader, needs, segments):
    own = ModelVersion.objects.create(key="own", name="own reader", task="read", engine="reader")
    ModelVersion.objects.filter(pk=own.pk).update(created_at=timezone.now() - datetime.timedelta(days=30))
    Assignment.objects.create(task="read", segment=segments["logistics"], version=own)
    ModelVersion.objects.filter(pk=reader.pk).update(created_at=timezone.now() - datetime.timedelta(days=30))
    examples(30, segments["logistics"], days_ago=2)
    examples(25, segments["logistics-large"], days_ago=2, first=100)
    examples(10, segments["banking"], days_ago=2, first=200)
    assert [(hint.version, hint.segment, hint.new) for hint in quality.hints()] == [(own, segments["logistics"], 55)]


def test_the_hub_shows_the_chart_and_the_hint(reader, admin_client, rep_client):
    trained(reader, curve=CURVE)
    examples(60)
    page = admin_client.get(reverse("hub")).content.decode()
    assert "Too few verdicts yet" in page
    judged(reader, "confirmed", 8, 1, now=timezone.now())
    judged(reader, "rejected", 2, 1, now=timezone.now(), first=8)
    Evaluation.objects.create(version=reader, dataset="x", language="en", n=10, figures={"precision": 0.85})
    for client in (admin_client, rep_client):
        page = client.get(reverse("hub")).content.decode()
        assert "60 texts were labelled or corrected for everyone else since reader v9 learned" in page
        assert "By the learning curve of “Winter” they would bring about +.0" in page
        assert "8 / 10" in page
        assert "<title>reader v9 when measured, n = 10</title>" in page
        assert ">when measured</text>" in page
    Dataset.objects.update(curve=[])
    assert "cannot be said: no learning curve" in admin_client.get(reverse("hub")).content.decode()
    version = admin_client.get(reverse("hub-version", args=[reader.key])).content.decode()
    assert "Agreement of people by week" in version
    assert "Measure beside what serves" in version
    assert "It serves itself" in version
    assert reverse("admin:modelhub_assignment_changelist") in version
    assert (
        "Measure beside what serves" not in rep_client.get(reverse("hub-version", args=[reader.key])).content.decode()
    )


def test_a_need_that_is_gone_breaks_neither_verdicts_nor_pages(reader, needs, admin_client):
    judged(reader, "confirmed", 8, 1, now=timezone.now())
    needs["latency"].delete()
    assert quality.weekly([reader])[reader.pk][0].n == 8
    for name, args in (("hub", []), ("hub-version", [reader.key]), ("hub-predictions", [])):
        assert admin_client.get(reverse(name, args=args)).status_code == 200
