"""What may be typed about a lead."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import User
from crm.filters import owners_for
from crm.forms.fields import CurrencyField, MomentField, VersionField
from crm.models import Competitor, Contact, Lead, Pipeline


class LeadForm(forms.Form):
    """A lead as a person writes it. The company is typed: an unknown name makes a new one."""

    title = forms.CharField(label=_("Title"), max_length=200, help_text=_("What they want, in a few words."))
    company_name = forms.CharField(
        label=_("Company"), max_length=160, required=False, help_text=_("A new name adds the company."),
        widget=forms.TextInput(attrs={"list": "company-names", "autocomplete": "off"}),
    )  # fmt: skip
    contact = forms.ModelChoiceField(
        Contact.objects.none(), label=_("Contact"), required=False, empty_label=_("nobody yet")
    )
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), required=False, empty_label=_("nobody yet"))
    pipeline = forms.ModelChoiceField(Pipeline.objects.all(), label=_("Pipeline"), empty_label=None)
    value = forms.DecimalField(label=_("Value"), max_digits=14, decimal_places=2, min_value=0, required=False)
    currency = CurrencyField(initial="EUR")
    source = forms.CharField(label=_("Source"), max_length=60, required=False)
    next_step = forms.CharField(label=_("Next step"), max_length=200, required=False)
    next_step_at = MomentField(label=_("Due"), required=False)
    competitors = forms.ModelMultipleChoiceField(
        Competitor.objects.all(), label=_("Who else they look at"), required=False, widget=forms.CheckboxSelectMultiple
    )
    version = VersionField()

    def __init__(self, *args: Any, user: User, lead: Lead | None = None, **kwargs: Any) -> None:
        """`lead` fills the form."""
        super().__init__(*args, **kwargs)
        people = owners_for(user)  # who owns it now stays a choice, even if they left
        self.fields["owner"].queryset = people | User.objects.filter(pk=lead.owner_id) if lead else people
        self.fields["contact"].queryset = self._contacts(user, lead)
        self.initial = {**self._values(user, lead), **self.initial}

    @staticmethod
    def _contacts(user: User, lead: Lead | None) -> Any:
        rows = Contact.objects.for_user(user)
        if lead is None or lead.company_id is None:
            return rows.none() if lead is None else rows.filter(company=None)
        return rows.filter(company=lead.company_id)

    @staticmethod
    def _values(user: User, lead: Lead | None) -> dict[str, Any]:
        if lead is None:
            return {"owner": user.pk, "currency": "EUR"}
        return {
            "title": lead.title, "company_name": lead.company.name if lead.company else "", "contact": lead.contact_id,
            "owner": lead.owner_id, "pipeline": lead.pipeline_id, "value": lead.value.normalize().__format__("f"),
            "currency": lead.currency, "source": lead.source, "next_step": lead.next_step, "next_step_at": lead.next_step_at,
            "competitors": [rival.pk for rival in lead.competitors.all()], "version": lead.version,
        }  # fmt: skip

    def clean_value(self) -> Any:
        """An empty value is none."""
        return self.cleaned_data["value"] or 0


class NewLeadForm(LeadForm):
    """A new lead, with a contact to add in the same go."""

    contact_name = forms.CharField(label=_("Contact"), max_length=120, required=False)
    contact_email = forms.EmailField(label=_("Contact's e-mail"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("contact", "competitors", "version"):
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """An address without a name is no person."""
        data = super().clean() or {}
        if data.get("contact_email") and not data.get("contact_name"):
            self.add_error("contact_name", _("Say whose address this is."))
        return data
