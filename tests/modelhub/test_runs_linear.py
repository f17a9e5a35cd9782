"""Linear runs: whose words they keep, what they go on from, what passes between their stages, and too little memory."""

import pytest

from core.models import Job
from core.services import jobs
from modelhub.models import ModelVersion, TrainingRun
from modelhub.services import run_work, runs, versions
from tests.modelhub.training_runs import LINEAR, wish_at, work

pytestmark = pytest.mark.usefixtures("one_thread")


def test_linear_heads_train_too(dataset, base, admin_user):
    run = runs.start(dataset, "linear", base, LINEAR, by=admin_user)
    work()
    run.refresh_from_db()
    assert run.state == "done", run.problem
    losses = [row["loss"] for row in run.curve if row["loss"] is not None]
    assert losses[-1] < losses[0]


def test_a_customers_own_words_are_in_no_file_of_the_version(dataset, base, admin_user):
    """Ten rows of one customer name a person and a figure, which nobody else does; both are gone with the rows."""
    from modelhub.services import forgetting

    group = dataset.rows.filter(split="train").first().group
    theirs = list(dataset.rows.filter(split="train", group=group))
    for row in theirs:
        row.text += " Petersen wants 48213 of them."
        row.save()
    assert len(theirs) > 1
    run = runs.start(dataset, "linear", base, LINEAR, by=admin_user)
    work()
    run.refresh_from_db()
    assert run.state == "done", run.problem
    for row in theirs:
        forgetting.forget(row.source)
    folder = versions.place(run.result.folder)
    words = (folder / "vocabulary.json").read_text("utf-8")
    assert "w:depot" in words
    assert not any(trace in words for trace in ("eters", "4821"))
    for path in folder.rglob("*"):
        assert path.is_dir() or b"petersen" not in path.read_bytes().lower()


def test_a_paused_linear_run_keeps_what_was_encoded_until_a_row_is_forgotten(
    dataset, base, admin_user, monkeypatch, django_capture_on_commit_callbacks
):
    from modelhub.engine import kept_states
    from modelhub.services import forgetting

    monkeypatch.setattr(kept_states, "CHUNK", 8)
    run = runs.start(dataset, "linear", base, LINEAR, by=admin_user)
    with monkeypatch.context() as patched:
        wish_at(patched, 0.5, lambda row: runs.pause(row, by=admin_user))
        work()
    run.refresh_from_db()
    assert run.state == "paused"
    kept = {path: path.stat().st_mtime_ns for path in runs.kept_files(run)}
    assert len(kept) >= 2
    runs.resume(run, by=admin_user)
    with monkeypatch.context() as patched:
        wish_at(patched, 0.7, lambda row: runs.pause(row, by=admin_user))
        work()
    assert kept.items() <= {path: path.stat().st_mtime_ns for path in runs.kept_files(run)}.items()
    with django_capture_on_commit_callbacks(execute=True):
        forgetting.forget(dataset.rows.filter(split="train").first().source)
    assert not runs.kept_files(run)
    runs.resume(run, by=admin_user)
    work()
    run.refresh_from_db()
    assert run.state == "done", run.problem
    assert not runs.checkpoint_path(run).parent.exists()


def test_a_row_forgotten_while_it_is_encoded_is_not_kept_on_disk_afterwards(
    dataset, base, admin_user, monkeypatch, django_capture_on_commit_callbacks
):
    from modelhub.engine import kept_states
    from modelhub.services import forgetting

    monkeypatch.setattr(kept_states, "CHUNK", 8)
    monkeypatch.setattr(run_work, "TELL_EVERY", 0.0)
    source = dataset.rows.filter(split="train").first().source
    kept = []

    def forget(_row):
        with django_capture_on_commit_callbacks(execute=True):
            forgetting.forget(source)

    def pause(row):
        kept.extend(runs.kept_files(row))
        runs.pause(row, by=admin_user)

    wish_at(monkeypatch, 0.2, forget)
    wish_at(monkeypatch, 0.7, pause)
    run = runs.start(dataset, "linear", base, LINEAR, by=admin_user)
    work()
    run.refresh_from_db()
    assert run.state == "paused"
    assert kept  # it was written on after the row was forgotten
    assert not runs.kept_files(run)


def test_a_linear_run_lets_short_jobs_through_between_its_stages(dataset, base, admin_user, monkeypatch):
    """One is asked for while it works out the words, one while it fits the heads: each is done before the run is."""
    from modelhub.engine import reader_features, reader_heads

    done = []
    monkeypatch.setattr(jobs, "KINDS", dict(jobs.KINDS))

    @jobs.handles("test.short", queue="ml")
    def note(rows):
        for row in rows:
            with jobs.finishing(row):
                done.append((row.payload["asked"], TrainingRun.objects.get().state))

    def asking(owner, name):
        usual = getattr(owner, name)

        def asked(*args, **more):
            found = usual(*args, **more)
            jobs.enqueue("test.short", {"asked": name})
            return found

        monkeypatch.setattr(owner, name, asked)

    order = []
    for owner, name in ((reader_features.Featuriser, "blocks"), (reader_heads, "reduce")):
        asking(owner, name)
        order.append(name)
    run = runs.start(dataset, "linear", base, LINEAR, by=admin_user)
    stages, told = [], run_work.Watcher.told

    def noting(self, point):
        told(self, point)
        stages.append(len(done))

    monkeypatch.setattr(run_work.Watcher, "told", noting)
    work()
    run.refresh_from_db()
    assert run.state == "done", run.problem
    assert done == [(name, "running") for name in order]
    assert stages.index(1) < stages.index(2)  # the first was done before the second was asked for


def _numpy_asks():
    import numpy as np

    np.ones(1 << 52)


def _torch_asks():
    import torch

    torch.empty(1 << 52)


@pytest.mark.parametrize("ask", [_numpy_asks, _torch_asks])
def test_too_little_memory_is_told_at_once_and_the_run_goes_on_once_there_is_enough(
    dataset, base, admin_user, monkeypatch, settings, ask
):
    run = runs.start(dataset, "linear", base, LINEAR, by=admin_user)
    with monkeypatch.context() as patched:
        wish_at(patched, 0.7, lambda row: ask())
        work()
    run.refresh_from_db()
    assert run.state == "failed"
    assert run.problem.startswith("There was too little memory for this training.")
    assert Job.objects.get(kind="hub.train").attempts == 1  # it is not tried again five times
    assert not ModelVersion.objects.exists()
    assert not (settings.FAIRLEAD_DATA / "versions").exists()
    assert runs.kept_files(run)
    runs.resume(run, by=admin_user)
    work()
    run.refresh_from_db()
    assert (run.state, run.problem) == ("done", "")
    assert not runs.kept_files(run)


def test_a_mistake_in_the_code_is_not_called_a_lack_of_memory(dataset, base, admin_user, monkeypatch):
    run = runs.start(dataset, "linear", base, LINEAR, by=admin_user)

    def fail(row):
        raise RuntimeError("shapes do not fit")

    wish_at(monkeypatch, 0.5, fail)
    jobs._run(jobs.claim("ml"))
    run.refresh_from_db()
    assert run.state == "running"  # it waits to be tried again
    assert "shapes do not fit" in Job.objects.get(kind="hub.train").error
