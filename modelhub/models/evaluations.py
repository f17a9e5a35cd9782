"""Figures of a version on a named set."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from modelhub.models.versions import ModelVersion


class Evaluation(models.Model):
    """One measurement: `figures` holds macro_f1, span_f1, per need rows with n, and so on, per language."""

    version = models.ForeignKey(
        ModelVersion, verbose_name=_("version"), on_delete=models.CASCADE, related_name="evaluations"
    )
    dataset = models.CharField(_("set"), max_length=120)
    language = models.CharField(_("language"), max_length=12, blank=True)
    n = models.PositiveIntegerField(_("n"), default=0)
    figures = models.JSONField(_("figures"), default=dict)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name, verbose_name_plural = _("evaluation"), _("evaluations")

    def __str__(self) -> str:
        return f"{self.version} on {self.dataset}"
