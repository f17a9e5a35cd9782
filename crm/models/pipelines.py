"""Pipelines and their stages."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Pipeline(models.Model):
    """A way leads travel."""

    name_en = models.CharField(_("English name"), max_length=80)
    name_zh = models.CharField(_("Chinese name"), max_length=80, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    sample = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["position", "id"]
        verbose_name, verbose_name_plural = _("pipeline"), _("pipelines")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return (self.name_zh if (get_language() or "").startswith("zh") else "") or self.name_en


class Stage(models.Model):
    """A step of a pipeline. `probability` in per cent weighs the forecast, `expected_days` says when a lead rots."""

    class Kind(models.TextChoices):
        OPEN = "open", _("Open")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    pipeline = models.ForeignKey(Pipeline, verbose_name=_("pipeline"), on_delete=models.CASCADE, related_name="stages")
    name_en = models.CharField(_("English name"), max_length=60)
    name_zh = models.CharField(_("Chinese name"), max_length=60, blank=True)
    kind = models.CharField(_("kind"), max_length=4, choices=Kind, default=Kind.OPEN)
    probability = models.PositiveSmallIntegerField(_("probability (%)"), default=0, validators=[MaxValueValidator(100)])
    expected_days = models.PositiveSmallIntegerField(_("expected days"), default=14)
    colour = models.CharField(_("colour"), max_length=9, default="#7d8b96")
    guidance = models.TextField(_("guidance"), blank=True)
    confirmed_needed = models.PositiveSmallIntegerField(
        _("confirmed requirements needed"), default=0, help_text=_("A lead with fewer cannot be moved here.")
    )
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["pipeline", "position", "id"]
        verbose_name, verbose_name_plural = _("stage"), _("stages")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return (self.name_zh if (get_language() or "").startswith("zh") else "") or self.name_en
