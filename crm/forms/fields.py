"""Fields several forms share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.money import CURRENCIES


class MomentField(forms.DateTimeField):
    """The browser's own day-and-hour field, in the person's time zone."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class VersionField(forms.IntegerField):
    """The version of the row the person saw; a stale one is told instead of written."""

    widget = forms.HiddenInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, min_value=1, **kwargs)


class CurrencyField(forms.ChoiceField):
    """A currency by its ISO code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[(code, code) for code in CURRENCIES], label=_("Currency"), **kwargs)


class LanguageField(forms.ChoiceField):
    """A language a person or a company writes in."""

    def __init__(self, **kwargs: Any) -> None:
        languages = [
            ("", _("not known")),
            ("en", "English"),
            ("zh", "中文"),
            ("de", "Deutsch"),
            ("fr", "Français"),
            ("es", "Español"),
            ("ja", "日本語"),
        ]
        super().__init__(choices=languages, label=_("Language"), required=False, **kwargs)

    def validate(self, value: str) -> None:
        """Let other codes stand: mail arrives in more languages than the list offers."""

    def prepare_value(self, value: Any) -> Any:
        """Offer the code the row has, even if the list does not."""
        if value and value not in dict(self.choices):
            self.choices = [*self.choices, (value, value)]
        return value
