"""Settings, URLs, the API router and Celery: the only place that knows all apps."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
