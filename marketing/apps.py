"""Audiences, campaigns and results."""

from django.apps import AppConfig


class MarketingConfig(AppConfig):
    """The marketing side."""

    name = "marketing"
    verbose_name = "Marketing"

    def ready(self) -> None:
        """Register this app's job kinds, searches and entries of My day."""
        from marketing import receivers, tasks  # noqa: F401
        from marketing.samples import loading  # noqa: F401
        from marketing.services import day, search  # noqa: F401
