"""Forms of the admin's people and segments."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.forms import UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminTextareaWidget

from core.models import Need, Segment, User
from core.models.segments import FIELDS, OPERATORS


class PersonAddForm(UserCreationForm):
    """A new person; they sign in with their e-mail address."""

    class Meta:
        model = User
        fields = ("email", "name", "role", "team")

    def clean_email(self) -> str:
        """Addresses are kept in small letters, so that nobody is there twice."""
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email=email).exists():
            raise ValidationError(_("Somebody with this address is there already."))
        return email


class PersonForm(UserChangeForm):
    """A person. The last active admin can neither be switched off nor made something else."""

    class Meta:
        model = User
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        """Keep one admin."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        stays = data.get("is_active", self.instance.is_active) and data.get("role") == User.Role.ADMIN
        if self.instance.is_staff and self.instance.is_active and not stays:
            others = User.objects.filter(is_staff=True, is_active=True).exclude(pk=self.instance.pk)
            if not others.exists():
                raise ValidationError(
                    _("This is the last admin. Make somebody else an admin first; nothing was changed.")
                )
        return data


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        """Show a list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Return the lines that are not empty."""
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare lists."""
        return (initial or []) != self.to_python(data)


class NeedForm(forms.ModelForm):
    """A need; its examples stand one a line."""

    examples_en = LinesField(label=gettext_lazy("English examples"), required=False)
    examples_zh = LinesField(label=gettext_lazy("Chinese examples"), required=False)

    class Meta:
        model = Need
        fields = (
            "key", "facet", "parent", "active", "position", "name_en", "description_en", "examples_en", "name_zh",
            "description_zh", "examples_zh",
        )  # fmt: skip


class ConditionsField(forms.CharField):
    """Conditions as lines “field operator value”, e.g. `employees at_least 500` or `industry in Banking, Insurance`."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        """Show conditions as lines."""
        if not isinstance(value, list):
            return value
        return "\n".join(f"{row['field']} {row['op']} {_shown(row['value'])}" for row in value)

    def to_python(self, value: Any) -> list[dict[str, Any]]:
        """Return the conditions, or say which line is wrong and what may stand there."""
        rows, errors = [], []
        for number, line in enumerate(str(value or "").splitlines(), start=1):
            if line.strip():
                row, error = _parsed(line)
                rows.append(row)
                if error:
                    errors.append(_("Line %(number)d: %(error)s") % {"number": number, "error": error})
        if errors:
            raise ValidationError(errors)
        return rows

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare conditions; what cannot be read has changed."""
        try:
            return (initial or []) != self.to_python(data)
        except ValidationError:
            return True


def _shown(value: Any) -> str:
    return (
        ", ".join(map(str, value))
        if isinstance(value, list)
        else value
        if isinstance(value, str)
        else json.dumps(value)
    )


def _parsed(line: str) -> tuple[dict[str, Any], str]:
    field, op, value = [*line.split(maxsplit=2), "", "", ""][:3]
    row: dict[str, Any] = {"field": field, "op": op, "value": value.strip()}
    if field not in FIELDS:
        return row, _("“%(word)s” is no field. Fields are %(all)s.") % {"word": field, "all": ", ".join(FIELDS)}
    if op not in OPERATORS:
        return row, _("“%(word)s” is no operator. Operators are %(all)s.") % {"word": op, "all": ", ".join(OPERATORS)}
    if not row["value"]:
        return row, _("a value is missing after “%(word)s”.") % {"word": op}
    if op in ("at_least", "at_most"):
        try:
            row["value"] = float(row["value"]) if "." in row["value"] else int(row["value"])
        except ValueError:
            return row, _("“%(word)s” is no number.") % {"word": row["value"]}
    elif op in ("in", "not_in"):
        row["value"] = [part.strip() for part in row["value"].replace("，", ",").split(",") if part.strip()]
    return row, ""


class SegmentForm(forms.ModelForm):
    """A segment; its conditions stand one a line."""

    conditions = ConditionsField(
        label=gettext_lazy("conditions"),
        required=False,
        help_text=gettext_lazy(
            "One a line: field, operator, value. All must hold, and those of the segment above as well. "
            "Example: employees at_least 500"
        ),
    )

    class Meta:
        model = Segment
        fields = ("key", "name_en", "name_zh", "parent", "conditions", "position")
