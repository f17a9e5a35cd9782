"""What may be typed about a campaign, its costs and its tasks."""

from __future__ import annotations

from copy import copy
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import Need, User
from crm.forms.claims import DateInput
from crm.forms.fields import CurrencyField, VersionField
from marketing.filters import people
from marketing.models import Audience, Campaign, CampaignTask, CostLine
from marketing.services import signatures
from marketing.services.campaigns import EDITABLE, fixed_fields


class CampaignForm(forms.ModelForm):
    """A campaign's plan; `version` is the one the person saw. What is fixed since mails go out is shown, not asked."""

    budget = forms.DecimalField(label=_("Budget"), min_value=0, max_digits=12, decimal_places=2)
    currency = CurrencyField(initial="EUR")
    landing_page = forms.URLField(label=_("Landing page"), required=False, max_length=1000, assume_scheme="https")
    version = VersionField()

    class Meta:
        model = Campaign
        fields = list(EDITABLE)
        widgets = {"goal": forms.TextInput(), "starts_on": DateInput(), "ends_on": DateInput()}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        if kwargs.get("instance") is not None:
            kwargs["instance"] = copy(
                kwargs["instance"]
            )  # a form writes into its instance; the service must see the old row
        super().__init__(*args, **kwargs)
        old = self.instance
        fields: dict[str, Any] = self.fields
        fields["owner"].queryset = people() | User.objects.filter(pk=old.owner_id)
        fields["audience"].queryset = Audience.objects.for_user(user)
        fields["need"].queryset = Need.objects.filter(active=True) | Need.objects.filter(pk=old.need_id)
        for name, word in (
            ("owner", _("nobody yet")),
            ("audience", _("not chosen yet")),
            ("need", _("none in particular")),
            ("segment", _("every segment")),
        ):
            fields[name].empty_label = word
        fields["goal"].help_text = _("What should have happened when it is over?")
        fields["sender_email"].help_text = _("Of our domain: …@%(domain)s.") % {"domain": signatures.domain()}
        fields["per_minute"].help_text = _("Empty: as fast as the mail server takes them.")
        fields["landing_page"].help_text = _("Drafted mails lead here, so that clicks can be counted.")
        fields["utm_campaign"].help_text = _("Empty: made from the name.")
        fields["reply_to"].help_text = _("Empty: to the sender's address.")
        self.initial["version"] = old.version
        self.initial["budget"] = f"{old.budget:.2f}".removesuffix(".00")
        if old.pk is None:
            self.initial.setdefault("owner", user.pk)
        for name in fixed_fields(old) if old.pk else ():
            fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        """Dates the wrong way round are said at the field."""
        data = super().clean() or {}
        start, end = data.get("starts_on"), data.get("ends_on")
        if start and end and end < start:
            self.add_error("ends_on", _("It would end before it starts. Check both dates."))
        return data

    def values(self) -> dict[str, Any]:
        """Return what the service takes."""
        return {name: self.cleaned_data[name] for name in EDITABLE}


class CostForm(forms.ModelForm):
    """A cost line, in the campaign's currency."""

    amount = forms.DecimalField(label=_("Amount"), min_value=0, max_digits=12, decimal_places=2)

    class Meta:
        model = CostLine
        fields = ["what", "amount", "on"]
        widgets = {"on": DateInput()}


class TaskForm(forms.ModelForm):
    """Something to do for a campaign."""

    class Meta:
        model = CampaignTask
        fields = ["title", "due_on", "assignee"]
        widgets = {"due_on": DateInput()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assignee: Any = self.fields["assignee"]
        assignee.queryset, assignee.empty_label = people(), _("nobody yet")


class CloneForm(forms.Form):
    """Name and start of the new campaign."""

    name = forms.CharField(label=_("Name of the new campaign"), max_length=120)
    starts_on = forms.DateField(label=_("Starts"), required=False, widget=DateInput())
