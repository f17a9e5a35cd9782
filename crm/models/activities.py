"""The timeline of a lead, and things to do."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import Row, User
from core.scoping import Action, ScopedQuerySet
from crm.models.leads import Lead


class ActivityQuerySet(ScopedQuerySet):
    """Activities of the leads a person sees."""

    owner_path = "lead__"


class Activity(models.Model):
    """Something that happened on a lead. Messages stand in the timeline themselves and have no activity."""

    class Kind(models.TextChoices):
        NOTE = "note", _("Note")
        STAGE = "stage", _("Stage")
        REQUIREMENT = "requirement", _("Requirement")
        PITCH = "pitch", _("Pitch")
        CHANGE = "change", _("Change")

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="activities")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    text = models.TextField(_("text"))
    data = models.JSONField(default=dict)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(_("at"), default=timezone.now)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name, verbose_name_plural = _("activity"), _("activities")

    def __str__(self) -> str:
        return self.text[:80]


class TaskQuerySet(ScopedQuerySet):
    """Tasks of the leads a person sees."""

    owner_path = "lead__"

    def for_user(self, user: User, action: Action = "read") -> TaskQuerySet:
        """As for leads; and who a task is for may tick it, if they see the lead."""
        rows = super().for_user(user, action)
        if action == "read":
            return rows
        mine = super().for_user(user).filter(assignee=user)
        return self.filter(Q(pk__in=rows.values("pk")) | Q(pk__in=mine.values("pk")))


class Task(Row):
    """A thing to do for a lead, with a due time."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="tasks")
    title = models.CharField(_("title"), max_length=200)
    due_at = models.DateTimeField(_("due"))
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("for"), null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "id"]
        verbose_name, verbose_name_plural = _("task"), _("tasks")

    def __str__(self) -> str:
        return self.title
