"""Figures of a version on a named set."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from modelhub.models.datasets import Dataset
from modelhub.models.sentences import SentenceSet
from modelhub.models.versions import ModelVersion


class Evaluation(models.Model):
    """One measurement: `figures` holds macro_f1, span_f1, per need rows with n, and so on, per language.

    Of verifiers: balanced, caught, refused (shares), false, true (how many), ms; `sentences` is the set, if it was loaded.
    With `beside`, `comparison` holds the differences to the version that served then, on the same rows: for each figure
    its mean, bounds of a paired bootstrap and "better" | "worse" | "none shown"; and the rows whose answer changed.
    """

    version = models.ForeignKey(
        ModelVersion, verbose_name=_("version"), on_delete=models.CASCADE, related_name="evaluations"
    )
    dataset = models.CharField(_("set"), max_length=120)
    language = models.CharField(_("language"), max_length=12, blank=True)
    n = models.PositiveIntegerField(_("n"), default=0)
    figures = models.JSONField(_("figures"), default=dict)
    data = models.ForeignKey(
        Dataset, verbose_name=_("dataset"), null=True, on_delete=models.SET_NULL, related_name="evaluations"
    )
    sentences = models.ForeignKey(
        SentenceSet, verbose_name=_("judged sentences"), null=True, on_delete=models.CASCADE,
        related_name="evaluations",
    )  # fmt: skip
    beside = models.ForeignKey(
        ModelVersion, verbose_name=_("compared with"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    comparison = models.JSONField(_("comparison"), default=dict)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name, verbose_name_plural = _("evaluation"), _("evaluations")

    def __str__(self) -> str:
        return f"{self.version} on {self.dataset}"
