"""The hub's part of the sample: recorded facts that hold together, people's verdicts over weeks, and nothing left behind."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.models import Segment, User
from core.services import samples
from modelhub import interface
from modelhub.engine import artifacts
from modelhub.models import (
    Assignment,
    AssignmentChange,
    Dataset,
    Evaluation,
    Example,
    Feedback,
    ModelVersion,
    Prediction,
    TrainingRun,
)
from modelhub.samples import loading, recorded
from modelhub.services import history, quality, shipped, versions

pytestmark = pytest.mark.django_db
TEXTS = 24


def _admin(email, **more):
    return User.objects.create_user(email, name="An admin", role="admin", **more)


@pytest.fixture
def house(needs):
    """The sample's admin and segments, the shipped versions, and verdicts of people on texts of twelve weeks."""
    shipped.ensure()
    segments = {key: Segment.objects.create(key=key, name_en=key, sample=True) for key in ("china", "uk-ireland")}
    admin = _admin("tomas@northlight.example", sample=True)
    said = {}
    version = ModelVersion.objects.get(key=shipped.READER)
    for number in range(TEXTS):
        source, text = f"crm.message:{number}", f"text number {number}"
        kept = Prediction.objects.create(source=source, task="read", version=version, input_hash="x" * 64)
        for need in ("latency", "languages", "cost-control"):
            interface.correct(
                interface.Correction(
                    source=source, text=text, verdict="confirmed", need=need, author="Mira", prediction=kept.pk, group="crm.company:1"
                )
            )  # fmt: skip
        said[source] = timezone.now() - timedelta(days=3 * number)
    return admin, segments, samples.Told(said=said)


def test_the_record_holds_together():
    told = recorded.facts()
    artifact = artifacts.load(recorded.READER, kinds=("reader",))
    assert artifact.digest == told["version"]["digest"]
    rows = told["dataset"]["rows"]
    by_split = {split: sum(row["split"] == split for row in rows) for split in ("train", "test")}
    assert by_split == {split: sum(n.values()) for split, n in told["dataset"]["counts"]["rows"].items()}
    whole = next(one for one in told["evaluations"] if not one["language"])
    assert whole["n"] == by_split["test"]
    assert sum(one["n"] for one in told["evaluations"] if one["language"]) == whole["n"]
    assert 0 < whole["figures"]["macro_f1"] <= 1
    assert whole["comparison"]["differences"]["macro_f1"]["verdict"] != "worse"
    assert not [row for row in rows if set(row) & {"source", "group"}]  # no text, and nobody's name


def test_a_version_is_promoted_through_the_gate_and_another_was_taken_back(house):
    _by, segments, told = house
    loading.promote(told)
    serving = interface.serving("read", segments["china"].pk)
    assert serving.key == recorded.KEY
    loading.tell(told)
    version = ModelVersion.objects.get(key=recorded.KEY)
    assert version.run.state == TrainingRun.State.DONE
    assert recorded.NOTE in version.card
    assert recorded.NOTE in str(version.run.log)
    promoted = history.of("read", segments["china"]).get()
    assert promoted.gate["verdict"] == "overruled"  # eighteen messages are too few to say
    assert "n = 18" in promoted.gate["told"]
    assert promoted.sample
    assert version.run.created_at < version.run.finished_at < promoted.at < timezone.now()
    back, tried = history.of("read", segments["uk-ireland"])
    assert (tried.kind, back.kind) == ("assign", "rollback")
    assert (tried.reason, back.reason) == (loading.WHY_TRIED, loading.WHY_BACK)
    assert tried.at < back.at
    assert not Assignment.objects.filter(segment=segments["uk-ireland"]).exists()
    versions.check_files(version)  # what it is made of is here, and is what was recorded


def test_what_people_said_lies_in_the_weeks_in_which_they_said_it(house):
    _by, _segments, told = house
    loading.tell(told)
    weeks = quality.weekly([ModelVersion.objects.get(key=shipped.READER)])
    (found,) = weeks.values()
    assert len([week for week in found if week.rate is not None]) >= 8
    assert not Feedback.objects.filter(at__gt=timezone.now()).exists()
    for row in Example.objects.all():
        assert row.updated_at >= told.said[row.source]


def test_all_of_it_goes_and_what_an_admin_uses_stays(house):
    _by, segments, told = house
    loading.promote(told)
    loading.tell(told)
    kept = Segment.objects.create(key="own", name_en="Own")
    version = ModelVersion.objects.get(key=recorded.KEY)
    mine = Assignment.objects.create(task="read", segment=kept, version=version, by=_admin("me@own.example"))
    loading.remove(samples.Told())
    assert not AssignmentChange.objects.exists()
    assert list(Assignment.objects.filter(version=version)) == [mine]
    assert not TrainingRun.objects.get().sample
    assert not Dataset.objects.get().sample
    mine.delete()
    TrainingRun.objects.update(sample=True)
    Dataset.objects.update(sample=True)
    loading.remove(samples.Told())
    for model in (TrainingRun, Dataset, AssignmentChange):
        assert not model.objects.exists(), model
    assert not ModelVersion.objects.filter(key=recorded.KEY).exists()
    assert not Evaluation.objects.filter(version__key=recorded.KEY).exists()
    assert not versions.place(recorded.FOLDER).exists()
    assert segments


def test_without_a_record_nothing_is_promoted(house, monkeypatch, tmp_path):
    _by, _segments, told = house
    monkeypatch.setattr(recorded, "FACTS", tmp_path / "none.json")
    loading.promote(told)
    loading.tell(told)
    assert not ModelVersion.objects.filter(key=recorded.KEY).exists()
    assert not AssignmentChange.objects.exists()
