"""What may be chosen when a copy is begun."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import Segment
from crm.models import Pitch
from marketing.models import Campaign
from marketing.services import copies


class CopyForm(forms.Form):
    """Language, segment and tone of a new copy; a language that has none yet is offered first."""

    language = forms.ChoiceField(label=_("Language"), choices=list(copies.LANGUAGES.items()))
    segment = forms.ModelChoiceField(
        Segment.objects.all(),
        label=_("Segment"),
        required=False,
        empty_label=_("everybody who has no copy of their own"),
    )
    tone = forms.ChoiceField(label=_("Tone"), choices=Pitch.Tone.choices)
    empty = forms.BooleanField(label=_("Begin empty; I write it myself"), required=False)

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        have = set(campaign.copies.filter(segment=None).values_list("language", flat=True))
        first = next((code for code in copies.LANGUAGES if code not in have), "en")
        super().__init__(*args, initial={"language": first, **kwargs.pop("initial", {})}, **kwargs)
