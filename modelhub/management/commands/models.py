"""`manage.py models list` and `manage.py models pull [NAME…]`: base models on this machine."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext_lazy as _

from modelhub.engine import packs
from modelhub.engine.failures import EngineError


class Command(BaseCommand):
    """Lists or fetches base models. What is there already is skipped, so it can be run again at any time."""

    help = _("List base models, or fetch them: all we ship, a name, a folder, or hub:OWNER/REPOSITORY@COMMIT.")
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One action, and names for `pull`."""
        parser.add_argument("action", choices=["list", "pull"])
        parser.add_argument("names", nargs="*")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the action on the packs folder of FAIRLEAD_DATA."""
        root = settings.FAIRLEAD_DATA / "packs"
        if options["action"] == "pull":
            try:
                packs.pull(options["names"], root, report=lambda line: self.stderr.write(line, ending="\n"))
            except EngineError as error:
                raise CommandError(str(error)) from None
            return
        here = packs.installed(root)
        for name in dict.fromkeys([*packs.PACKS, *here]):
            about = packs.PACKS[name].about if name in packs.PACKS else str(here[name]["about"])
            state = _("here") if name in here else _("not fetched")
            self.stdout.write(f"{name}\t{state}\t{about}")
