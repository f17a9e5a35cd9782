"""What a version said of a text, kept for every answer it gave."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.scoping import ScopedQuerySet
from modelhub.models.versions import ModelVersion


class PredictionQuerySet(ScopedQuerySet):
    """Predictions hold no customer text beyond quotes; the hub pages show figures to all, quotes through the lead."""

    group = "hub"


class Prediction(models.Model):
    """One answer. `source` is opaque to the hub ("crm.message:123"); `output` holds needs, spans and reasons."""

    source = models.CharField(_("source"), max_length=80, db_index=True)
    task = models.CharField(_("task"), max_length=8, choices=ModelVersion.Task)
    version = models.ForeignKey(
        ModelVersion, verbose_name=_("version"), on_delete=models.PROTECT, related_name="predictions"
    )
    segment = models.ForeignKey("core.Segment", verbose_name=_("segment"), null=True, on_delete=models.SET_NULL)
    input_hash = models.CharField(max_length=64)
    language = models.CharField(_("language"), max_length=12, blank=True)
    sure = models.BooleanField(_("sure of the language"), default=True)
    clarity = models.FloatField(_("clarity"), null=True)
    output = models.JSONField(_("output"), default=dict)
    took_ms = models.FloatField(_("took (ms)"), default=0)
    created_at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)

    objects = PredictionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name, verbose_name_plural = _("prediction"), _("predictions")

    def __str__(self) -> str:
        return f"{self.source} by {self.version}"
