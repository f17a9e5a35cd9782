"""What may be typed about a contact."""

from __future__ import annotations

from copy import copy
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import User
from crm.filters import owners_for
from crm.forms.fields import LanguageField, VersionField
from crm.models import Company, Contact


class ContactForm(forms.ModelForm):
    """A contact; `version` is the one the person saw."""

    language = LanguageField()
    version = VersionField()

    class Meta:
        model = Contact
        fields = ["name", "company", "email", "phone", "title", "role", "language", "owner"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        if kwargs.get("instance") is not None:
            kwargs["instance"] = copy(
                kwargs["instance"]
            )  # a form writes into its instance; the service must see the old row
        super().__init__(*args, **kwargs)
        self.fields["company"].queryset = Company.objects.for_user(user)
        self.fields["company"].empty_label = _("none")
        self.fields["owner"] = forms.ModelChoiceField(
            owners_for(user), label=_("Owner"), required=False, empty_label=_("nobody yet"), initial=user.pk
        )
        self.fields["role"].help_text = _("It decides what a pitch to this person speaks about.")
        self.initial["version"] = self.instance.version
