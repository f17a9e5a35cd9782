"""What may be chosen when a pitch is drafted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import User
from crm.models import Contact, Lead, Pitch
from crm.services import pitches


class DraftForm(forms.Form):
    """Form, reader, language, tone, length of a new pitch, with the choices that suit the lead set already.

    How one writes to a lead is taken from its latest pitch, `like`, and the page says so; what kind of text it is, is not:
    after one call script the next pitch is a mail again.
    """

    SAYS = {  # what each form is for, said where it is chosen
        "form": {
            Pitch.Form.MAIL: _("Sent from here once you have read it and pressed Send."),
            Pitch.Form.CALL: _("What to say and ask on the phone. Mark it used after the call."),
            Pitch.Form.ONE_PAGER: _("One page to print or attach. Mark it printed once it is handed over."),
        }
    }
    form = forms.ChoiceField(label=_("Form"), choices=Pitch.Form.choices, initial=Pitch.Form.MAIL)
    contact = forms.ModelChoiceField(
        Contact.objects.none(), label=_("For"), required=False, empty_label=_("nobody in particular")
    )
    language = forms.ChoiceField(label=_("Language"), choices=list(pitches.LANGUAGES.items()))
    tone = forms.ChoiceField(label=_("Tone"), choices=Pitch.Tone.choices)
    length = forms.ChoiceField(label=_("Length"), choices=Pitch.Length.choices, initial=Pitch.Length.MEDIUM)
    mention_gaps = forms.BooleanField(label=_("Say honestly what we cannot do"), required=False, initial=True)

    def __init__(self, *args: Any, lead: Lead, user: User, like: Pitch | None = None, **kwargs: Any) -> None:
        initial = {"language": pitches.language_for(lead), "contact": lead.contact_id, **_as(like)}
        super().__init__(*args, initial={**initial, **kwargs.pop("initial", {})}, **kwargs)
        self.fields["contact"].queryset = contacts_of(lead, user)
        self.like = like


def contacts_of(lead: Lead, user: User) -> Any:
    """Return the people a pitch of this lead may address, as far as `user` sees them."""
    mine = Contact.objects.for_user(user)
    of_company = mine.filter(company=lead.company_id) if lead.company_id else mine.none()
    return (of_company | mine.filter(pk=lead.contact_id)).order_by("name")


def _as(pitch: Pitch | None) -> dict[str, Any]:
    if pitch is None:
        return {}
    names = ("language", "tone", "length", "mention_gaps")
    return {"contact": pitch.contact_id, **{name: getattr(pitch, name) for name in names}}
