"""The needs a customer can have: the labels of the reader, the words of requirements, claims and campaigns."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Need(models.Model):
    """A node of the taxonomy. Name, description and examples in both languages are what a new need is learned from."""

    class Facet(models.TextChoices):
        CAPABILITY = "capability", _("What the model should do")
        CONSTRAINT = "constraint", _("How it must be")
        INTENT = "intent", _("What the writer wants to happen")

    key = models.SlugField(_("key"), max_length=60, unique=True)
    facet = models.CharField(_("facet"), max_length=12, choices=Facet)
    parent = models.ForeignKey(
        "self", verbose_name=_("parent"), null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    name_en = models.CharField(_("English name"), max_length=80)
    name_zh = models.CharField(_("Chinese name"), max_length=80)
    description_en = models.TextField(_("English description"), blank=True)
    description_zh = models.TextField(_("Chinese description"), blank=True)
    examples_en = models.JSONField(_("English examples"), default=list, blank=True)
    examples_zh = models.JSONField(_("Chinese examples"), default=list, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    active = models.BooleanField(_("active"), default=True)
    shipped = models.CharField(max_length=64, blank=True, default="", editable=False)  # digest of the words as loaded

    class Meta:
        ordering = ["position", "key"]
        verbose_name, verbose_name_plural = _("need"), _("needs")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.name_zh if (get_language() or "").startswith("zh") else self.name_en
