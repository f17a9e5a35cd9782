"""What may be typed about claims and their evidence."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import Need, Segment
from crm.models import Claim, Evidence


class DateInput(forms.DateInput):
    """The browser's own date field, in every language with ISO values."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class ClaimForm(forms.ModelForm):
    """A claim as marketing writes it; `version` is the one the person saw."""

    SAYS = {  # what a choice means for approving and pitching, said where it is made
        "kind": {
            Claim.Kind.FACT: _("A fact needs evidence before it can be approved: keep the claim, then add what proves it."),
            Claim.Kind.INFERENCE: _("An inference follows from facts. It can be approved without evidence of its own."),
            Claim.Kind.ASSUMPTION: _("An assumption is not proved. It can only be approved as an internal claim."),
        },
        "visibility": {
            Claim.Visibility.INTERNAL: _("An internal claim is for colleagues. No pitch and no campaign uses it, even once it is approved."),
            Claim.Visibility.CUSTOMER: _("Once a customer-facing claim is approved, pitches and campaigns can use it."),
        },
    }  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    needs = forms.ModelMultipleChoiceField(
        Need.objects.filter(active=True).exclude(facet=Need.Facet.INTENT), label=_("Needs it answers"), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    segments = forms.ModelMultipleChoiceField(
        Segment.objects.all(), label=_("Only for these segments"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: for everyone."),
    )  # fmt: skip

    class Meta:
        model = Claim
        fields = [
            "text_en", "text_zh", "product", "competitor", "kind", "visibility", "owner", "valid_from", "valid_until", "needs", "segments",
        ]  # fmt: skip
        help_texts = {
            "competitor": _("A claim about a competitor is for battlecards. No pitch and no campaign uses it."),
        }
        widgets = {
            "text_en": forms.Textarea(attrs={"rows": 2}),
            "text_zh": forms.Textarea(attrs={"rows": 2}),
            "valid_from": DateInput(),
            "valid_until": DateInput(),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("product", "competitor", "owner"):
            self.fields[name].empty_label = _("none")


class EvidenceForm(forms.ModelForm):
    """What proves a claim."""

    url = forms.URLField(label=_("address"), required=False, assume_scheme="https")

    class Meta:
        model = Evidence
        fields = ["kind", "title", "url", "date", "metric", "value", "sample_size", "model_version"]
        widgets = {"date": DateInput()}


class CompetitorNoteForm(forms.Form):
    """A note about a competitor, which is a claim about them."""

    text = forms.CharField(label=_("What they say or do"), widget=forms.Textarea(attrs={"rows": 2}), max_length=1000)
    kind = forms.ChoiceField(label=_("Kind"), choices=Claim.Kind.choices)
    needs = forms.ModelMultipleChoiceField(
        Need.objects.filter(active=True).exclude(facet=Need.Facet.INTENT), label=_("On which needs"), required=False
    )
