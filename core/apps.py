"""What two or more apps share: people, teams, segments, needs, scoping, audit, jobs."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    """The bottom layer."""

    name = "core"
    verbose_name = _("People and rules")

    def ready(self) -> None:
        """Load the needs that ship after each migrate."""
        post_migrate.connect(load_needs, sender=self)


def load_needs(apps: Any = None, **_: Any) -> None:
    """Load the needs once the table has its latest shape; a migration back to an earlier one is left alone."""
    from core.services import needs

    if apps is not None and not _has_latest_shape(apps):
        return
    needs.load()


def _has_latest_shape(apps: Any) -> bool:
    try:
        fields = {field.name for field in apps.get_model("core", "Need")._meta.get_fields()}
    except LookupError:
        return False
    return "shipped" in fields
