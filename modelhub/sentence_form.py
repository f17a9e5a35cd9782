"""The form that takes a file of judged sentences."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class SentenceForm(forms.Form):
    """A file, and the name its set goes by."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("The gate and the figures name the set by it."),
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    file = forms.FileField(
        label=_("File"),
        help_text=_("JSON lines, 2 MB and 5,000 sentences at most."),
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ".jsonl,.json,.txt"}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty. Nothing was stored.")},
    )
