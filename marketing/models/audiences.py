"""Whom a campaign speaks to: contacts, by conditions that are evaluated when they are looked at."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import Row
from core.scoping import ScopedQuerySet


class AudienceQuerySet(ScopedQuerySet):
    """Audiences are marketing's; sales reps do not see them."""

    group = "marketing"


class Audience(Row):
    """A named tree of conditions over contacts and their leads; who is in it is computed, never stored.

    `conditions` is `{"all"|"any"|"none": [node, …]}` or a leaf `{"field", "op", "value"}`.
    """

    name = models.CharField(_("name"), max_length=120, unique=True)
    description = models.CharField(_("description"), max_length=300, blank=True)
    conditions = models.JSONField(_("conditions"), default=dict, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), null=True, blank=True, on_delete=models.SET_NULL,
        related_name="+",
    )  # fmt: skip

    objects = AudienceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name, verbose_name_plural = _("audience"), _("audiences")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("audience", args=[self.pk])
