"""Who changed what, when, from what to what."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One change. It names the row by noun and id, so that it outlives the row."""

    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=_("who"), null=True, on_delete=models.SET_NULL)
    verb = models.CharField(_("what"), max_length=60)
    noun = models.CharField(_("noun"), max_length=40)
    object_id = models.CharField(max_length=40)
    label = models.CharField(_("row"), max_length=200)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    reason = models.TextField(_("reason"), blank=True, default="")
    request_id = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["noun", "object_id"], name="audit_row")]
        verbose_name, verbose_name_plural = _("audit entry"), _("audit entries")

    def __str__(self) -> str:
        return f"{self.verb} {self.noun} {self.object_id}"
