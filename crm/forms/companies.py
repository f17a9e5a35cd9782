"""What may be typed about a company."""

from __future__ import annotations

from copy import copy
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import User
from crm.filters import owners_for
from crm.forms.fields import LanguageField, VersionField
from crm.models import Company


class CompanyForm(forms.ModelForm):
    """A company; `version` is the one the person saw."""

    language = LanguageField()
    version = VersionField()

    class Meta:
        model = Company
        fields = ["name", "domain", "industry", "employees", "country", "region", "language", "owner", "notes"]
        widgets = {"notes": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        if kwargs.get("instance") is not None:
            kwargs["instance"] = copy(
                kwargs["instance"]
            )  # a form writes into its instance; the service must see the old row
        super().__init__(*args, **kwargs)
        self.fields["owner"] = forms.ModelChoiceField(
            owners_for(user), label=_("Owner"), required=False, empty_label=_("nobody yet"), initial=user.pk
        )
        self.fields["domain"].help_text = _("As in acme.com; mail from there is matched to this company.")
        self.initial["version"] = self.instance.version
