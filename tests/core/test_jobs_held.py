"""Slow work keeps its lease as long as its worker lives."""

import time
from datetime import timedelta

import pytest

from core.models import Job
from core.services import jobs


@pytest.fixture
def slow_kind():
    jobs.KINDS["test.slow"] = jobs.JobKind("test.slow", lambda rows: None, "test", 4, timedelta(seconds=0.6), None)
    yield
    del jobs.KINDS["test.slow"]


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_lengthened_while_the_work_runs_and_then_runs_out(slow_kind):
    jobs.enqueue("test.slow", {})
    rows = jobs.claim("test")
    with jobs.held(rows):
        time.sleep(1.5)
        assert jobs.claim("test") == []
        with jobs.finishing(rows[0]):
            pass
    assert Job.objects.get().state == "done"
    jobs.enqueue("test.slow", {})
    rows = jobs.claim("test")
    time.sleep(0.8)
    assert [job.pk for job in jobs.claim("test")] == [rows[0].pk]
