"""The queue of record: a row per piece of work, written in the transaction that wants it done."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models.users import User
from core.scoping import Action, ScopedQuerySet, reach


class JobQuerySet(ScopedQuerySet):
    """Jobs belong to the person who asked for them."""

    group = "jobs"

    def for_user(self, user: User, action: Action = "read") -> JobQuerySet:
        """Own jobs; all of them for admins."""
        how_far = reach(user, self.group, action)
        return self if how_far == "all" else self.filter(by=user) if how_far == "own" else self.none()


class Job(models.Model):
    """Work for a worker. Celery only wakes it; a killed worker's lease runs out and another takes the row."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    kind = models.CharField(_("kind"), max_length=60)
    queue = models.CharField(_("queue"), max_length=20, default="default")
    payload = models.JSONField(_("payload"), default=dict)
    dedupe_key = models.CharField(max_length=120, blank=True, default="")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    run_at = models.DateTimeField(_("due"))
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.CharField(max_length=32, blank=True, default="")
    done = models.PositiveIntegerField(_("done so far"), default=0)
    total = models.PositiveIntegerField(_("in all"), default=0)
    note = models.CharField(_("note"), max_length=300, blank=True, default="")
    error = models.TextField(_("error"), blank=True, default="")
    result = models.JSONField(_("result"), default=dict)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("asked by"), null=True, blank=True, on_delete=models.SET_NULL
    )
    request_id = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name, verbose_name_plural = _("job"), _("jobs")
        indexes = [models.Index(fields=["queue", "state", "run_at", "id"], name="job_claim")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "dedupe_key"],
                condition=Q(state__in=["queued", "running"]) & ~Q(dedupe_key=""),
                name="job_once_while_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in (self.State.QUEUED, self.State.RUNNING)

    @property
    def share(self) -> int:
        """How far it is, in per cent."""
        return min(100, 100 * self.done // self.total) if self.total else 0
