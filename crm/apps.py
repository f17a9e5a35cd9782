"""Companies, leads, messages, requirements, claims and pitches."""

from django.apps import AppConfig


class CrmConfig(AppConfig):
    """The sales side."""

    name = "crm"
    verbose_name = "Sales"

    def ready(self) -> None:
        """Register this app's job kinds, counts and searches."""
        from crm import tasks  # noqa: F401
        from crm.services import counts, search  # noqa: F401
