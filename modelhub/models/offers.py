"""Texts whose reading was unsure, offered to be labelled by a person."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.scoping import ScopedQuerySet
from modelhub.models.predictions import Prediction


class OfferQuerySet(ScopedQuerySet):
    """Offered texts are customers' words: only who may edit the hub is shown them."""

    group = "hub"


class Offer(models.Model):
    """A text to be labelled. It goes when it is labelled, corrected on its lead, or forgotten; skipped ones come last.

    `doubt` is how unsure the reading was, 0 to 1; `why` holds {"needs": {need: nearness}, "language": bool, "differ": [need]}.
    """

    source = models.CharField(_("source"), max_length=80, unique=True)
    text = models.TextField(_("text"))
    language = models.CharField(_("language"), max_length=12, blank=True)
    segment = models.ForeignKey("core.Segment", verbose_name=_("segment"), null=True, on_delete=models.SET_NULL)
    group = models.CharField(_("customer"), max_length=80, blank=True, default="")
    prediction = models.ForeignKey(Prediction, null=True, on_delete=models.SET_NULL, related_name="+")
    doubt = models.FloatField(_("doubt"), default=0)
    why = models.JSONField(_("why"), default=dict)
    skipped_at = models.DateTimeField(_("skipped"), null=True)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        ordering = [models.F("skipped_at").asc(nulls_first=True), "-doubt", "-id"]
        verbose_name, verbose_name_plural = _("offered text"), _("offered texts")

    def __str__(self) -> str:
        return self.source
