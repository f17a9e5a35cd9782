"""`python -m benchmarks.loop`: from a posted message to its needs on the page, and 1,000 messages through the real path.

Starts an embedded installation of its own (web, workers) in a temporary folder; packs and the shipped reader are taken from
FAIRLEAD_DATA, so that neither is fetched nor trained again.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
POSTS, READS = 40, 1_000
PERSON = ("bench@fairlead.example", "a-long-password")
SETUP = """
from core.models import User; from crm.models import Lead, Pipeline, Stage
user = User.objects.create_user("bench@fairlead.example", "a-long-password", name="Bench", role="rep")
line = Pipeline.objects.create(name_en="Line"); stage = Stage.objects.create(pipeline=line, name_en="New")
Stage.objects.create(pipeline=line, name_en="Won", kind="won"); Stage.objects.create(pipeline=line, name_en="Lost", kind="lost")
print([Lead.objects.create(title=f"Lead {n}", pipeline=line, stage=stage, owner=user).pk for n in range(40)])
"""
READ_ALL = """
import json, time
from core.services import jobs; from crm.models import Lead; from crm.services import messages
texts = json.loads(open({texts!r}).read()); lead = Lead.objects.first()
messages.add(lead, text="warm up", channel="mail"); jobs.work("ml")
for number, text in enumerate(texts): messages.add(lead, text=text, channel="mail", external_id=f"bench:{{number}}")
began = time.perf_counter(); jobs.work("ml"); print(time.perf_counter() - began)
"""


@contextmanager
def site() -> Iterator[tuple[str, dict[str, str]]]:
    """An embedded installation that serves on a free port; yields its address and environment."""
    source = Path(os.environ.get("FAIRLEAD_DATA", ROOT / "var")).resolve()
    with socket.socket() as probe, tempfile.TemporaryDirectory() as folder:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
        probe.close()
        (Path(folder) / "packs").symlink_to(source / "packs")
        shutil.copytree(source / "readers", Path(folder) / "readers")
        environment = {
            **os.environ,
            "FAIRLEAD_DATA": folder,
            "PORT": port,
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "EMAIL_URL": "",
        }
        server = subprocess.Popen(
            [sys.executable, "manage.py", "serve"], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
        )
        try:
            _wait(f"http://127.0.0.1:{port}/healthz")
            yield f"http://127.0.0.1:{port}", environment
        finally:
            server.terminate()
            server.wait(60)


def _wait(url: str) -> None:
    for _ in range(1200):
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise SystemExit(f"{url} did not answer")


def shell(code: str, environment: dict[str, str]) -> str:
    """Run Python with Django set up in the installation; return what it printed."""
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
        cwd=ROOT,
        env=environment,
        text=True,
        capture_output=True,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout.strip().splitlines()[-1]


def sign_in(url: str) -> httpx.Client:
    """A client signed in as the rep of the benchmark."""
    client = httpx.Client(base_url=url, follow_redirects=True, timeout=30)
    client.get("/account/login/")
    client.post(
        "/account/login/",
        data={"login": PERSON[0], "password": PERSON[1], "csrfmiddlewaretoken": client.cookies["csrftoken"]},
    )
    return client


def seen_after(client: httpx.Client, lead: int, text: str) -> float:
    """Seconds from posting a message on the lead page until the page shows needs, polled as the page does."""
    began = time.perf_counter()
    client.post(
        f"/leads/{lead}/messages/",
        data={"text": text, "channel": "mail", "csrfmiddlewaretoken": client.cookies["csrftoken"]},
    )
    time.sleep(0.2)
    while "/needs/?seen=" in client.get(f"/leads/{lead}/needs/").text:
        time.sleep(0.5)
    return time.perf_counter() - began


def main() -> None:
    """Print both tables."""
    texts = [
        json.loads(line)["text"] for line in (ROOT / "examples/messages.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    with site() as (url, environment):
        leads = json.loads(shell(SETUP, environment))
        client = sign_in(url)
        seen_after(client, leads[0], "Warm up, please.")
        times = sorted(seen_after(client, lead, text) for lead, text in zip(leads, texts, strict=True))
        print("| posted → needs on the page | n | median, s | p95, s | longest, s |\n|---|---|---|---|---|")
        print(
            f"| embedded default | {len(times)} | {statistics.median(times):.2f} | {times[int(0.95 * len(times)) - 1]:.2f} | {times[-1]:.2f} |\n"
        )
    many = [f"{text}\n{number}" for number in range(READS // len(texts)) for text in texts]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "texts.json"
        file.write_text(json.dumps(many), encoding="utf-8")
        environment = {**environment, "FAIRLEAD_DATA": folder}
        source = Path(os.environ.get("FAIRLEAD_DATA", ROOT / "var")).resolve()
        (Path(folder) / "packs").symlink_to(source / "packs")
        shutil.copytree(source / "readers", Path(folder) / "readers")
        subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=environment, check=True)
        subprocess.run(
            [sys.executable, "manage.py", "ensure_models", "--no-evaluation"],
            cwd=ROOT,
            env=environment,
            check=True,
            stderr=subprocess.DEVNULL,
        )
        shell(SETUP, environment)
        path = float(shell(READ_ALL.format(texts=str(file)), environment))
        alone = float(shell(ENGINE.format(texts=str(file)), environment))
    print("| 1,000 messages | messages a second | of the engine |\n|---|---|---|")
    print(
        f"| engine alone | {len(many) / alone:.1f} | 1 |\n| through jobs, hub and database | {len(many) / path:.1f} | {alone / path:.2f} |"
    )


ENGINE = """
import json, time
from modelhub.services import shipped_readers
from modelhub.engine.reader import Reader
from django.conf import settings
reader = Reader.load(shipped_readers.ensure("default"), settings.FAIRLEAD_DATA / "packs", shipped_readers.definitions())
texts = json.loads(open({texts!r}).read()); reader.read(["warm up"])
began = time.perf_counter()
for start in range(0, len(texts), 32): reader.read(texts[start:start + 32])
print(time.perf_counter() - began)
"""


if __name__ == "__main__":
    main()
