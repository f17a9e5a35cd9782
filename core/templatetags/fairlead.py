"""Tags and filters that every template may use."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """Draw an icon of the sprite."""
    from django.templatetags.static import static

    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#i-{}"/></svg>', extra, static("icons.svg"), name
    )


@register.filter
def percent(value: float | None) -> str:
    """Show 0–1 as whole per cent."""
    return "–" if value is None else f"{round(value * 100)} %"
