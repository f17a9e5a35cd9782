"""Training runs: one click makes one run, one run makes one version; paused, cancelled, failed and restarted."""

import shutil

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import AuditEntry, Job
from core.services import jobs
from modelhub import interface
from modelhub.engine.failures import ArtifactError
from modelhub.models import Assignment, BaseModel, ModelVersion, TrainingRun
from modelhub.services import building, loading, run_data, run_work, runs, versions
from tests.modelhub.training_runs import FINETUNE, LINEAR, wish_at, work

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def run(dataset, base, admin_user):
    return runs.start(dataset, "finetune", base, FINETUNE, by=admin_user)


def test_a_run_makes_one_version_with_its_figures_and_card(run, dataset):
    work()
    run.refresh_from_db()
    assert (run.state, run.problem, run.step) == ("done", "", run.steps)
    version = ModelVersion.objects.get()
    assert run.result == version
    assert (version.key, version.task, version.engine, version.base.key) == (
        f"reader-r{run.pk}",
        "read",
        "reader",
        "tiny",
    )
    assert version.config["dataset"] == dataset.digest
    assert "macro-F1" in version.card
    assert [row for row in run.curve if row["validation"] is not None]
    assert {"step", "of", "epoch", "loss", "rate", "validation", "seconds"} == set(run.curve[0])
    assert run.seconds > 0
    assert run.memory_mb > 0
    assert any("macro-F1" in line for _at, line in run.log)
    assert not runs.checkpoint_path(run).exists()
    assert Job.objects.filter(kind="hub.compare", payload__version=version.pk).count() == 1
    assert AuditEntry.objects.filter(verb="make", noun="modelversion").exists()


def test_what_it_made_is_served_once_it_is_assigned(run):
    work()
    Assignment.objects.create(task="read", segment=None, version=ModelVersion.objects.get())
    request = interface.ReadRequest("x:1", "we run a depot near the harbour. quote and budget for the depot team")
    result = interface.read([request])[0]
    assert result.serving.key == f"reader-r{run.pk}"
    found = {need.need for need in result.reading.needs}
    assert "pricing-request" in found
    assert (
        not {"latency", "languages"} & found
    )  # needs it was not trained on are judged by likeness, by a random encoder


def test_two_clicks_make_one_run_and_another_setting_another(run, dataset, base, admin_user):
    assert runs.start(dataset, "finetune", base, FINETUNE, by=admin_user) == run
    assert Job.objects.filter(kind="hub.train").count() == 1
    another = runs.start(dataset, "finetune", base, {**FINETUNE, "seed": 2}, by=admin_user)
    assert another != run
    assert another.name == f"{run.name} 2"  # its version is told from the first by its name
    with pytest.raises(ValueError, match="no such setting: speed"):
        runs.start(dataset, "finetune", base, {"speed": 3}, by=admin_user)


def test_the_configuration_is_complete(run, base):
    config = run.config
    assert config["tuning"]["seed"] == config["heads"]["seed"] == 1
    assert {"epochs", "batch", "rate", "decay", "weight_decay", "warm_up", "dropout", "frozen_layers"} <= set(
        config["tuning"]
    )
    assert run_data.plan(config).tuning.epochs == 3
    minilm = BaseModel(key="all-minilm-l6-v2", source="pack all-minilm-l6-v2")
    assert run_data.complete("linear", minilm, {})["languages"] == ["en"]
    assert run_data.complete("linear", base, {})["languages"] == []


def test_the_same_dataset_and_configuration_give_the_same_version(run, dataset, base, admin_user):
    work()
    again = runs.start(dataset, "finetune", base, FINETUNE, by=admin_user)
    assert again != run
    work()
    first, second = (
        building.build(version).evidence(["quick and instant please", "quote and cost"]).probabilities
        for version in ModelVersion.objects.order_by("pk")
    )
    assert first.tolist() == second.tolist()


def digest(run):
    run.refresh_from_db()
    return versions.place(run.result.folder), run.result.config["digest"]


def test_a_paused_run_goes_on_to_the_same_version(run, dataset, base, admin_user, monkeypatch):
    with monkeypatch.context() as patched:
        wish_at(patched, 0.5, lambda row: runs.pause(row, by=admin_user))
        work()
    run.refresh_from_db()
    assert (run.state, run.wish) == ("paused", "")
    assert 0 < run.step < run.steps
    assert runs.checkpoint_path(run).is_file()
    assert not ModelVersion.objects.exists()
    assert runs.seconds_left(run) is not None
    work()
    run.refresh_from_db()
    assert run.state == "paused"  # nothing moves it but a person
    steps = [row["step"] for row in run.curve]
    runs.resume(run, by=admin_user)
    work()
    run.refresh_from_db()
    assert run.state == "done", run.problem
    assert [row["step"] for row in run.curve][: len(steps)] == steps
    assert [row["step"] for row in run.curve] == sorted({row["step"] for row in run.curve})
    undisturbed = runs.start(dataset, "finetune", base, FINETUNE, by=admin_user)
    work()
    texts = ["quick and instant please", "quote and cost"]
    one, other = (building.build(each).evidence(texts).logits for each in ModelVersion.objects.order_by("pk"))
    assert one.tolist() == other.tolist()
    assert digest(run)[1] == digest(undisturbed)[1]


