"""Readers that ship untrained: passed over, refused by the gate, trained only when an admin asks, and measured then."""

import shutil

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from core.models import AuditEntry, Job
from core.services import jobs
from modelhub import interface
from modelhub.engine import artifacts, corpus, reader_shipped
from modelhub.engine.failures import ArtifactError, PackError
from modelhub.engine.reader import Reader
from modelhub.models import Assignment, ModelVersion
from modelhub.services import assignments, gates, loading, serving, shipped, shipped_readers, shipped_training, versions

WANTED = ("latency", "pricing-request", "languages", "private-deployment")


@pytest.fixture
def house(needs, tmp_path, settings):
    """A data folder of its own, with nothing trained in it."""
    settings.FAIRLEAD_DATA = tmp_path
    shipped.ensure()
    return tmp_path


@pytest.fixture
def words(house):
    return ModelVersion.objects.get(key=shipped.READER_WORDS)


@pytest.fixture
def small_corpus(tmp_path, monkeypatch):
    """150 messages and four needs, so that a training takes seconds."""
    folder = tmp_path / "train"
    folder.mkdir()
    lines = (corpus.TRAIN / "en-a.jsonl").read_text("utf-8").splitlines()[:150]
    (folder / "en-a.jsonl").write_text("\n".join(lines), "utf-8")
    monkeypatch.setattr(corpus, "TRAIN", folder)
    few = [need for need in shipped_readers.definitions() if need.key in WANTED]
    monkeypatch.setattr(shipped_readers, "definitions", lambda: few)


def test_the_default_is_ready_and_the_others_say_that_they_are_untrained(house):
    states = dict(ModelVersion.objects.filter(task="read").values_list("key", "state"))
    assert states == {"reader-1": "ready", "reader-1-minilm": "untrained", "reader-1-ngrams": "untrained"}


def test_nothing_is_trained_inside_a_read_job(words, monkeypatch):
    monkeypatch.setattr(shipped_readers, "ensure", lambda *_args, **_more: pytest.fail("it was trained"))
    Assignment.objects.filter(task="read").update(version=words)
    ModelVersion.objects.filter(key=shipped.READER).update(state="retired")
    (result,) = interface.read([interface.ReadRequest("crm.message:1", "Hello")])
    assert result.reading is None
    assert "it is not trained yet" in result.problem
    words.refresh_from_db()
    assert (words.state, words.problem) == ("untrained", "")


def test_serving_passes_over_an_untrained_one_with_a_note(house):
    composer = ModelVersion.objects.get(key=shipped.COMPOSER)
    other = ModelVersion.objects.create(key="composer-2", name="x", task="draft", engine="composer", state="untrained")
    chain = [assignments.Candidate(other, None), assignments.Candidate(composer, None)]
    answer = serving.ask(chain, "draft", lambda _engine, version: version.key)
    assert answer.value == "composer-1"
    assert answer.notes == ("x did not answer: it is not trained yet.",)
    assert composer.pk in loading.held()


def test_the_gate_and_the_assignment_refuse_it_whatever_the_reason(words, admin_user):
    gate = gates.judge("read", None, words)
    assert gate.verdict == "broken"
    assert "Not trained yet" in gate.told
    current = Assignment.objects.get(task="read")
    with pytest.raises(ValidationError, match="Not trained yet"):
        assignments.assign(
            "read", None, words, by=admin_user, reason="because I want to", seen=assignments.stamp(current)
        )
    assert Assignment.objects.get(task="read").version.key == shipped.READER


def test_checking_its_files_does_not_call_it_broken(words, admin_user):
    assert not versions.check_again(words, by=admin_user)
    words.refresh_from_db()
    assert words.state == "untrained"


