"""Slow work keeps its lease as long as its worker lives."""

import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection, transaction

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


@pytest.mark.django_db(transaction=True)
def test_who_tells_of_progress_leaves_others_a_gap_to_write_in(slow_kind, monkeypatch):
    """Who waits for SQLite's lock looks every tenth of a second; one that writes slice after slice would shut them out."""
    jobs.enqueue("test.slow", {})
    (job,) = jobs.claim("test")
    gaps, now = [], [100.0]
    monkeypatch.setattr(jobs, "time", SimpleNamespace(sleep=gaps.append, monotonic=lambda: now[0]))
    monkeypatch.setattr(jobs, "_breathed", [0.0])
    breaths = [jobs.BREATH] if connection.vendor == "sqlite" else []
    with transaction.atomic():  # nobody else can write before this ends anyhow
        assert jobs.progress(job, 1)
    assert gaps == []
    assert jobs.progress(job, 2)
    assert gaps == breaths
    now[0] += jobs.BREATHE_EVERY / 2  # who reports many times a second is not slowed down each time
    assert jobs.progress(job, 3)
    assert gaps == breaths
    now[0] += jobs.BREATHE_EVERY
    assert jobs.progress(job, 4)
    assert gaps == 2 * breaths
    assert jobs.BREATH > 0.1
