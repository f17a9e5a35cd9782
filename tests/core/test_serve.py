"""`manage.py serve`: all processes of an embedded installation under one command."""

import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.management.commands import serve
from core.services.supervisor import Child, Supervisor
from tests.fixtures.servers import wait_for
from tests.fixtures.sites import ROOT


def _children(pid):
    done = subprocess.run(
        ["ps", "-ww", "-o", "pid=", "-o", "args=", "--ppid", str(pid)], capture_output=True, text=True
    )
    return dict(line.strip().split(" ", 1) for line in done.stdout.splitlines())


def _is_free(port):
    """Fails if somebody still listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


@pytest.mark.slow
def test_it_starts_restarts_and_stops_everything(make_site):
    site = make_site(migrate=False).prepared()
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
    _is_free(site.port)


def _family(pid):
    """A process's children, their children, and so on; what has ended and waits to be buried is none of them."""
    done = subprocess.run(["ps", "-A", "-o", "pid=", "-o", "ppid=", "-o", "stat="], capture_output=True, text=True)
    rows = [line.split() for line in done.stdout.splitlines()]
    found = [str(pid)]
    for one in found:
        found.extend(child for child, parent, state in rows if parent == one and not state.startswith("Z"))
    return found[1:]


def _alive(pids):
    done = subprocess.run(["ps", "-o", "stat=", "-p", ",".join(pids)], capture_output=True, text=True)
    return [state for state in done.stdout.split() if not state.startswith("Z")]


@pytest.mark.slow
def test_ctrl_c_at_make_run_ends_everything(make_site):
    """A terminal sends SIGINT to make and serve alike; the web server, the workers and what they started end with them."""
    site = make_site().prepared()
    command = ["make", "run", "-o", ".venv/.installed", f"PY={sys.executable}"]  # what is installed stays as it is
    with (site.folder / "serve.log").open("wb") as log:
        terminal = subprocess.Popen(
            command, cwd=ROOT, env=site.environment, stdout=log, stderr=log, start_new_session=True
        )
    site.processes.append(terminal)
    wait_for(lambda: "ready: http" in (site.folder / "serve.log").read_text(), "Fairlead")
    family = wait_for(lambda: len(found := _family(terminal.pid)) >= 6 and found, "gunicorn's worker and the tick")
    site.kill(terminal, signal.SIGINT)
    assert "Stopping (SIGINT)" in (site.folder / "serve.log").read_text()
    wait_for(lambda: not _alive(family), "the end of all that was started")
    _is_free(site.port)
    assert "Traceback" not in (site.folder / "serve.log").read_text()


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
