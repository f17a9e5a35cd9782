"""Models, versions, assignments, predictions and corrections."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ModelhubConfig(AppConfig):
    """The model side."""

    name = "modelhub"
    verbose_name = _("Model hub")

    def ready(self) -> None:
        """Register this app's job kinds."""
        from modelhub import tasks  # noqa: F401
        from modelhub.samples import loading  # noqa: F401
        from modelhub.services import job_results  # noqa: F401
