"""The form that takes a file of judged sentences."""

from __future__ import annotations

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from modelhub.services import sentences


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

    def clean_name(self) -> str:
        """Refuse the name of the set that ships."""
        name = str(self.cleaned_data["name"])
        sentences.check_name(name)
        return name

    def clean_file(self) -> UploadedFile:
        """Refuse a file that is too big before any of it is read."""
        upload: UploadedFile = self.cleaned_data["file"]
        sentences.check_size(upload.size or 0)
        return upload
