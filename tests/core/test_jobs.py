"""The queue of record: nothing is lost, nothing is done twice."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone, translation

from core.models import AuditEntry, Job, Team
from core.services import jobs
from core.services.jobs import LeaseLost, Unworkable


@pytest.fixture
def kind(monkeypatch):
    """Return `kind(name, work, **options)`, which registers a job kind for this test."""
    monkeypatch.setattr(jobs, "KINDS", dict(jobs.KINDS))

    def register(name, work, **options):
        jobs.handles(name, queue="test", **options)(work)
        return name

    return register


def _make_team(rows):
    """Work that leaves a mark: a team named after the job."""
    for job in rows:
        with jobs.finishing(job, note="made"):
            Team.objects.create(name=job.payload["name"])


def test_a_job_is_worked_once_and_says_so(db, kind, rep):
    kind("make", _make_team)
    job = jobs.enqueue("make", {"name": "A"}, by=rep)
    assert jobs.work("test") == 1
    assert jobs.work("test") == 0
    job.refresh_from_db()
    assert (job.state, job.note, job.attempts) == ("done", "made", 1)
    assert job.finished_at


def test_what_a_worker_writes_is_in_the_language_of_who_asked(db, kind, rep, manager):
    said = []

    def work(rows):
        said.append(translation.get_language())
        raise Unworkable("no")

    kind("speak", work, failed=lambda job: said.append(translation.get_language()))
    rep.language, manager.language = "zh-hans", "en"
    rep.save()
    manager.save()
    before = translation.get_language()
    for person in (rep, manager, None):
        jobs.enqueue("speak", {}, by=person)
    jobs.work("test")
    assert said == ["zh-hans", "zh-hans", "en", "en", before, before]
    assert translation.get_language() == before


def test_working_the_same_claim_twice_does_it_once(db, kind):
    """A task may run twice; the second finds the row done and writes nothing."""
    kind("make", _make_team)
    jobs.enqueue("make", {"name": "A"})
    claimed = jobs.claim("test")
    _make_team(claimed)
    with pytest.raises(LeaseLost):
        _make_team(claimed)
    assert Team.objects.filter(name="A").count() == 1


def test_a_job_is_only_there_after_commit(transactional_db, kind, settings):
    kind("make", _make_team)
    woken = []
    settings.WAKE_WORKERS = True
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.services.wake.worker", woken.append)
        try:
            with transaction.atomic():
                jobs.enqueue("make", {"name": "A"})
                assert woken == []
                raise KeyError
        except KeyError:
            pass
        assert woken == []
        assert not Job.objects.exists()
        jobs.enqueue("make", {"name": "A"})
        assert woken == ["test"]


def test_a_killed_worker_s_job_is_taken_over_and_its_late_result_refused(db, kind):
    kind("make", _make_team)
    jobs.enqueue("make", {"name": "A"})
    killed = jobs.claim("test")
    assert jobs.claim("test") == []
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert jobs.work("test") == 1
    with pytest.raises(LeaseLost):
        _make_team(killed)
    assert Team.objects.count() == 1
    assert Job.objects.get().attempts == 2


def test_a_poison_job_is_tried_alone_and_gives_up(db, kind):
    """One bad row must not take its batch down: after the first failure each is tried by itself."""
    batches, failed = [], []

    def work(rows):
        batches.append([job.payload["name"] for job in rows])
        if any(job.payload["name"] == "poison" for job in rows):
            raise ValueError("cannot digest")
        _make_team(rows)

    kind("mixed", work, batch=3, failed=failed.append)
    for name in ("A", "poison", "B"):
        jobs.enqueue("mixed", {"name": name})
    for _ in range(jobs.MAX_ATTEMPTS + 1):
        Job.objects.filter(state="queued").update(run_at=timezone.now())
        jobs.work("test")
    assert batches[0] == ["A", "poison", "B"]
    assert all(len(batch) == 1 for batch in batches[1:])
    assert set(Team.objects.values_list("name", flat=True)) == {"A", "B"}
    bad = Job.objects.get(state="failed")
    assert (bad.payload["name"], bad.attempts) == ("poison", jobs.MAX_ATTEMPTS)
    assert "cannot digest" in bad.error
    assert [job.pk for job in failed] == [bad.pk]


def test_a_worker_that_dies_again_and_again_gives_up_too(db, kind):
    """A job that kills its process never raises; its attempts are counted all the same."""
    kind("deadly", _make_team)
    jobs.enqueue("deadly", {"name": "A"})
    for _ in range(jobs.MAX_ATTEMPTS):
        assert jobs.claim("test")
        Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert jobs.claim("test") == []
    job = Job.objects.get()
    assert job.state == "failed"
    assert "did not come back" in job.error


def test_unworkable_gives_up_at_once_with_its_reason(db, kind):
    def work(rows):
        raise Unworkable("the file is empty")

    kind("empty", work)
    job = jobs.enqueue("empty", {})
    jobs.work("test")
    job.refresh_from_db()
    assert (job.state, job.error, job.attempts) == ("failed", "the file is empty", 1)


def test_an_open_twin_is_returned_instead_of_a_second(db, kind):
    kind("make", _make_team)
    first = jobs.enqueue("make", {"name": "A"}, dedupe_key="x")
    assert jobs.enqueue("make", {"name": "A"}, dedupe_key="x").pk == first.pk
    jobs.work("test")
    assert jobs.enqueue("make", {"name": "B"}, dedupe_key="x").pk != first.pk


def test_later_jobs_wait_and_older_ones_come_first(db, kind):
    order = []

    def work(rows):
        order.extend(job.payload["name"] for job in rows)
        _make_team(rows)

    kind("make", work)
    now = timezone.now()
    jobs.enqueue("make", {"name": "later"}, run_at=now + timedelta(hours=1))
    jobs.enqueue("make", {"name": "new"}, run_at=now - timedelta(seconds=1))
    jobs.enqueue("make", {"name": "old"}, run_at=now - timedelta(hours=1))
    jobs.work("test")
    assert order == ["old", "new"]


def test_cancelling_stops_a_running_job_at_its_next_report(db, kind, rep):
    seen = []

    def work(rows):
        (job,) = rows
        for number in range(5):
            if not jobs.progress(job, number, total=5):
                return
            seen.append(number)
            if number == 1:
                jobs.cancel(job, by=rep)

    kind("long", work)
    job = jobs.enqueue("long", {}, by=rep)
    jobs.work("test")
    job.refresh_from_db()
    assert (seen, job.state, job.total) == ([0, 1], "cancelled", 5)
    assert jobs.cancel(job) is False
    assert AuditEntry.objects.get(verb="cancel").actor == rep


def test_who_waits_for_a_cancelled_job_is_told(db, kind):
    told = []
    kind("make", _make_team, failed=lambda job: told.append((job.pk, job.error)))
    job = jobs.enqueue("make", {"name": "A"})
    assert jobs.cancel(job)
    assert told == [(job.pk, "Cancelled")]
    jobs.work("test")
    assert Team.objects.count() == 0


def test_time_left_is_guessed_from_what_was_done(db):
    job = Job(state="running", started_at=timezone.now() - timedelta(seconds=30), done=3, total=9)
    assert 60 <= jobs.seconds_left(job) < 200
    job.done = 0
    assert jobs.seconds_left(job) is None


def test_an_unknown_kind_fails_with_words(db):
    Job.objects.create(kind="gone", queue="test", run_at=timezone.now())
    jobs.work("test")
    assert "no worker knows" in Job.objects.get().error


def test_two_workers_never_share_a_job(transactional_db, kind):
    """Real threads with connections of their own, on whatever database the tests run."""
    kind("make", _make_team, batch=3)
    for number in range(30):
        jobs.enqueue("make", {"name": f"T{number}"})
    errors = []

    def run():
        try:
            jobs.work("test")
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert Team.objects.count() == 30
    assert set(Job.objects.values_list("state", "attempts")) == {("done", 1)}


def test_a_long_job_lets_short_ones_through_but_not_its_own_kind(db, kind):
    kind("long", lambda rows: [jobs.let_through(job) for job in rows])
    kind("make", _make_team)
    first = jobs.enqueue("long", {"n": 1})
    jobs.enqueue("long", {"n": 2})
    jobs.enqueue("make", {"name": "A"})
    taken = jobs.claim("test")
    assert [job.pk for job in taken] == [first.pk]
    assert jobs.let_through(taken[0]) == 1
    assert Team.objects.filter(name="A").exists()
    assert Job.objects.filter(kind="long", state="queued").count() == 1


def test_a_long_job_that_got_on_is_not_deadly(db, kind):
    kind("long", _make_team, lease_seconds=0)
    job = jobs.enqueue("long", {"name": "A"})
    for _attempt in range(jobs.MAX_ATTEMPTS + 2):
        Job.objects.filter(pk=job.pk, state="running").update(lease_until=timezone.now() - timedelta(seconds=1))
        taken = jobs.claim("test")[0]
        jobs.got_on(taken)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("running", 1)
