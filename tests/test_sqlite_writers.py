"""`manage.py serve` on SQLite, written to from all sides at once: web threads and both workers; nothing is lost or locked."""

import contextlib
import json
import re
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.fixtures.servers import PATIENCE, wait_for
from tests.modelhub.chat_peer import serving

WRITERS, EACH, ROWS = 4, 10, 600
PREPARE = """
from core.models import User
from core.services import needs, tokens
from crm.models import Company, Lead, Pipeline, Stage
from modelhub.models import Assignment, ModelVersion
needs.load()
reader = ModelVersion.objects.create(
    key="small", name="small", task="read", engine="openai", address="{address}", remote_model="tiny",
    config={{"own_network": True, "timeout": 120}},
)
Assignment.objects.create(task="read", version=reader)
line = Pipeline.objects.create(name_en="Sales")
stage = Stage.objects.create(pipeline=line, name_en="New")
person = User.objects.create_user("tomas@fairlead.example", "a-long-password", name="Tomas", role="admin")
lead = Lead.objects.create(title="Shared", pipeline=line, stage=stage, owner=person)
print(tokens.make(person, "test")[1], lead.pk)
"""


def answer(body):
    """A reader that finds two phrases."""
    text = body["messages"][-1]["content"]
    found = {"two seconds": "latency", "What does it cost": "pricing-request"}
    return {"needs": [{"need": n, "probability": 0.9, "quotes": [w]} for w, n in found.items() if w in text]}


@pytest.fixture
def served(make_site):
    """A running installation of its own, the secret of a person's token and the lead that all write to."""
    with serving(answer) as reader:
        site = make_site().prepared()
        secret, lead = site.shell(PREPARE.format(address=reader.url)).split()
        site.start("manage.py", "serve", log="serve.log")
        wait_for(lambda: "ready: http" in (site.folder / "serve.log").read_text(), "Fairlead")
        yield site, secret, int(lead)


def rows(site, query):
    with contextlib.closing(sqlite3.connect(site.folder / "fairlead.sqlite3", timeout=60)) as opened:
        return opened.execute(query).fetchall()


def count(site, what):
    return rows(site, f"select count(*) from {what}")[0][0]  # noqa: S608


def client(site, **options):
    return httpx.Client(base_url=site.url, timeout=PATIENCE, follow_redirects=True, **options)


def load_examples(site):
    """Sign in and load a file, as an admin does in the browser; the other worker writes its rows.

    Returns whether the page of the loading was shown.
    """
    labelled = "\n".join(json.dumps({"text": f"{n * 7919} in two seconds", "labels": ["latency"]}) for n in range(ROWS))
    with client(site) as browser:

        def post(path, data, **options):
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get(path).text)[1]
            return browser.post(path, data={**data, "csrfmiddlewaretoken": token}, **options)

        post("/account/login/", {"login": "tomas@fairlead.example", "password": "a-long-password"})
        page = post("/hub/examples/load/", {}, files={"file": ("labels.jsonl", labelled.encode())})
    return page.status_code == 200 and "labels.jsonl" in page.text


def write(site, secret, lead, writer, enough):
    """Send messages by the API until `enough` is set, `EACH` at least: some make a company and a lead, some go to one lead.

    The first `EACH` go as fast as they can, the others slowly, so that on a slow machine no heap of them is left to be read.
    Each must be answered with 201; returns the ids and texts.
    """
    answers = []
    with client(site, headers={"Authorization": f"Bearer {secret}"}) as api:
        while len(answers) < EACH or not enough.wait(0.5):
            name = f"{chr(65 + writer) * 4} {len(answers) * 7919}"
            data = {"text": f"{name}: within two seconds. What does it cost?", "external_id": name}
            new = {"create": True, "company": {"name": name}, "contact": {"name": name}}
            answer = api.post("/api/v1/messages/", json={**data, **(new if len(answers) % 2 else {"lead": lead})})
            assert answer.status_code == 201, answer.text
            answers.append((answer.json()["id"], data["text"]))
    return answers


@pytest.mark.slow
def test_web_and_workers_write_to_sqlite_at_once(served):
    site, secret, lead = served
    enough = threading.Event()
    with ThreadPoolExecutor(WRITERS + 1) as pool:
        try:
            loading = pool.submit(load_examples, site)
            writing = [pool.submit(write, site, secret, lead, writer, enough) for writer in range(WRITERS)]
            read, loaded = "crm_message where state = 'read'", "modelhub_example"
            wait_for(lambda: count(site, read) and count(site, loaded), "what both workers write meanwhile")
        finally:
            enough.set()
        assert loading.result()
        answers = [answer for future in writing for answer in future.result()]
    wait_for(lambda: not count(site, "core_job where state in ('queued', 'running')"), "the end of all jobs")

    assert rows(site, "select distinct state, error from core_job") == [("done", "")]
    kept = rows(site, "select id, text, state from crm_message")
    assert sorted(kept) == sorted((pk, text, "read") for pk, text in answers)
    assert count(site, "core_job where kind = 'crm.read'") == len(answers)
    assert count(site, "modelhub_prediction") == len(answers)
    assert count(site, "crm_quote") == 2 * len(answers)
    assert count(site, "modelhub_example") == ROWS
    new = sum(len(future.result()) // 2 for future in writing)
    assert count(site, "crm_company") == count(site, "crm_contact") == new
    assert count(site, "crm_lead") == new + 1
    assert count(site, "crm_requirement") == 2 * (new + 1)
    logs = "".join(log.read_text() for log in [site.folder / "serve.log", *(site.folder / "logs").iterdir()])
    assert "locked" not in logs
    assert "job failed" not in logs
