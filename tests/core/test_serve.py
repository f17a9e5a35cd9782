"""`manage.py serve`: all processes of an embedded installation under one command."""

import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings

from core.management.commands import serve
from core.services.supervisor import Child, Supervisor
from tests.fixtures.servers import wait_for


def _prepared(site):
    names = ("models pull", "ensure_models")
    text = ", ".join(f'"{name}": "{settings.VERSION}"' for name in names)
    (site.folder / "prepared.json").write_text(f"{{{text}}}")
    return site


def _children(pid):
    done = subprocess.run(
        ["ps", "-ww", "-o", "pid=", "-o", "args=", "--ppid", str(pid)], capture_output=True, text=True
    )
    return dict(line.strip().split(" ", 1) for line in done.stdout.splitlines())


@pytest.mark.slow
def test_it_starts_restarts_and_stops_everything(make_site):
    site = _prepared(make_site(migrate=False))
    server = site.start("manage.py", "serve", log="serve.log")
    wait_for(lambda: "ready: http" in (site.folder / "serve.log").read_text(), "Fairlead")
    assert site.answers("/readyz")
    children = _children(server.pid)
    assert len(children) == 3
    worker = next(pid for pid, command in children.items() if "-Q ml" in command)
    subprocess.run(["kill", "-9", worker], check=True)
    wait_for(lambda: any("-Q ml" in c for p, c in _children(server.pid).items() if p != worker), "the new worker")
    site.kill(server, signal.SIGTERM)
    assert server.returncode == 0
    for pid in children:
        assert subprocess.run(["kill", "-0", pid], capture_output=True).returncode != 0
    port_is_free = socket.socket()
    port_is_free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    port_is_free.bind(("127.0.0.1", site.port))
    port_is_free.close()


def test_a_taken_port_is_named(make_site):
    site = make_site(migrate=False)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", site.port))
        taken.listen()
        done = site.manage("serve", check=False)
    assert done.returncode != 0
    assert f"Port {site.port} is taken" in done.stderr


@pytest.mark.slow
def test_the_web_process_is_small_and_loads_no_model_library(make_site):
    site = make_site()
    web = site.web()
    for path in ("/account/login/", "/admin/", "/api/v1/schema/"):
        site.answers(path)
    worker = next(iter(_children(web.pid)))
    kilobytes = int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{worker}/status").read_text())[1])
    assert kilobytes < 200_000
    maps = Path(f"/proc/{worker}/maps").read_text()
    assert not re.search(r"libtorch|onnxruntime|pandas|sklearn|tokenizers", maps)


def test_a_dying_child_is_started_again_more_and_more_slowly(tmp_path):
    said = []
    child = Child("sleeper", [sys.executable, "-c", "raise SystemExit(3)"])
    supervisor = Supervisor([child], {}, tmp_path, tmp_path, said.append)
    supervisor._start(child)
    for deaths in (1, 2):
        child.process.wait()
        before = time.monotonic()
        supervisor._look()
        assert child.deaths == deaths
        assert before <= child.restart_at - 2.0 ** (deaths - 1) <= time.monotonic()
        supervisor._start(child)
    supervisor.end()
    assert "ended with 3" in said[0]


def test_links_in_mails_lead_to_the_port_unless_an_address_is_named(monkeypatch):
    monkeypatch.delenv("SITE_URL", raising=False)
    assert serve._environment(8123)["SITE_URL"] == "http://localhost:8123"
    monkeypatch.setenv("SITE_URL", "https://crm.example")
    assert serve._environment(8123)["SITE_URL"] == "https://crm.example"
