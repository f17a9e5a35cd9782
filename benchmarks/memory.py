"""Memory of a web process and of an ml worker with E5 loaded. `python -m benchmarks.memory`"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WEB_GOAL, WORKER_GOAL = 200, 1228  # MB

WORKER = """
import json, os, psutil, resource
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
import django; django.setup()
from config.celery import app; app.finalize()
from core.services import memory
from modelhub import interface
from modelhub.engine import corpus
from modelhub.services import shipped
shipped.ensure()
me = psutil.Process()
def now():
    memory.give_back()  # as a worker does whenever its jobs are done
    full = me.memory_full_info()
    return {"rss": full.rss >> 20, "own": full.uss >> 20}
rows = {"before": now()}
texts = [message.text for message in corpus.load_all(corpus.TRAIN)][:512]
for start in range(0, len(texts), 32):
    batch = [interface.ReadRequest(f"b:{i}", text) for i, text in enumerate(texts[start:start + 32])]
    results = interface.read(batch)
    assert all(result.reading for result in results), results[0].problem
    assert results[0].serving.key == shipped.READER, results[0].notes
    if not start:
        rows["first"] = now()
highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
rows["all"] = now()
rows["highest"] = {"rss": highest, "own": ""}
print(json.dumps(rows))
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("FAIRLEAD_DATA", ROOT / "var")).resolve())
    options = parser.parse_args()
    options.data = options.data.resolve()
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch)
        for name in ("packs", "readers"):
            (options.data / name).mkdir(parents=True, exist_ok=True)
            (data / name).symlink_to(options.data / name)
        env = {**os.environ, "FAIRLEAD_DATA": str(data), "DATABASE_URL": "", "REDIS_URL": "", "LOG_LEVEL": "ERROR"}
        for command in (["migrate", "-v0"], ["collectstatic", "--noinput", "-v0"]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, check=True)
        web = web_process(env)
        worker = worker_process(env)
    print(f"{'process':<52}{'RSS MB':>8}{'own MB':>8}{'goal':>8}")
    print(f"{'web process after 40 requests':<52}{web['rss']:>8}{web['own']:>8}{WEB_GOAL:>8}")
    print(f"{'ml worker before a model is loaded':<52}{worker['before']['rss']:>8}{worker['before']['own']:>8}{'':>8}")
    told = (
        ("32 messages read", "first", ""),
        ("512 messages read", "all", WORKER_GOAL),
        ("highest while it read", "highest", ""),
    )
    for label, key, goal in told:
        row = worker[key]
        print(f"{f'ml worker, E5 reader, {label}':<52}{row['rss']:>8}{row['own']:>8}{goal:>8}")
    print("\nown: memory no other process shares; the difference is mapped from files and shared by all workers")


def web_process(env: dict[str, str]) -> dict[str, int]:
    """RSS and own memory of a gunicorn worker that has answered pages, in MB."""
    import psutil

    port = "8797"
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "-w", "1", "--threads", "4", "-b", f"127.0.0.1:{port}"]
    server = subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz")
        for _turn in range(20):
            for path in ("/account/login/", "/readyz"):
                urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20).read()
        child = psutil.Process(server.pid).children()[0].memory_full_info()
        return {"rss": child.rss >> 20, "own": child.uss >> 20}
    finally:
        server.terminate()
        server.wait(20)


def worker_process(env: dict[str, str]) -> dict[str, dict[str, Any]]:
    """The same for a process that reads as the ml worker does, before and after its models are loaded."""
    done = subprocess.run(
        [sys.executable, "-c", WORKER], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def wait_for(address: str, seconds: float = 30) -> None:
    """Wait until the server answers."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(address, timeout=2).read()  # noqa: S310 (our own server)
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"{address} did not answer")


if __name__ == "__main__":
    main()