def test_an_admin_trains_it_and_it_is_measured_next(words, small_corpus, admin_client, rep_client):
    address = reverse("hub-version", args=[words.key])
    assert "Train it" in admin_client.get(address).content.decode()
    assert "Train it" not in rep_client.get(address).content.decode()
    train = reverse("hub-train-shipped", args=[words.key])
    for _click in range(2):
        assert admin_client.post(train).status_code == 302
    job = Job.objects.get(kind=shipped_training.KIND)
    assert "waits for a worker" in admin_client.get(address).content.decode()
    jobs.work("ml", most=1)
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    assert job.done > 0
    words.refresh_from_db()
    assert words.state == "ready"
    assert AuditEntry.objects.get(verb="train").label == "reader v1 n-grams"
    assert Job.objects.get(kind="hub.compare").payload == {"version": words.pk, "dataset": None}
    reader = loading.engine(words)
    assert reader.needs
    assert gates.judge("read", None, words).verdict == "unevaluated"
    admin_client.post(train, follow=True)
    assert Job.objects.filter(kind=shipped_training.KIND).count() == 1
    shipped.ensure()
    words.refresh_from_db()
    assert words.state == "ready"


def test_short_jobs_are_let_through_while_it_trains(words, small_corpus, admin_client, admin_user):
    shipped_training.request(words, by=admin_user)
    waiting = jobs.enqueue("crm.read", {"message": 4711})
    later = jobs.enqueue("hub.compare", {"version": 0, "dataset": None})
    jobs.work("ml", most=1)
    waiting.refresh_from_db()
    later.refresh_from_db()
    assert waiting.state == "done"
    assert later.state == "queued"
    assert waiting.finished_at < Job.objects.get(kind=shipped_training.KIND).finished_at


def test_a_cancelled_training_leaves_it_untrained(words, small_corpus, admin_user, monkeypatch):
    job = shipped_training.request(words, by=admin_user)
    kept = jobs.progress

    def cancel_first(row, *rest, **more):
        jobs.cancel(job)
        return kept(row, *rest, **more)

    monkeypatch.setattr(jobs, "progress", cancel_first)
    jobs.work("ml", most=1)
    words.refresh_from_db()
    job.refresh_from_db()
    assert (job.state, words.state) == ("cancelled", "untrained")
    assert not shipped_readers.there("ngrams")


def test_a_missing_base_model_is_told(house, admin_user, monkeypatch):
    def missing(*_args, **_more):
        raise PackError("all-minilm-l6-v2 is not here; pull it")

    version = ModelVersion.objects.get(key=shipped.READER_MINILM)
    monkeypatch.setattr(shipped_readers, "ensure", missing)
    job = shipped_training.request(version, by=admin_user)
    jobs.work("ml", most=1)
    job.refresh_from_db()
    version.refresh_from_db()
    assert (job.state, job.error) == ("failed", "all-minilm-l6-v2 is not here; pull it")
    assert version.state == "untrained"


def an_earlier_edition(house, variant):
    """A whole and unharmed folder, as the code before this wrote it: other settings, another mark."""
    made = artifacts.load(reader_shipped.SHIPPED / "default", kinds=("reader",))
    old = {**made.json("settings.json"), "quote_gap": 1.5}
    del old["quote_bias"]
    extra = {"settings.json": old, "vocabulary.json": made.json("vocabulary.json")}
    folder = reader_shipped.folder(variant, house)
    artifacts.save(folder, "reader", made.tensors, extra, {**made.meta, "mark": "of another edition"})
    return folder


def test_the_default_of_an_earlier_edition_is_replaced_when_it_is_loaded(house, packs):
    shutil.rmtree(house / "packs", ignore_errors=True)
    (house / "packs").symlink_to(packs)
    folder = an_earlier_edition(house, "default")
    with pytest.raises(ArtifactError, match="another edition"):
        Reader.load(folder, packs)
    version = ModelVersion.objects.get(key=shipped.READER)
    assert loading.engine(version).read(["Please send me a quote with prices."])[0].needs
    assert shipped_readers.there("default")


def test_others_of_an_earlier_edition_wait_to_be_trained_again(house, words, admin_user):
    an_earlier_edition(house, "ngrams")
    ModelVersion.objects.filter(pk=words.pk).update(state="broken", problem="made by another edition")
    shipped.ensure()
    words.refresh_from_db()
    assert (words.state, words.problem) == ("untrained", "")
    assert shipped_training.request(words, by=admin_user).state == "queued"


def test_a_damaged_one_is_not_trained_over(house):
    folder = an_earlier_edition(house, "default")
    (folder / "settings.json").write_text("{}")
    assert shipped_readers.there("default")
