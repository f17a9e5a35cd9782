"""Which version serves which segment for which task."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from modelhub.models.versions import ModelVersion


class Assignment(models.Model):
    """An admin's decision. No segment means the default; a segment without its own takes its parent's."""

    segment = models.ForeignKey(
        "core.Segment", verbose_name=_("segment"), null=True, blank=True, on_delete=models.CASCADE,
        help_text=_("Empty: the default for every segment without its own."),
    )  # fmt: skip
    task = models.CharField(_("task"), max_length=8, choices=ModelVersion.Task)
    version = models.ForeignKey(
        ModelVersion, verbose_name=_("version"), on_delete=models.PROTECT, related_name="assignments"
    )
    reason = models.TextField(_("reason"), blank=True, default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True, editable=False, on_delete=models.SET_NULL
    )
    at = models.DateTimeField(_("since"), auto_now=True)

    class Meta:
        ordering = ["task", "segment__position"]
        verbose_name, verbose_name_plural = _("assignment"), _("assignments")
        constraints = [
            models.UniqueConstraint(fields=["segment", "task"], name="assignment_once"),
            models.UniqueConstraint(fields=["task"], condition=Q(segment__isnull=True), name="assignment_default_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_task_display()}: {self.segment or _('default')} → {self.version}"

    def clean(self) -> None:
        """Refuse a version made for another task, or one that cannot serve."""
        if self.version_id and self.version.task != self.task:
            raise ValidationError({"version": _("That version was made for another task.")})
        if self.version_id and self.version.state != ModelVersion.State.READY:
            raise ValidationError(
                {
                    "version": _("That version cannot serve: %(why)s")
                    % {"why": self.version.problem or self.version.get_state_display()}
                }
            )


class AssignmentChange(models.Model):
    """One decision in the history of a place: who let which version serve, when and why; `gate` is what the gate said.

    `gate`: {"verdict": "passed" | "worse" | "unevaluated" | "overruled", "told": str}. No version: the place inherits.
    `place` names the segment, so that the row still says where once the segment is deleted; it is empty for the default.
    """

    class Kind(models.TextChoices):
        ASSIGN = "assign", _("Assigned")
        INHERIT = "inherit", _("Inherits again")
        ROLLBACK = "rollback", _("Rolled back")

    kind = models.CharField(_("what"), max_length=8, choices=Kind)
    task = models.CharField(_("task"), max_length=8, choices=ModelVersion.Task)
    segment = models.ForeignKey(
        "core.Segment", verbose_name=_("segment"), null=True, blank=True, on_delete=models.SET_NULL
    )
    place = models.CharField(_("place"), max_length=240, blank=True, default="", editable=False)
    version = models.ForeignKey(
        ModelVersion, verbose_name=_("version"), null=True, on_delete=models.PROTECT, related_name="changes"
    )
    before = models.ForeignKey(
        ModelVersion, verbose_name=_("before"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"), blank=True, default="")
    gate = models.JSONField(_("gate"), default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True, on_delete=models.SET_NULL)
    at = models.DateTimeField(_("at"), auto_now_add=True)
    sample = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name, verbose_name_plural = _("change of assignment"), _("changes of assignment")

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.version or self.before}"
