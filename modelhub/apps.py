"""Models, versions, assignments, predictions and corrections."""

from django.apps import AppConfig


class ModelhubConfig(AppConfig):
    """The model side."""

    name = "modelhub"
    verbose_name = "Model hub"
