"""What a person put off or ticked in their day, for entries that have no row of their own to mark."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class DayMark(models.Model):
    """`key` names the entry (message:12, mail:3-1790000000, rotting:7, confirm:7); without `until` it is done for good."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(_("entry"), max_length=60)
    until = models.DateTimeField(_("put off until"), null=True)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="day_mark_once")]

    def __str__(self) -> str:
        return self.key
