"""Companies, leads, messages, requirements, claims and pitches."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrmConfig(AppConfig):
    """The sales side."""

    name = "crm"
    verbose_name = _("Sales")

    def ready(self) -> None:
        """Register this app's job kinds, receivers, counts and searches."""
        from crm import receivers, tasks  # noqa: F401
        from crm.services import counts, job_leads, search  # noqa: F401
