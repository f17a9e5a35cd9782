"""A frozen snapshot of labelled texts: what a run learns from and what versions are compared on."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.scoping import ScopedQuerySet


class DatasetQuerySet(ScopedQuerySet):
    """Datasets of the hub; texts in them are shown to who may edit the hub."""

    group = "hub"


class Dataset(models.Model):
    """Rows frozen on a day. `digest` is the sha256 of them as frozen; `forgotten` counts rows that were erased since.

    `counts`: {split: {language: {need: n}}, "rows": {split: {language: n}}}. `findings`: duplicates, leaks, conflicts,
    and the "origins" that were asked for.
    `curve`: [{"share", "rows", "macro_f1", "n"}], from trainings on shares of the rows.
    `place` names the segment, and stands once that is deleted: then the rows tell of customers nobody serves any more.
    With `with_corpus` the shipped corpus (digest kept) is trained on as well; its texts are not copied.
    """

    name = models.CharField(_("name"), max_length=120)
    segment = models.ForeignKey(
        "core.Segment", verbose_name=_("segment"), null=True, blank=True, on_delete=models.SET_NULL,
        help_text=_("Examples of this segment and those below it; empty: all."),
    )  # fmt: skip
    place = models.CharField(_("place"), max_length=240, blank=True, default="", editable=False)
    with_corpus = models.BooleanField(_("with the shipped corpus"), default=True)
    corpus_digest = models.CharField(max_length=64, blank=True, default="")
    digest = models.CharField(_("digest"), max_length=64)
    counts = models.JSONField(_("counts"), default=dict)
    findings = models.JSONField(_("findings"), default=dict)
    curve = models.JSONField(_("learning curve"), default=list)
    forgotten = models.PositiveIntegerField(_("erased since"), default=0)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("frozen"), auto_now_add=True)
    sample = models.BooleanField(default=False, editable=False)

    objects = DatasetQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name, verbose_name_plural = _("dataset"), _("datasets")

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the name of the segment."""
        if self.segment is not None:
            self.place = self.segment.name_en[:240]
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("hub-dataset", args=[self.pk])


class DatasetRow(models.Model):
    """A text as it was labelled when the set was frozen. `unknown` lists needs nobody judged: they teach neither way.

    `group` keeps texts of one customer in one split.
    """

    class Split(models.TextChoices):
        TRAIN = "train", _("Training")
        TEST = "test", _("Held out")

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="rows")
    source = models.CharField(max_length=80, db_index=True)
    text = models.TextField()
    language = models.CharField(max_length=12, blank=True)
    labels = models.JSONField(default=dict)
    spans = models.JSONField(default=dict)
    unknown = models.JSONField(default=list)
    group = models.CharField(max_length=80, blank=True, default="")
    split = models.CharField(max_length=5, choices=Split)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["dataset", "source"], name="dataset_row_once")]

    def __str__(self) -> str:
        return self.source
