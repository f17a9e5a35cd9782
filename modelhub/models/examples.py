"""What people taught the hub: their verdicts on predictions, and the labelled texts that follow from them."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.scoping import ScopedQuerySet
from modelhub.models.predictions import Prediction


class ExampleQuerySet(ScopedQuerySet):
    """Labelled texts; the texts themselves are shown to who may edit the hub."""

    group = "hub"


class Feedback(models.Model):
    """One click of a person on one need of one text."""

    class Verdict(models.TextChoices):
        CONFIRMED = "confirmed", _("Confirmed")
        CHANGED = "changed", _("Changed")
        REJECTED = "rejected", _("Rejected")
        ADDED = "added", _("Added")

    source = models.CharField(_("source"), max_length=80, db_index=True)
    prediction = models.ForeignKey(Prediction, null=True, on_delete=models.SET_NULL, related_name="feedback")
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict)
    need = models.SlugField(_("need"), max_length=60)
    changed_to = models.SlugField(_("changed to"), max_length=60, blank=True, default="")
    start = models.IntegerField(null=True)
    end = models.IntegerField(null=True)
    author = models.CharField(_("author"), max_length=120)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name, verbose_name_plural = _("feedback"), _("feedback")

    def __str__(self) -> str:
        return f"{self.verdict} {self.need} on {self.source}"


class Example(models.Model):
    """A text and what is known of its needs: `labels` maps need → true/false, `spans` need → [[start, end], …].

    `group` names the customer it came from, opaquely, so that one customer never stands on both sides of a split.
    """

    class Origin(models.TextChoices):
        CORRECTION = "correction", _("A rep's correction")
        LOADED = "loaded", _("Loaded from a file")
        LABELLED = "labelled", _("Labelled from the queue")

    source = models.CharField(_("source"), max_length=80, unique=True)
    text = models.TextField(_("text"))
    language = models.CharField(_("language"), max_length=12, blank=True)
    labels = models.JSONField(_("labels"), default=dict)
    spans = models.JSONField(_("quotes"), default=dict)
    origin = models.CharField(_("origin"), max_length=20, choices=Origin, default=Origin.CORRECTION)
    group = models.CharField(_("customer"), max_length=80, blank=True, default="")
    author = models.CharField(_("author"), max_length=120, blank=True)
    segment = models.ForeignKey("core.Segment", verbose_name=_("segment"), null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = ExampleQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name, verbose_name_plural = _("example"), _("examples")

    def __str__(self) -> str:
        return self.source

    def get_absolute_url(self) -> str:
        return reverse("hub-example", args=[self.pk])
