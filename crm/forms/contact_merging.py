"""Which two contacts become one, and which of them stays."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import User
from crm.models import Contact


class MergeForm(forms.Form):
    """`other` is the second contact, `keep` the number of the one that stays, and the versions are those that were seen."""

    other = forms.ModelChoiceField(Contact.objects.none(), error_messages={"required": _("Choose the other contact.")})
    keep = forms.IntegerField(error_messages={"required": _("Choose which of the two stays.")})
    version = forms.IntegerField(min_value=1)
    other_version = forms.IntegerField(min_value=1)

    def __init__(self, *args: Any, user: User, contact: Contact, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contact = contact
        self.fields["other"].queryset = Contact.objects.for_user(user).exclude(pk=contact.pk)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Only one of the two can stay."""
        data: dict[str, Any] = super().clean() or {}
        other = data.get("other")
        if other and data.get("keep") and data["keep"] not in (self.contact.pk, other.pk):
            self.add_error("keep", _("Choose which of the two stays."))
        return data