def test_a_waiting_run_is_paused_and_resumed_at_once(run, admin_user):
    assert runs.pause(run, by=admin_user).state == "paused"
    assert Job.objects.get(kind="hub.train").state == "cancelled"
    work()
    run.refresh_from_db()
    assert run.state == "paused"
    assert runs.resume(run, by=admin_user).state == "queued"
    assert runs.resume(run, by=admin_user).state == "queued"
    assert Job.objects.filter(kind="hub.train", state="queued").count() == 1


def test_a_cancelled_run_leaves_nothing_behind(run, admin_user, settings, monkeypatch):
    wish_at(monkeypatch, 0.5, lambda row: runs.cancel(row, by=admin_user))
    work()
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert run.finished_at
    assert not ModelVersion.objects.exists()
    assert not list(settings.FAIRLEAD_DATA.rglob("*.safetensors"))
    assert runs.resume(run, by=admin_user).state == "cancelled"


def test_cancelled_at_the_very_end_it_makes_no_version(run, admin_user, settings, monkeypatch):
    usual = run_work._finish
    monkeypatch.setattr(run_work, "_finish", lambda *args: (runs.cancel(run, by=admin_user), usual(*args)))
    work()
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert not ModelVersion.objects.exists()


def test_its_job_cancelled_on_the_jobs_page_cancels_the_run(run, admin_user, django_capture_on_commit_callbacks):
    kept = runs.checkpoint_path(run)
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"what a customer wrote, as the encoder sees it")  # as a killed worker leaves it
    with django_capture_on_commit_callbacks(execute=True):
        jobs.cancel(Job.objects.get(kind="hub.train"), by=admin_user)
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert not kept.parent.exists()


@pytest.mark.parametrize("recipe", ["finetune", "linear"])
def test_its_job_cancelled_while_it_trains_leaves_nothing_on_disk(
    dataset, base, admin_user, settings, monkeypatch, recipe
):
    run = runs.start(dataset, recipe, base, FINETUNE if recipe == "finetune" else LINEAR, by=admin_user)
    kept = []

    def cancel(row):
        kept.extend(runs.kept_files(row))
        jobs.cancel(Job.objects.get(kind="hub.train"), by=admin_user)

    wish_at(monkeypatch, 0.7, cancel)
    monkeypatch.setattr(run_work, "CHECKPOINT_EVERY", 0.0)
    work()
    run.refresh_from_db()
    assert (run.state, bool(kept)) == ("cancelled", True)
    assert not list(settings.FAIRLEAD_DATA.rglob("*.safetensors"))


def test_its_job_cancelled_at_the_very_end_leaves_no_version(run, admin_user, settings, monkeypatch):
    usual = run_work._finish

    def finish(job, *rest):
        jobs.cancel(job, by=admin_user)
        usual(job, *rest)

    monkeypatch.setattr(run_work, "_finish", finish)
    work()
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert not ModelVersion.objects.exists()
    assert not list(settings.FAIRLEAD_DATA.rglob("*.safetensors"))


def test_cancelled_while_its_worker_was_dead_it_leaves_nothing_once_it_is_taken_up(run, admin_user):
    TrainingRun.objects.filter(pk=run.pk).update(state="running", wish="cancel")
    kept = runs.checkpoint_path(run)
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"what a customer wrote, as the encoder sees it")
    work()
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert not kept.parent.exists()


def test_time_that_was_lost_is_not_expected_again():
    curve = [{"step": n, "seconds": 2.0 * n + (600 if n > 40 else 0)} for n in range(10, 60, 10)]
    run = TrainingRun(state="running", step=50, steps=100, seconds=700, curve=curve)
    assert runs.seconds_left(run) == pytest.approx(100)  # a worker was killed at step 40, and ten minutes went with it
    run.curve = []
    assert runs.seconds_left(run) == pytest.approx(700)


def test_its_job_is_locked_before_the_run_whoever_cancels(run, admin_user):
    """Else the jobs page and the run's page could wait for each other."""
    with CaptureQueriesContext(connection) as asked:
        runs.cancel(run, by=admin_user)
    tables = [query["sql"].split(" FROM ")[1].split()[0] for query in asked if query["sql"].startswith("SELECT")]
    assert tables.index('"core_job"') < tables.index('"modelhub_trainingrun"')
    run.refresh_from_db()
    assert run.state == "cancelled"


