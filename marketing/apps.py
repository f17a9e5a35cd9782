"""Audiences, campaigns and results."""

from django.apps import AppConfig


class MarketingConfig(AppConfig):
    """The marketing side."""

    name = "marketing"
    verbose_name = "Marketing"
