"""Killed workers, a flushed broker: in child processes, on the embedded mode and on PostgreSQL + Redis."""

import signal
import time

import pytest
from redis import Redis

from tests.fixtures.servers import PATIENCE, free_port, wait_for

MAKE = """
from core.services import jobs
import tests.fixtures.slow_jobs
for number in range({count}):
    jobs.enqueue("test.slow", {{"name": f"T{{number}}"}})
"""
STATE = "from core.models import Job, Team; print(Job.objects.filter(state='done').count(), Team.objects.count())"
INCLUDE = ("-I", "tests.fixtures.slow_jobs")


@pytest.fixture
def site(make_site, addresses):
    """An installation of each kind, with a quick tick."""
    return make_site(JOB_TICK_SECONDS="1", **addresses)


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_loses_nothing_and_does_nothing_twice(site):
    site.shell(MAKE.format(count=6))
    (site.folder / "hold").write_text("T2")
    worker = site.worker("ml", *INCLUDE)
    wait_for((site.folder / "begun-T2").exists, "the third job")
    site.kill(worker, signal.SIGKILL)
    assert site.shell(STATE) == "2 2"
    (site.folder / "hold").unlink()
    site.worker("ml", *INCLUDE)
    wait_for(lambda: site.shell(STATE) == "6 6", "the rest of the jobs")
    attempts = site.shell("from core.models import Job; print(max(Job.objects.values_list('attempts', flat=True)))")
    assert int(attempts) >= 2  # the killed one was really taken over


@pytest.mark.slow
def test_a_worker_asked_to_end_finishes_what_it_does(site):
    site.shell(MAKE.format(count=1))
    (site.folder / "hold").write_text("T0")
    worker = site.worker("ml", *INCLUDE)
    wait_for((site.folder / "begun-T0").exists, "the job")
    worker.send_signal(signal.SIGTERM)
    time.sleep(0.5)  # it does not end while the job is held
    assert worker.poll() is None
    (site.folder / "hold").unlink()
    worker.wait(PATIENCE)
    assert site.shell(STATE) == "1 1"
    assert site.shell("from core.models import Job; print(Job.objects.get().attempts)") == "1"


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.redis
def test_a_flushed_broker_loses_nothing(make_site, postgres, redis):
    site = make_site(DATABASE_URL=postgres, REDIS_URL=redis, JOB_TICK_SECONDS="1")
    site.shell(MAKE.format(count=5))
    with Redis.from_url(redis) as broker:
        assert broker.llen("ml") > 0
        broker.flushall()
    site.worker("ml", *INCLUDE)
    wait_for(lambda: site.shell(STATE) == "5 5", "the jobs")


def test_a_broker_that_is_away_delays_work_and_refuses_nothing(make_site):
    site = make_site(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    site.shell(MAKE.format(count=1))
    assert site.shell("from core.models import Job; print(Job.objects.get().state)") == "queued"


@pytest.mark.slow
@pytest.mark.redis
def test_workers_outlive_a_broker_that_goes_and_comes_back(make_site, redis_program):
    port = free_port()
    site = make_site(REDIS_URL=f"redis://127.0.0.1:{port}/0", JOB_TICK_SECONDS="1")
    broker = redis_program(port)
    worker = site.worker("ml", *INCLUDE)
    site.shell(MAKE.format(count=2))
    wait_for(lambda: site.shell(STATE) == "2 2", "the first jobs")
    broker.kill()
    broker.wait()
    time.sleep(2)
    site.shell("from core.models import Team; Team.objects.all().delete()")
    site.shell(MAKE.format(count=2))
    redis_program(port)
    wait_for(lambda: site.shell(STATE) == "4 2", "the jobs made while it was away")
    assert worker.poll() is None