def test_a_worker_locks_the_job_before_the_run_too(run):
    (job,) = jobs.claim("ml")
    with CaptureQueriesContext(connection) as asked:
        assert run_work._take(job) == run
    tables = [query["sql"].split(" FROM ")[1].split()[0] for query in asked if query["sql"].startswith("SELECT")]
    assert tables.index('"core_job"') < tables.index('"modelhub_trainingrun"')


def test_a_missing_base_is_told_and_the_run_can_be_restarted(run, base_folder, admin_user, tmp_path):
    away = shutil.move(base_folder, tmp_path / "away")
    try:
        work()
    finally:
        shutil.move(away, base_folder)
    run.refresh_from_db()
    assert run.state == "failed"
    assert "base model tiny is not here" in run.problem
    runs.resume(run, by=admin_user)
    work()
    run.refresh_from_db()
    assert (run.state, run.problem) == ("done", "")


def test_a_swapped_base_is_refused(run, base):
    BaseModel.objects.filter(pk=base.pk).update(sha256="0" * 64)
    work()
    run.refresh_from_db()
    assert "others than when it was added" in run.problem


def test_a_full_disk_fails_the_run_and_leaves_no_half_version(run, admin_user, settings, monkeypatch):
    import resource

    from modelhub.engine import artifacts

    work()
    old = ModelVersion.objects.get()
    again = runs.start(run.dataset, "finetune", run.base, {**FINETUNE, "seed": 3}, by=admin_user)
    usual = artifacts.save

    def save(*args, **kwargs):
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
        try:
            return usual(*args, **kwargs)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    with monkeypatch.context() as patched:
        patched.setattr(artifacts, "save", save)
        work()
    again.refresh_from_db()
    assert again.state == "failed"
    assert "could not be written" in again.problem
    assert ModelVersion.objects.get() == old
    assert [item.name for item in (settings.FAIRLEAD_DATA / "versions").iterdir()] == [f"reader-r{run.pk}"]
    assert loading.engine(old).read(["quote and budget"])
    runs.resume(again, by=admin_user)
    work()
    assert ModelVersion.objects.count() == 2


def test_too_little_data_fails_with_words(dataset, base, admin_user, needs):
    dataset.rows.filter(split="train").update(labels={})
    run = runs.start(dataset, "linear", base, LINEAR, by=admin_user)
    work()
    run.refresh_from_db()
    assert "at least two such needs" in run.problem


def test_another_corpus_than_the_frozen_one_is_refused(dataset, base, admin_user):
    type(dataset).objects.filter(pk=dataset.pk).update(with_corpus=True, corpus_digest="x")
    run = runs.start(dataset, "linear", base, LINEAR, by=admin_user)
    work()
    run.refresh_from_db()
    assert "freeze it again" in run.problem


def test_erased_rows_are_not_trained_on_and_told(run, dataset):
    gone = dataset.rows.filter(split="train").first()
    gone.delete()
    type(dataset).objects.filter(pk=dataset.pk).update(forgotten=1)
    work()
    run.refresh_from_db()
    assert any("1 rows of this dataset were erased" in line for _at, line in run.log)
    assert f"{dataset.rows.filter(split='train').count()} messages" in run.result.card


def test_a_version_that_was_changed_swapped_or_holds_a_pickle_is_refused(run, dataset, base, admin_user):
    runs.start(dataset, "finetune", base, {**FINETUNE, "seed": 5}, by=admin_user)
    work()
    one, other = ModelVersion.objects.order_by("pk")
    folder, kept = versions.place(one.folder), versions.place(one.folder).with_name("kept")
    shutil.copytree(folder, kept)

    def refused(match):
        with pytest.raises(ArtifactError, match=match):
            building.build(one)
        assert not versions.check_again(one, by=admin_user)
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)

    (folder / "settings.json").write_text("{}")
    refused("settings.json was changed or swapped")
    (folder / "weights.pkl").write_bytes(b"\x80\x04.")
    refused("weights.pkl does not belong to this version")
    (folder / "vocabulary.json").unlink()
    refused("vocabulary.json is missing")
    shutil.rmtree(folder)
    shutil.copytree(versions.place(other.folder), folder)
    refused("was swapped for another version")
    assert building.build(one)
    assert versions.check_again(one, by=admin_user)


def test_short_jobs_of_the_queue_are_let_through(run, monkeypatch):
    done = []
    monkeypatch.setattr(jobs, "KINDS", dict(jobs.KINDS))

    def note(rows):
        for row in rows:
            with jobs.finishing(row):
                done.append(TrainingRun.objects.get(pk=run.pk).state)

    jobs.handles("test.short", queue="ml")(note)
    jobs.enqueue("test.short", {})
    job = jobs.claim("ml")
    assert job[0].kind == "hub.train"
    jobs._run(job)
    assert done == ["running"]
