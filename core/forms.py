"""Forms of the core pages."""

from __future__ import annotations

import zoneinfo
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import ApiToken, User

LIFETIMES = [("30", _("30 days")), ("90", _("90 days")), ("365", _("One year")), ("", _("Until revoked"))]


class ProfileForm(forms.ModelForm):
    """What people set for themselves."""

    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("As the browser asks")), *settings.LANGUAGES]
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)

    class Meta:
        model = User
        fields = ["name", "language", "time_zone", "theme"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone and not zone.startswith("Etc/"))
        self.fields["time_zone"].choices = [("", settings.TIME_ZONE), *((zone, zone) for zone in zones)]  # type: ignore[attr-defined]
        for field in self.fields.values():
            plain = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = "form-select" if plain else "form-control"


class TokenForm(forms.ModelForm):
    """A new API token."""

    days = forms.ChoiceField(label=_("Expires after"), choices=LIFETIMES, required=False, initial="90")

    class Meta:
        model = ApiToken
        fields = ["name", "read_only"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="token_%s", **kwargs)  # stands on one page with ProfileForm
        self.fields["name"].widget.attrs.update({"class": "form-control", "autocomplete": "off"})
        self.fields["days"].widget.attrs["class"] = "form-select"
        self.fields["read_only"].widget.attrs["class"] = "form-check-input"

    @property
    def expires_at(self) -> Any:
        """When the token ends, or None."""
        days = self.cleaned_data["days"]
        return timezone.now() + timedelta(days=int(days)) if days else None
