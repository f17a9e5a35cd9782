"""`manage.py serve`: everything of an embedded installation in one command: web, workers and the tick."""

from __future__ import annotations

import os
import socket
import sys
from argparse import ArgumentParser
from typing import Any

import httpx
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from core.services.supervisor import Child, Supervisor


class Command(BaseCommand):
    """Prepares the data folder, starts the processes, restarts those that die; Ctrl-C ends them all."""

    help = _("Start web server, workers and tick; PORT, HOST and FAIRLEAD_DATA are honoured.")
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen, and whether the first start loads the sample data."""
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
        parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")
        parser.add_argument("--samples", action="store_true", help=_("load the sample data at the first start"))

    def handle(self, *args: Any, port: int, host: str, samples: bool, **options: Any) -> None:
        """Prepare, then supervise until told to stop."""
        _check_port(host, port)
        call_command("prepare", samples=samples)
        local = f"http://127.0.0.1:{port}" if host in ("0.0.0.0", "127.0.0.1", "localhost") else f"http://{host}:{port}"  # noqa: S104
        logs = settings.FAIRLEAD_DATA / "logs"
        logs.mkdir(exist_ok=True)
        environment = _environment(port)
        supervisor = Supervisor(_children(host, port), environment, settings.BASE_DIR, logs, self._say)
        supervisor.run(lambda: _answers(local), lambda: self._welcome(port))

    def _say(self, text: str) -> None:
        self.stderr.write(text)

    def _welcome(self, port: int) -> None:
        self._say("")
        self._say(_("Fairlead is ready: http://localhost:%(port)d/") % {"port": port})
        self._say(_("Data and logs: %(folder)s · Ctrl-C stops everything") % {"folder": settings.FAIRLEAD_DATA})


def _environment(port: int) -> dict[str, str]:
    """What the processes are started with: links in mails lead to this port unless SITE_URL names another address."""
    return {"SITE_URL": f"http://localhost:{port}", **os.environ, "PYTHONUNBUFFERED": "1"}


def _check_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                _("Port %(port)d is taken (%(why)s). Choose another: PORT=8001 make run")
                % {"port": port, "why": error.strerror}
            ) from None


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", timeout=1).status_code == 200
    except httpx.TransportError:
        return False


def _children(host: str, port: int) -> list[Child]:
    python = sys.executable
    celery = [
        python,
        "-m",
        "celery",
        "-A",
        "config",
        "worker",
        "--without-gossip",
        "--without-mingle",
        "--loglevel",
        "INFO",
    ]
    beat = ["-B", "--schedule", str(settings.FAIRLEAD_DATA / "celerybeat-schedule")]
    return [
        Child("web", [python, "-m", "gunicorn", "-c", "config/gunicorn.py", "-b", f"{host}:{port}", "config.wsgi"]),
        Child("worker", [*celery, "-Q", "default", "--pool", "threads", "-c", "2", "-n", "default@%h", *beat]),
        Child("ml", [*celery, "-Q", "ml", "--pool", "solo", "-n", "ml@%h"]),
    ]
