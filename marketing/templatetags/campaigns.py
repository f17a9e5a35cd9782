"""Filters for pages that show campaigns: days and spans as people say them."""

from __future__ import annotations

from datetime import date

from django import template
from django.utils.formats import date_format
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from crm.money import Money
from crm.templatetags.leads import short_day
from marketing.models import Campaign, CostLine

register = template.Library()


@register.filter
def consent_source(source: str) -> str:
    """Name where a contact said yes or no; a source of another program stands as it was written."""
    names = {
        "form": pgettext("consent source", "form"), "import": pgettext("consent source", "import"),
        "unsubscribe": pgettext("consent source", "unsubscribe link"),
        "person": pgettext("consent source", "written down by a colleague"),
        "sample": pgettext("consent source", "sample"),
    }  # fmt: skip
    return names.get(source, source)


@register.filter
def weekday(day: date) -> str:
    """Show a day with its weekday: `Mon 9 Nov`, `11月9日 周一`."""
    if _chinese():
        return f"{day.month}月{day.day}日 周{'一二三四五六日'[day.weekday()]}"
    return date_format(day, "D j M")


@register.filter
def month_words(day: date) -> str:
    """Show a month: `November 2026`, `2026年11月`."""
    return f"{day.year}年{day.month}月" if _chinese() else date_format(day, "F Y")


@register.filter
def span(campaign: Campaign) -> str:
    """Show from when to when a campaign runs; empty if no day is set."""
    start, end = campaign.starts_on, campaign.ends_on
    if start and end:
        return short_day(start) if start == end else f"{short_day(start)} – {short_day(end)}"
    if start:
        return _("from %(day)s") % {"day": short_day(start)}
    return _("until %(day)s") % {"day": short_day(end)} if end else ""


@register.filter
def cost(line: CostLine, campaign: Campaign) -> Money:
    """Return what a cost line is worth; it is in its campaign's currency."""
    return Money(line.amount, campaign.currency)


def _chinese() -> bool:
    return (get_language() or "").startswith("zh")
