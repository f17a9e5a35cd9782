"""A training run: from a dataset and a complete configuration to a version, watched and stopped from its page."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.scoping import ScopedQuerySet
from modelhub.models.datasets import Dataset
from modelhub.models.versions import BaseModel, ModelVersion


class RunQuerySet(ScopedQuerySet):
    """Runs of the hub."""

    group = "hub"


class TrainingRun(models.Model):
    """One run in the `ml` worker. `wish` is what a person asked for; the worker obeys between two steps.

    `config` is complete and seeded: the same dataset and configuration give the same version. `curve` holds rows of
    {"step", "of", "epoch", "loss", "rate", "validation", "seconds"}; a checkpoint folder lets another worker go on.
    """

    class Recipe(models.TextChoices):
        LINEAR = "linear", _("Linear heads")
        FINETUNE = "finetune", _("Fine-tuned encoder")

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    class Wish(models.TextChoices):
        NOTHING = "", _("nothing")
        PAUSE = "pause", _("pause")
        CANCEL = "cancel", _("cancel")

    name = models.CharField(_("name"), max_length=120)
    dataset = models.ForeignKey(Dataset, verbose_name=_("dataset"), on_delete=models.PROTECT, related_name="runs")
    recipe = models.CharField(_("recipe"), max_length=8, choices=Recipe, default=Recipe.LINEAR)
    base = models.ForeignKey(BaseModel, verbose_name=_("base model"), on_delete=models.PROTECT, related_name="runs")
    config = models.JSONField(_("configuration"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    wish = models.CharField(max_length=6, choices=Wish, blank=True, default=Wish.NOTHING)
    step = models.PositiveIntegerField(_("step"), default=0)
    steps = models.PositiveIntegerField(_("steps in all"), default=0)
    curve = models.JSONField(_("curve"), default=list)
    seconds = models.FloatField(_("seconds of work"), default=0)
    memory_mb = models.PositiveIntegerField(_("memory at most (MB)"), default=0)
    note = models.CharField(_("note"), max_length=300, blank=True, default="")
    log = models.JSONField(_("log"), default=list)  # [[seconds of work, line], …]
    problem = models.TextField(_("problem"), blank=True, default="")
    checkpoint = models.CharField(max_length=300, blank=True, default="")  # below the data folder
    result = models.OneToOneField(
        ModelVersion, verbose_name=_("version"), null=True, on_delete=models.SET_NULL, related_name="run"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("asked"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    sample = models.BooleanField(default=False, editable=False)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name, verbose_name_plural = _("training run"), _("training runs")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("hub-run", args=[self.pk])

    @property
    def open(self) -> bool:
        """Whether it may still go on."""
        return self.state in (self.State.QUEUED, self.State.RUNNING, self.State.PAUSED)
