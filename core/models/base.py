"""The columns every noun carries."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Row(models.Model):
    """Times, the mark of sample data, and a version that rises with each edit (so that a stale form is told)."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    sample = models.BooleanField(default=False, editable=False, db_index=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True


class Owned(Row):
    """A row of the sales side: it belongs to a person and a team, and `ScopedQuerySet` decides who sees it."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    team = models.ForeignKey("core.Team", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        abstract = True
