"""Slow work keeps its lease as long as its worker lives."""

import threading
from datetime import timedelta

import pytest

from core.models import Job
from core.services import jobs
from tests.fixtures.servers import wait_for


@pytest.fixture
def slow_kind():
    jobs.KINDS["test.slow"] = jobs.JobKind("test.slow", lambda rows: None, "test", 4, timedelta(seconds=3), None)
    yield
    del jobs.KINDS["test.slow"]


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_lengthened_while_the_work_runs_and_then_runs_out(slow_kind):
    jobs.enqueue("test.slow", {})
    rows = jobs.claim("test")
    with jobs.held(rows):
        wait_for(lambda: Job.objects.get().lease_until > rows[0].lease_until, "a longer lease")
        assert jobs.claim("test") == []
        with jobs.finishing(rows[0]):
            pass
    assert Job.objects.get().state == "done"
    jobs.enqueue("test.slow", {})
    rows = jobs.claim("test")
    assert [job.pk for job in wait_for(lambda: jobs.claim("test"), "the end of the lease")] == [rows[0].pk]


@pytest.mark.django_db
def test_within_a_transaction_no_thread_waits_for_its_lock(slow_kind):
    """As while the sample data is loaded: with SQLite such a thread would wait for the very transaction it belongs to."""
    jobs.enqueue("test.slow", {})
    rows = jobs.claim("test")
    with jobs.held(rows):
        assert not [thread.name for thread in threading.enumerate() if "_lengthen" in thread.name]
        with jobs.finishing(rows[0]):
            pass
    assert Job.objects.get().state == "done"
