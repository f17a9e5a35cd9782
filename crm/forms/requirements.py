"""What may be said of a requirement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import Need
from crm.models import Requirement


def need_groups() -> list[tuple[str, list[Need]]]:
    """Return the needs in use by facet, for pages that offer the same choice many times; one query."""
    rows = list(Need.objects.filter(active=True))
    return [(str(facet.label), [need for need in rows if need.facet == facet]) for facet in Need.Facet]


class NeedChoice(forms.ModelChoiceField):
    """All needs in use, in groups by facet, under their names in the person's language."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Need.objects.filter(active=True), **{"label": _("Need"), "empty_label": None, **kwargs})
        self.choices = self._grouped

    def _grouped(self) -> Iterator[tuple[Any, Any]]:
        if self.empty_label is not None:
            yield "", self.empty_label
        rows = list(Need.objects.filter(active=True))  # afresh: the field is made once, needs are added later
        for facet in Need.Facet:
            yield facet.label, [(need.pk, need.name) for need in rows if need.facet == facet]


class AddForm(forms.Form):
    """A need the reader missed: with `start` and `end` from a selection, or the quoted words as typed."""

    need = NeedChoice(empty_label=_("Choose a need"))
    quote = forms.CharField(label=_("Their words"), required=False, max_length=2_000, strip=False)
    start = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    end = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)


class EditForm(forms.Form):
    """Another need, priority or state for a requirement; `version` is the one the person saw."""

    need = NeedChoice()
    priority = forms.ChoiceField(label=_("How much"), choices=Requirement.Priority.choices)
    status = forms.ChoiceField(
        label=_("State"),
        choices=[
            (Requirement.Status.CONFIRMED, _("Confirmed")),
            (Requirement.Status.MET, _("Met")),
            (Requirement.Status.GAP, _("Gap")),
        ],
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
