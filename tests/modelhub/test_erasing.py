"""No version keeps the vector of a person's clause: new ones never did, and old ones are saved anew once it is forgotten."""

import errno
import os
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from config import celery
from core.models import AuditEntry, Job
from core.services import jobs
from modelhub.engine import artifacts, clauses, hardware, reader_novel, reader_states, reader_store
from modelhub.engine.encoders import encoder
from modelhub.models import Dataset, DatasetRow, ModelVersion, TrainingRun
from modelhub.services import erasing, forgetting, run_data, runs, serving, versions
from tests.modelhub.test_engine_words import strange
from tests.modelhub.training_runs import LINEAR, work

SOURCE = "crm.message:41"


def vectors(count=60, width=6):
    found = np.random.default_rng(7).standard_normal((count, width)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def nearest(kept, real):
    """Distance of the kept vector that is nearest to a real one."""
    return min(float(np.linalg.norm(kept - one, axis=1).min()) for one in real)


@pytest.fixture
def old(db, base, tmp_path, settings):
    """A version as earlier editions trained it, with the vectors of real clauses, and its dataset."""
    settings.FAIRLEAD_DATA = tmp_path
    tensors = {
        "novel.centre": np.zeros(6, np.float32),
        "novel.background": vectors(),
        "head.bias": np.ones(2, np.float32),
    }
    extra = {"settings.json": {"novel": [1.0, -5.0, 0.2]}, "vocabulary.json": {"words": ["w:depot"]}}
    made = artifacts.save(tmp_path / "versions" / "reader-r1", "reader", tensors, extra, {"mark": "run 1"})
    data = Dataset.objects.create(name="DACH", digest="d")
    DatasetRow.objects.create(dataset=data, source=SOURCE, text="Frau Petersen wants it", split="train")
    version = ModelVersion.objects.create(
        key="reader-r1", name="reader of run 1", task="read", engine="reader", folder="versions/reader-r1",
        config={"digest": made.digest, "run": 1},
    )  # fmt: skip
    TrainingRun.objects.create(name="x", dataset=data, base=base, state="done", result=version)
    return version


def kept(version):
    return artifacts.load(versions.place(version.folder), kinds=("reader",))


def test_drawn_vectors_vary_like_the_real_ones_and_are_none_of_them():
    real = vectors(400, 24) * np.linspace(0.2, 2, 24, dtype=np.float32)
    found = reader_novel.drawn(real)
    assert found.shape == (reader_novel.BACKGROUND, 24)
    assert np.allclose(found.mean(0), real.mean(0), atol=0.06)
    assert np.allclose(found.std(0), real.std(0), rtol=0.15)
    assert nearest(found, real) > 0.05
    few = reader_novel.drawn(real[:3])  # fewer than dimensions
    assert np.isfinite(few).all()
    assert nearest(few, real[:3]) > 1e-3


@pytest.mark.usefixtures("one_thread")
def test_a_version_of_a_run_holds_no_vector_of_a_clause(dataset, base, admin_user):
    run = runs.start(dataset, "linear", base, LINEAR, by=admin_user)
    work()
    run.refresh_from_db()
    assert run.state == "done", run.problem
    assert run.result.config["background"] == reader_store.DRAWN
    assert strange("\n".join([*(line for _seconds, line in run.log), run.result.card])) == []
    texts = list(dataset.rows.filter(split="train").values_list("text", flat=True))
    states = reader_states.read(encoder(run_data.base_folder(base)), texts, [clauses.split(text) for text in texts])
    made = kept(run.result)
    likeness = reader_novel.Likeness(made.tensors["novel.centre"], made.tensors["novel.background"], 1, 0, 0.5)
    real = likeness.unit(np.concatenate([one.clause[:, reader_states.LAST] for one in states]))
    assert nearest(likeness.background, real) > 1e-3
    assert len(likeness.background) == reader_novel.BACKGROUND
    forgetting.forget(dataset.rows.filter(split="train").first().source)
    assert not Job.objects.filter(kind=erasing.KIND).exists()  # nothing is in it


def test_an_older_version_is_saved_anew_once_a_text_is_forgotten(old):
    before = kept(old)
    assert nearest(before.tensors["novel.background"], vectors()) == 0
    forgetting.forget(SOURCE)
    jobs.work("ml")
    assert Job.objects.get(kind=erasing.KIND).state == "done"
    made = kept(old)
    assert nearest(made.tensors["novel.background"], vectors()) > 1e-3
    assert np.array_equal(made.tensors["head.bias"], before.tensors["head.bias"])
    assert made.json("vocabulary.json") == {"words": ["w:depot"]}
    assert made.meta["mark"] == "run 1"
    old.refresh_from_db()
    assert (old.config["digest"], old.config["run"]) == (made.digest, 1)
    versions.check_files(old)
    assert AuditEntry.objects.get(noun="modelversion").verb == "erase"
    erasing.request(Dataset.objects.get())
    assert Job.objects.filter(kind=erasing.KIND).count() == 1


def worker_starts(*queues):
    """What Celery calls when a worker of these queues is there."""
    amqp = SimpleNamespace(queues=SimpleNamespace(consume_from=dict.fromkeys(queues)))
    celery.warm(sender=SimpleNamespace(app=SimpleNamespace(amqp=amqp)))


def test_what_was_forgotten_under_an_earlier_edition_is_erased_once_a_worker_starts(old, monkeypatch):
    monkeypatch.setattr(serving, "warm", lambda: None)
    worker_starts("ml")
    assert not Job.objects.exists()  # nothing was forgotten of what it was trained on
    Dataset.objects.update(forgotten=1)
    worker_starts("default")
    assert not Job.objects.exists()
    worker_starts("ml")
    worker_starts("ml")
    jobs.work("ml")
    assert Job.objects.get().state == "done"
    assert nearest(kept(old).tensors["novel.background"], vectors()) > 1e-3
    ModelVersion.objects.update(config={})  # as one whose files cannot be saved anew
    worker_starts("ml")
    assert Job.objects.count() == 1


def test_what_a_killed_worker_left_half_written_goes_when_one_starts(old, monkeypatch):
    monkeypatch.setattr(serving, "warm", lambda: None)
    folder = versions.place(old.folder)
    left = folder.with_name(".reader-r2-0a1b2c3d")
    left.mkdir()
    os.utime(left, (0, 0))
    worker_starts("ml")
    assert [item.name for item in folder.parent.iterdir()] == [folder.name]


def test_a_worker_killed_behind_the_writing_is_made_good(old):
    reader_store.without_clauses(kept(old))  # written, and the row not yet
    forgetting.forget(SOURCE)
    jobs.work("ml")
    old.refresh_from_db()
    assert old.config["digest"] == kept(old).digest
    assert nearest(kept(old).tensors["novel.background"], vectors()) > 1e-3


def test_a_worker_killed_before_the_new_files_were_in_their_place_is_made_good(old):
    folder = versions.place(old.folder)
    folder.rename(artifacts._aside(folder))
    forgetting.forget(SOURCE)
    jobs.work("ml")
    assert Job.objects.get(kind=erasing.KIND).state == "done"
    old.refresh_from_db()
    assert old.config["digest"] == kept(old).digest
    assert nearest(kept(old).tensors["novel.background"], vectors()) > 1e-3
    assert not artifacts._aside(folder).exists()


def test_the_old_files_that_a_killed_worker_left_are_deleted_with_what_they_hold(old):
    folder = versions.place(old.folder)
    shutil.copytree(folder, artifacts._aside(folder))
    reader_store.without_clauses(kept(old))
    shutil.copytree(folder, artifacts._aside(folder))
    forgetting.forget(SOURCE)
    jobs.work("ml")
    assert [item.name for item in folder.parent.iterdir()] == [folder.name]


@pytest.mark.parametrize("short", ["memory", "disk"])
def test_where_memory_or_disk_is_short_the_job_is_tried_again(old, short, monkeypatch):
    before = kept(old).digest
    with monkeypatch.context() as patch:
        if short == "memory":
            patch.setattr(hardware, "free_memory", lambda: 0)
        else:
            patch.setattr(artifacts, "_write_manifest", full)
        forgetting.forget(SOURCE)
        jobs.work("ml", most=1)
    job = Job.objects.get(kind=erasing.KIND)
    assert (job.state, job.attempts) == ("queued", 1)
    assert kept(old).digest == before
    jobs.work("ml")
    assert Job.objects.get(kind=erasing.KIND).state == "done"
    assert nearest(kept(old).tensors["novel.background"], vectors()) > 1e-3


def full(*_args):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_of_a_version_whose_files_are_gone_nothing_is_left_to_erase(old):
    shutil.rmtree(versions.place(old.folder))
    forgetting.forget(SOURCE)
    jobs.work("ml")
    assert Job.objects.get(kind=erasing.KIND).state == "done"
    assert not versions.place(old.folder).exists()


def test_files_that_were_swapped_are_not_taken_for_the_versions(old):
    swapped = artifacts.save(versions.place(old.folder), "reader", {"head.bias": np.zeros(2, np.float32)})
    forgetting.forget(SOURCE)
    jobs.work("ml")
    job = Job.objects.get(kind=erasing.KIND)
    assert (job.state, "its files are not those that were trained" in job.error) == ("failed", True)
    old.refresh_from_db()
    assert old.config["digest"] != swapped.digest
    assert kept(old).digest == swapped.digest


def test_a_folder_that_cannot_be_swept_does_not_keep_the_worker_from_loading_what_serves(old, monkeypatch):
    warmed = []
    monkeypatch.setattr(serving, "warm", lambda: warmed.append(1))

    def locked(root):
        raise PermissionError(errno.EACCES, "not yours", str(root))

    monkeypatch.setattr(artifacts, "sweep", locked)
    worker_starts("ml")
    assert warmed == [1]
