"""Logs as a server writes them: a JSON object a line, with the id of the request and of the jobs it came to."""

import io
import json
import logging

import pytest
import structlog

from config import logs
from core.models import Job
from core.services import jobs


@pytest.fixture
def lines():
    """Return `lines()`: what was logged since, as `config.logs` writes it for a server."""
    form = dict(logs.config("json", "INFO")["formatters"]["main"])
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(form.pop("()")(**form))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel("INFO")
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(before)


def test_a_request_and_the_job_it_asks_for_carry_its_id(db, client, rep, lines, monkeypatch):
    monkeypatch.setattr(jobs, "KINDS", dict(jobs.KINDS))
    said = "批量 “quoted” line\nand another"

    def work(rows):
        logging.getLogger("work").warning(said)
        for job in rows:
            with jobs.finishing(job):
                pass

    jobs.handles("tell", queue="test")(work)
    assert client.get("/healthz").status_code == 200
    request = next(line for line in lines() if line["event"] == "request_started")
    with structlog.contextvars.bound_contextvars(request_id=request["request_id"]):
        job = jobs.enqueue("tell", {}, by=rep)
    assert jobs.work("test") == 1
    found = next(line for line in lines() if line["event"] == said)
    assert (found["job_ids"], found["job_kind"], found["level"]) == ([job.pk], "tell", "warning")
    assert request["request_id"]
    assert Job.objects.get().request_id == request["request_id"]
    assert "request_id" not in found  # the worker's line leads to the request by its job


def test_an_error_is_one_line_with_its_trace(lines):
    try:
        raise ValueError("wrong\nin two lines")
    except ValueError:
        logging.getLogger("work").exception("failed")
    (found,) = lines()
    assert "ValueError: wrong" in found["exception"]
