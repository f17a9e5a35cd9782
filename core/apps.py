"""What two or more apps share: people, teams, segments, needs, scoping, audit, jobs."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The bottom layer."""

    name = "core"
    verbose_name = "People and rules"
