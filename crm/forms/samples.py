"""The first admin of a house that stops playing with samples."""

from __future__ import annotations

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.models import User


class FirstAdminForm(forms.Form):
    """Name, address and password of the account you go on with."""

    name = forms.CharField(label=_("Your name"), max_length=120)
    email = forms.EmailField(label=_("Your e-mail"))
    password = forms.CharField(
        label=_("A password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Ten characters or more."),
    )

    def clean_email(self) -> str:
        """Refuse an address that signs in already."""
        email = self.cleaned_data["email"].lower()
        if User.objects.filter(email=email).exists():
            raise ValidationError(_("Somebody signs in with this address already."))
        return email

    def clean_password(self) -> str:
        """Refuse a weak password, and say why."""
        password = self.cleaned_data["password"]
        validate_password(password)
        return password
