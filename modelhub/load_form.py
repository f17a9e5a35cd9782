"""The form that takes a file of labelled texts."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import Segment


class LoadForm(forms.Form):
    """A file, and the segment its texts belong to."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("JSON lines or CSV, 20 MB at most."),
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ".jsonl,.json,.csv,.tsv,.txt"}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty. Nothing was stored.")},
    )
    segment = forms.ModelChoiceField(
        label=_("Segment"),
        queryset=Segment.objects.all(),
        required=False,
        empty_label=_("none"),
        help_text=_("New texts are kept for this segment."),
        widget=forms.Select(attrs={"class": "form-select"}),
    )
