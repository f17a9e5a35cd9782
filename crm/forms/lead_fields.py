"""The facts of a lead that are edited in place, one small form each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from core.models import User
from crm.filters import owners_for
from crm.forms.fields import CurrencyField, MomentField, VersionField
from crm.models import Competitor, Contact, Lead


class FieldForm(forms.Form):
    """A form over some columns of a lead; `version` is the one the person saw."""

    columns: tuple[str, ...] = ()
    version = VersionField()

    def __init__(self, lead: Lead, user: User, data: Any = None) -> None:
        initial = {name: getattr(lead, name) for name in self.columns if name != "competitors"}
        prefix = type(self).__name__.removesuffix("Form").lower()
        super().__init__(data, initial={"version": lead.version, **initial}, auto_id=f"fact-{prefix}-%s")
        self.limit(lead, user)

    def limit(self, lead: Lead, user: User) -> None:
        """Narrow the choices to what fits this lead."""

    def values(self) -> dict[str, Any]:
        """What to write."""
        return {name: self.cleaned_data[name] for name in self.columns}


class TitleForm(FieldForm):
    """What it is about."""

    columns = ("title",)
    title = forms.CharField(label=_("Title"), max_length=200)


class ValueForm(FieldForm):
    """What it is worth."""

    columns = ("value", "currency")
    value = forms.DecimalField(label=_("Value"), min_value=0, max_digits=14, decimal_places=2)
    currency = CurrencyField()


class OwnerForm(FieldForm):
    """Whose it is."""

    columns = ("owner",)
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), required=False, empty_label=_("Nobody yet"))

    def limit(self, lead: Lead, user: User) -> None:
        """People this person may give leads to; who owns it now stays a choice, even if they left."""
        self.fields["owner"].queryset = owners_for(user) | User.objects.filter(pk=lead.owner_id)  # type: ignore[attr-defined]


class ContactForm(FieldForm):
    """Who we talk to."""

    columns = ("contact",)
    contact = forms.ModelChoiceField(
        Contact.objects.none(), label=_("Contact"), required=False, empty_label=_("Nobody yet")
    )

    def limit(self, lead: Lead, user: User) -> None:
        """Contacts of the lead's company, or all the person sees where it has none."""
        rows = Contact.objects.for_user(user)
        here = rows.filter(company=lead.company_id) if lead.company_id else rows
        self.fields["contact"].queryset = here | rows.filter(pk=lead.contact_id)  # type: ignore[attr-defined]


class StepForm(FieldForm):
    """What comes next, and by when."""

    columns = ("next_step", "next_step_at")
    next_step = forms.CharField(label=_("Next step"), max_length=200, required=False)
    next_step_at = MomentField(label=_("Due"), required=False)


class RivalsForm(FieldForm):
    """Who else they look at."""

    columns = ("competitors",)
    competitors = forms.ModelMultipleChoiceField(
        Competitor.objects.all(), label=_("Who else they look at"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def limit(self, lead: Lead, user: User) -> None:
        """Tick those that are tagged."""
        self.initial["competitors"] = list(lead.competitors.values_list("pk", flat=True))


FORMS: dict[str, type[FieldForm]] = {
    "title": TitleForm, "value": ValueForm, "owner": OwnerForm, "contact": ContactForm, "step": StepForm,
    "competitors": RivalsForm,
}  # fmt: skip


def form(name: str, lead: Lead, user: User, data: Any = None) -> FieldForm:
    """Return the form of a fact; raises Http404 for a name that is none."""
    if name not in FORMS:
        raise Http404
    return FORMS[name](lead, user, data)


def forms_for(lead: Lead, user: User) -> Mapping[str, FieldForm]:
    """Return a fresh form for every fact."""
    return {name: kind(lead, user) for name, kind in FORMS.items()}
