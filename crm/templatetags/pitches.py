"""Words of the verifier in the reader's language."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext

register = template.Library()


@register.filter
def verifier_words(reason: str) -> str:
    """Show a reason of the verifier, translated where the catalogue has it."""
    return gettext(reason) if reason else ""
