"""Tags for messages and needs: quotes in their text, languages, parts of clarity."""

from __future__ import annotations

from django import template
from django.utils.formats import number_format
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from crm.models import Message
from crm.services import clarity
from crm.services.quoting import Piece

register = template.Library()


@register.simple_tag
def pieces(message: Message) -> SafeString:
    """Draw the text of a message: what the page shows, without the numbers, is the stored text character for character."""
    return format_html_join("", "{}", ((_piece(piece),) for piece in message.pieces))  # type: ignore[attr-defined]


def _piece(piece: Piece) -> SafeString:
    html = conditional_escape(piece.text)
    for mark in reversed(piece.marks):
        number = format_html("<sup>{}</sup>", mark.number) if mark in piece.ends else ""
        html = format_html(
            '<mark class="fl-quote{}" data-quote="q{}">{}{}</mark>',
            " is-proposed" if mark.proposed else "", mark.requirement, html, number,
        )  # fmt: skip
    return format_html('<span class="fl-cited">{}</span>', html) if piece.cited else mark_safe(html)  # noqa: S308 (escaped above)


@register.filter
def language_name(message: Message) -> str:
    """Name a message's language in the reader's own."""
    return language_word(message.language) or _("language unknown")


@register.filter
def language_word(code: str) -> str:
    """Name the language of a code (en, zh, …) in the reader's own; an unknown code as it stands, nothing for none."""
    try:
        return str(get_language_info("zh-hans" if code == "zh" else code)["name_translated"]) if code else ""
    except KeyError:
        return code


@register.filter
def needs_quoted(message: Message) -> int:
    """How many needs quote this message."""
    return len({mark.requirement for piece in message.pieces for mark in piece.marks})  # type: ignore[attr-defined]


@register.filter
def part_name(key: str) -> str:
    """Name a part of clarity."""
    return clarity.part_name(key)


@register.filter
def still_open(found: clarity.LeadClarity) -> str:
    """Say what is still open."""
    names = [clarity.part_name(part.key).lower() for part in found.parts if not part.known]
    if not names:
        return _("nothing is open")
    return _("still open: %(parts)s") % {"parts": _(", ").join(names)}


@register.filter
def two_places(value: float | None) -> str:
    """Show a probability as `0.97`."""
    return "–" if value is None else number_format(value, 2)


@register.filter
def points(value: float) -> int:
    """Show a gain of 0–1 as points of 100."""
    return round(value * 100)
