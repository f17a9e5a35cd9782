"""A training run whose worker is killed at each tenth: it ends as if nobody had disturbed it, in one version."""

import json
import signal
import sqlite3

import pytest

from tests.fixtures.servers import PATIENCE, wait_for
from tests.modelhub import tiny_encoder

MAKE = """
from pathlib import Path
from core.models import User
from core.services import needs
from modelhub.models import BaseModel, Example
from modelhub.services import datasets, runs
from tests.modelhub import tiny_encoder
needs.load()
by = User.objects.create_user("tomas@fairlead.example", "a-long-password", name="Tomas", role="admin")
for m in tiny_encoder.messages(72):
    Example.objects.create(source=m.id, text=m.text, language="en", labels=dict.fromkeys(m.needs, True), group=m.writer,
        spans={{need: [list(span) for span in spans] for need, spans in m.needs.items()}})
base = BaseModel.objects.create(key="tiny", name="Tiny", kind="encoder", source={folder!r})
dataset = datasets.freeze("All", with_corpus=False, by=by)
print(runs.start(dataset, {recipe!r}, base, {config!r}, by=by, name={name!r}).pk)
"""
AGAIN = """
from modelhub.models import TrainingRun
from modelhub.services import runs
first = TrainingRun.objects.get()
print(runs.start(first.dataset, first.recipe, first.base, {config!r}, by=first.by, name="undisturbed").pk)
"""
FINETUNE = {"epochs": 4, "batch": 8, "rate": 2e-3, "steps": 20, "folds": 2, "held": 0.2, "patience": 9}
LINEAR = {"steps": 20, "folds": 2}
WORK = "import tests.fixtures.slow_runs; from core.services import jobs; jobs.work('ml', most=1)"


class Rows:
    """The installation's database, read without starting Django."""

    def __init__(self, site):
        self.file = site.folder / "fairlead.sqlite3"

    def ask(self, sql, *values):
        with sqlite3.connect(self.file, timeout=20) as connection:
            return connection.execute(sql, values).fetchall()

    def step(self, run):
        return self.ask("SELECT step, steps, state FROM modelhub_trainingrun WHERE id = ?", run)[0]

    def lease_runs_out(self):
        self.ask("UPDATE core_job SET lease_until = '2020-01-01 00:00:00' WHERE state = 'running'")


