"""Judged sentences nobody trains on: what verifiers are measured with."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.scoping import ScopedQuerySet


class SentenceSetQuerySet(ScopedQuerySet):
    """Sets of the hub; their sentences are shown to who may edit the hub."""

    group = "hub"


class SentenceSet(models.Model):
    """Sentences an admin loaded, each with the claims it cites and the verdict of a person.

    `rows`: [{"id", "sentence", "claims": [{"id", "text", "about"}], "verdict"}]. `digest`: sha256 of them as they were loaded.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    digest = models.CharField(_("digest"), max_length=64, unique=True)
    rows = models.JSONField(_("sentences"), default=list)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("loaded"), auto_now_add=True)

    objects = SentenceSetQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name, verbose_name_plural = _("set of judged sentences"), _("sets of judged sentences")

    def __str__(self) -> str:
        return self.name
