"""Audiences, campaigns and results."""

from django.apps import AppConfig


class MarketingConfig(AppConfig):
    """The marketing side."""

    name = "marketing"
    verbose_name = "Marketing"

    def ready(self) -> None:
        """Register this app's job kinds."""
        from marketing import tasks  # noqa: F401
