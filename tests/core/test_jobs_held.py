"""Slow work keeps its lease as long as its worker lives."""

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
