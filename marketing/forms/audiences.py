"""What may be typed about an audience besides its conditions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.forms.fields import VersionField
from marketing.models import Audience


class AudienceForm(forms.ModelForm):
    """Name and description; `version` is the one the person saw. That a name is free is found when it is written."""

    version = VersionField()

    class Meta:
        model = Audience
        fields = ["name", "description"]
        help_texts = {"description": _("What it is for, so that others can use it.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version

    def validate_unique(self) -> None:
        """Leave it to the database, which two people cannot pass at once."""


class ConsentForm(forms.Form):
    """What a contact said about our mails, noted by a person."""

    given = forms.ChoiceField(
        label=_("What they said"), choices=[("yes", _("You may write to me")), ("no", _("Do not write to me"))]
    )
    wording = forms.CharField(
        label=_("In which words"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The exact sentence they agreed to or wrote: it is the proof."),
    )  # fmt: skip
    policy = forms.CharField(label=_("Privacy policy version"), max_length=40, required=False)
