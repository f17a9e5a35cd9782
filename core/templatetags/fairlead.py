"""Tags and filters that every template may use."""

from __future__ import annotations

import re

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

register = template.Library()
# What workers note when nothing was left to do. It is stored as it stands here: the reader's language is not known then.
_NOTES = (
    gettext_noop("drafted already or gone"), gettext_noop("gone"), gettext_noop("judged already or gone"),
    gettext_noop("nothing to do"), gettext_noop("nothing to read"), gettext_noop("nothing to train"),
    gettext_noop("overtaken or gone"),
)  # fmt: skip
_CAPITAL = re.compile(r"(?<=\w[ -])[A-Z](?=[a-z]+\b)")


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """Draw an icon of the sprite."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#i-{}"/></svg>', extra, static("icons.svg"), name
    )


@register.filter(is_safe=True)
def sentence_case(text: str) -> str:
    """Write “Change Password” as our own headings are written, “Change password”; other languages stay as they are.

    For words of other packages only: a name in them would lose its capital too.
    """
    if not (get_language() or "en").startswith("en"):
        return text
    return _CAPITAL.sub(lambda found: found.group().lower(), text)


@register.filter
def per_cent(number: float | str | None) -> str:
    """Put the sign to a number that is per cent already, as every page does: `82%`; a dash for none."""
    return "–" if number is None else f"{number}%"


@register.filter
def percent(value: float | None) -> str:
    """Show 0–1 as whole per cent."""
    return per_cent(None if value is None else round(value * 100))


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, extra: str = "") -> dict[str, object]:
    """Draw a form field with label, help and what is wrong with it, all tied together for screen readers.

    A form's `SAYS` (field → value → sentence) tells what each choice of a select means; the chosen one's is shown.
    """
    widget = bound.field.widget
    many = isinstance(widget, CheckboxSelectMultiple | RadioSelect)
    single = isinstance(widget, CheckboxInput)
    base = (
        "form-select"
        if isinstance(widget, Select)
        else ""
        if many
        else "form-check-input"
        if single
        else "form-control"
    )
    attrs: dict[str, str | bool] = {"class": f"{base} {'is-invalid' if bound.errors else ''} {extra}".strip()}
    said = getattr(bound.form, "SAYS", {}).get(bound.name, {})
    choices = getattr(bound.field, "choices", ()) if said else ()
    tied = [f"{bound.id_for_label}-why"] if bound.errors or bound.help_text else []
    tied += [f"{bound.id_for_label}-says"] if said else []
    if tied:
        attrs["aria-describedby"] = " ".join(tied)
    return {
        "says": [said.get(value, "") for value, _label in choices],
        "bound": bound,
        "widget": bound.as_widget(attrs=attrs),
        "many": many,
        "single": single,
        "hidden": bound.is_hidden,
    }


@register.filter
def job_label(kind: str) -> str:
    """Show the kind of a job in words."""
    from core.services.jobs import label_of

    return label_of(kind)


@register.filter
def job_note(note: str) -> str:
    """Show what a worker noted of a job in the reader's language, as far as it is one of the words kept in English."""
    return _(note) if note in _NOTES else note


@register.filter
def time_left(seconds: float | None) -> str:
    """Show a guessed duration roughly: "about 40 s left"."""
    if seconds is None:
        return ""
    if seconds < 90:
        return _("about %(n)d s left") % {"n": max(1, round(seconds / 5) * 5)}
    return _("about %(n)d min left") % {"n": round(seconds / 60)}
