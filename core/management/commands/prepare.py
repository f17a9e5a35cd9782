"""`manage.py prepare`: bring a data folder and its database to where the processes can start."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _


class Command(BaseCommand):
    """Migrates, collects static files if they changed, and does what only a first start does. Safe to run again."""

    help = _("Migrate, collect static files, fetch base models, train the shipped reader; done before starting.")
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether the sample data is wanted."""
        parser.add_argument("--samples", action="store_true", help=_("load the sample data at the first start"))

    def handle(self, *args: Any, samples: bool, **options: Any) -> None:
        """Do it; a step that fails is said and tried again at the next start."""
        call_command("migrate", verbosity=0)
        _collect_static()
        _clear_bus()
        for step in settings.FIRST_START:
            if samples or not step.needs_samples:
                self._once(step.command)

    def _once(self, command: Sequence[str]) -> None:
        """Run a command in a process of its own unless this data folder has seen it with this version."""
        marks = settings.FAIRLEAD_DATA / "prepared.json"
        done = json.loads(marks.read_text()) if marks.is_file() else {}
        name = " ".join(command)
        if done.get(name) == settings.VERSION:
            return
        self.stderr.write(_("First start: %(step)s") % {"step": name})
        quiet = {**os.environ, "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING")}  # steps talk to a person here
        result = subprocess.run([sys.executable, str(settings.BASE_DIR / "manage.py"), *command], env=quiet)
        if result.returncode:
            text = _("“%(step)s” did not work; going on without it. It is tried again at the next start.")
            self.stderr.write(text % {"step": name})
            return
        marks.write_text(json.dumps({**done, name: settings.VERSION}))


def _clear_bus() -> None:
    """Embedded: wake-ups for workers that are gone are of no use; the rows of core.Job are the queue."""
    bus = settings.FAIRLEAD_DATA / "bus"
    if bus.is_dir():
        shutil.rmtree(bus)
        bus.mkdir()


def _collect_static() -> None:
    """Collect static files if any changed since the last time; hashing and compressing them takes seconds."""
    from django.contrib.staticfiles.finders import get_finders

    found = []
    for finder in get_finders():
        for name, storage in finder.list([]):
            state = Path(storage.path(name)).stat()
            found.append(f"{name} {state.st_size} {state.st_mtime_ns}")
    mark, now = settings.STATIC_ROOT / "collected.txt", "\n".join(sorted(found))
    if mark.is_file() and mark.read_text() == now:
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    mark.write_text(now)
