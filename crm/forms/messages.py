"""What may be typed into the lead page's composer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.models import Contact, Lead, Message

TYPED = [choice for choice in Message.Channel.choices if choice[0] != Message.Channel.FILE]


class _OfLead(forms.Form):
    """A form of one lead: its contacts are those of the lead's company."""

    contact = forms.ModelChoiceField(
        Contact.objects.none(), label=_("With"), required=False, empty_label=_("No contact")
    )

    def __init__(self, *args: Any, lead: Lead, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Contact.objects.filter(pk=lead.contact_id)
        if lead.company_id:
            rows |= Contact.objects.filter(company_id=lead.company_id)
        self.fields["contact"].queryset = rows  # type: ignore[attr-defined]
        self.fields["contact"].initial = lead.contact_id


class MessageForm(_OfLead):
    """What a customer said: a text, or a picture or PDF, or both."""

    text = forms.CharField(label=_("What they wrote or said"), widget=forms.Textarea, required=False, strip=False)
    channel = forms.ChoiceField(label=_("Channel"), choices=TYPED, initial=Message.Channel.MAIL)
    file = forms.FileField(label=_("Picture or PDF"), required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse a form with neither text nor file."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if not (values.get("text") or "").strip() and not values.get("file") and "file" not in self.errors:
            self.add_error("text", _("Paste what they wrote, or attach a picture or PDF. Nothing was stored."))
        return values


class ReplyForm(_OfLead):
    """What we wrote, kept in the timeline and never read by a model."""

    text = forms.CharField(label=_("What we wrote"), widget=forms.Textarea, strip=False)
    channel = forms.ChoiceField(label=_("Channel"), choices=TYPED, initial=Message.Channel.MAIL)


class NoteForm(forms.Form):
    """A note for us."""

    text = forms.CharField(label=_("Note"), widget=forms.Textarea, max_length=20_000)
