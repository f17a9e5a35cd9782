"""Is it alive, and can it work."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from core.models import Job


@require_GET
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@require_GET
def readyz(request: HttpRequest) -> JsonResponse:
    """Database reachable and migrated (else 503); the broker and the queue are reported, not required."""
    checks: dict[str, object] = {}
    ready = True
    try:
        executor = MigrationExecutor(connection)
        waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        checks["database"] = "ok"
        checks["migrations"] = "ok" if not waiting else f"{waiting} to run"
        ready = not waiting
        if ready:
            overdue = Job.objects.filter(state=Job.State.QUEUED, run_at__lt=timezone.now() - timedelta(minutes=5))
            checks["jobs_waiting_over_5_minutes"] = overdue.count()
    except Exception as error:  # any database error means: not ready
        checks["database"], ready = type(error).__name__, False
    checks["broker"] = _broker()
    return JsonResponse({"status": "ok" if ready else "not ready", **checks}, status=200 if ready else 503)


def _broker() -> str:
    if not settings.REDIS_URL:
        return "embedded"
    from celery import current_app

    try:
        with current_app.connection_for_write(connect_timeout=1) as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except Exception as error:
        return f"away: {type(error).__name__}"
    return "ok"