@pytest.mark.slow
def test_killed_at_each_tenth_it_ends_in_the_version_of_an_undisturbed_run(make_site, tmp_path):
    site = make_site(JOB_TICK_SECONDS="1")
    folder = str(tiny_encoder.build(tmp_path / "tiny"))
    run = int(
        site.shell(MAKE.format(folder=folder, recipe="finetune", config=FINETUNE, name="killed")).splitlines()[-1]
    )
    rows, killed_at = Rows(site), []
    command = ["manage.py", "shell", "-v", "0", "-c", WORK]
    for tenth in range(1, 10):
        (site.folder / "halt").write_text(str(tenth))
        worker = site.start(*command)

        def there(tenth=tenth, worker=worker):
            step, steps, _state = rows.step(run)
            return (steps and step * 10 >= steps * tenth) or worker.poll() is not None

        wait_for(there, f"tenth {tenth}")
        assert worker.poll() is None, (site.folder / "process.log").read_text()[-3000:]
        site.kill(worker, signal.SIGKILL)
        killed_at.append(rows.step(run)[0])
        assert rows.ask("SELECT count(*) FROM modelhub_modelversion WHERE engine = 'reader'") == [(0,)]
        rows.lease_runs_out()
    steps = rows.step(run)[1]
    assert killed_at == [-(-steps * tenth // 10) for tenth in range(1, 10)]
    (site.folder / "halt").write_text("11")
    site.start(*command).wait(PATIENCE)
    assert rows.step(run)[2] == "done"
    other = int(site.shell(AGAIN.format(config=FINETUNE)).splitlines()[-1])
    rows.ask("UPDATE core_job SET queue = 'aside' WHERE kind <> 'hub.train'")
    site.start(*command).wait(PATIENCE)
    assert rows.step(other)[2] == "done"
    versions = rows.ask("SELECT key, config FROM modelhub_modelversion WHERE engine = 'reader' ORDER BY id")
    assert [key for key, _config in versions] == [f"reader-r{run}", f"reader-r{other}"]
    digests = {json.loads(config)["digest"] for _key, config in versions}
    assert len(digests) == 1
    curves = [json.loads(found[0][0]) for found in (
        rows.ask("SELECT curve FROM modelhub_trainingrun WHERE id = ?", pk) for pk in (run, other)
    )]  # fmt: skip
    assert [row["step"] for row in curves[0]] == [row["step"] for row in curves[1]]
    assert [row["loss"] for row in curves[0]] == pytest.approx([row["loss"] for row in curves[1]])
    assert not list(site.folder.glob("runs/*/*"))


@pytest.mark.slow
def test_a_killed_linear_run_encodes_no_message_twice_and_ends_as_one_left_alone(make_site, tmp_path):
    site = make_site(JOB_TICK_SECONDS="1")
    folder = str(tiny_encoder.build(tmp_path / "tiny"))
    make = MAKE.format(folder=folder, recipe="linear", config=LINEAR, name="killed")
    run = int(site.shell(make).splitlines()[-1])
    rows, kept = Rows(site), {}
    command = ["manage.py", "shell", "-v", "0", "-c", WORK]
    for tenth in (2, 4, 7, 9):
        (site.folder / "halt").write_text(str(tenth))
        worker = site.start(*command)

        def there(tenth=tenth, worker=worker):
            step, steps, _state = rows.step(run)
            return (steps and step * 10 >= steps * tenth) or worker.poll() is not None

        wait_for(there, f"tenth {tenth}")
        assert worker.poll() is None, (site.folder / "process.log").read_text()[-3000:]
        site.kill(worker, signal.SIGKILL)
        now = {path.name: path.stat().st_mtime_ns for path in (site.folder / "runs" / str(run)).glob("*.safetensors")}
        assert kept.items() <= now.items()  # nothing that was there has been written again
        assert len(now) > len(kept) or tenth > 6
        kept = now
        assert rows.ask("SELECT count(*) FROM modelhub_modelversion WHERE engine = 'reader'") == [(0,)]
        rows.lease_runs_out()
    (site.folder / "halt").write_text("11")
    site.start(*command).wait(PATIENCE)
    assert rows.step(run)[2] == "done"
    other = int(site.shell(AGAIN.format(config=LINEAR)).splitlines()[-1])
    rows.ask("UPDATE core_job SET queue = 'aside' WHERE kind <> 'hub.train'")
    site.start(*command).wait(PATIENCE)
    assert rows.step(other)[2] == "done"
    versions = rows.ask("SELECT config FROM modelhub_modelversion WHERE engine = 'reader' ORDER BY id")
    assert len(versions) == 2
    assert len({json.loads(config)["digest"] for (config,) in versions}) == 1
    assert not list(site.folder.glob("runs/*/*"))


@pytest.mark.slow
@pytest.mark.redis
def test_a_flushed_broker_does_not_stop_a_run(make_site, redis, tmp_path):
    from redis import Redis

    site = make_site(REDIS_URL=redis, JOB_TICK_SECONDS="1")
    folder = str(tiny_encoder.build(tmp_path / "tiny"))
    run = int(
        site.shell(MAKE.format(folder=folder, recipe="finetune", config=FINETUNE, name="flushed")).splitlines()[-1]
    )
    with Redis.from_url(redis) as broker:
        broker.flushall()
        site.worker("ml", "-I", "tests.fixtures.slow_runs")
        wait_for(lambda: Rows(site).step(run)[0] > 2, "the first steps")
        broker.flushall()
    wait_for(lambda: Rows(site).step(run)[2] == "done", "the run")
