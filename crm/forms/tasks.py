"""What may be typed about a task."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.forms.fields import MomentField

LATER = (1, 3, 7)  # days


class TaskForm(forms.Form):
    """Something to do, and by when."""

    title = forms.CharField(label=_("What is to be done?"), max_length=200)
    due_at = MomentField(label=_("Due"))


class LaterForm(forms.Form):
    """How many days something is put off."""

    days = forms.TypedChoiceField(choices=[(days, days) for days in LATER], coerce=int, empty_value=1, required=False)
