"""Parts of the market: a tree, each node defined by conditions over lead and company fields."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

FIELDS = ("industry", "employees", "country", "region", "language", "source", "pipeline", "value", "product")
OPERATORS = ("is", "is_not", "in", "not_in", "at_least", "at_most", "contains")


def check_conditions(value: Any) -> None:
    """Refuse what is not a list of `{"field", "op", "value"}` with known fields and operators."""
    if not isinstance(value, list):
        raise ValidationError(_("Conditions are a list of rows."))
    for row in value:
        if not isinstance(row, dict) or set(row) != {"field", "op", "value"}:
            raise ValidationError(_("Each condition needs a field, an operator and a value."))
        if row["field"] not in FIELDS:
            raise ValidationError(_("“%(field)s” is no field to sort leads by."), params={"field": row["field"]})
        if row["op"] not in OPERATORS:
            raise ValidationError(_("“%(op)s” is no operator."), params={"op": row["op"]})


class Segment(models.Model):
    """A part of the market. All conditions must hold; a lead goes to the deepest segment that matches it."""

    key = models.SlugField(_("key"), max_length=60, unique=True)
    name_en = models.CharField(_("English name"), max_length=80)
    name_zh = models.CharField(_("Chinese name"), max_length=80, blank=True)
    parent = models.ForeignKey(
        "self", verbose_name=_("parent"), null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    conditions = models.JSONField(_("conditions"), default=list, blank=True, validators=[check_conditions])
    position = models.PositiveIntegerField(_("position"), default=0)
    sample = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["position", "name_en"]
        verbose_name, verbose_name_plural = _("segment"), _("segments")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return (self.name_zh if (get_language() or "").startswith("zh") else "") or self.name_en

    def clean(self) -> None:
        """Refuse a circle."""
        above = self.parent
        while above is not None:
            if above.pk == self.pk:
                raise ValidationError({"parent": _("A segment cannot stand below itself.")})
            above = above.parent
