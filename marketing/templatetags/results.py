"""Filters for figures: shares with what is known of them, points, multiples."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from core.templatetags.fairlead import per_cent
from crm.money import Money
from marketing.engine.statistics import Rate
from marketing.models import Campaign, InboundMail
from marketing.services import inbox
from marketing.services.attribution import Credit

register = template.Library()


@register.filter
def share(value: float) -> str:
    """Show 0–1 per cent, with a decimal below ten: `4.7%`."""
    number = value * 100
    digits = 1 if 0 < number < 9.95 else 0
    return per_cent(number_format(round(number, digits), digits))  # rounded first: number_format only cuts off


@register.filter
def rate_words(rate: Rate) -> str:
    """Show a rate with its interval: `5.1% (4.6 to 5.6)`, or that there are too few."""
    if not rate.enough:
        return _("of %(n)s, too few for a rate") % {"n": number_format(rate.n, 0, force_grouping=True)}
    low, high = share(rate.low).removesuffix("%"), share(rate.high).removesuffix("%")
    return _("%(share)s (%(low)s to %(high)s)") % {"share": share(rate.share), "low": low, "high": high}


@register.filter
def points(value: float) -> str:
    """Show a difference of shares in points, with its sign: `+0.8`, `−0.5`."""
    number = round(value * 100, 1)
    return f"{'+' if number > 0 else '−' if number < 0 else ''}{number_format(abs(number), 1)}"


@register.filter
def plain_points(value: float) -> str:
    """Show a difference of shares in points, without its sign."""
    return number_format(round(abs(value) * 100, 1), 1)


@register.filter
def times(value: Decimal | None) -> str:
    """Show a multiple: `7.3 ×`."""
    return "–" if value is None else f"{number_format(value, 1)} ×"


@register.filter
def signed_percent(value: Decimal | None) -> str:
    """Show a return on investment: `+630%`."""
    if value is None:
        return "–"
    number = round(value * 100)
    sign = "+" if number > 0 else "−" if number < 0 else ""
    return sign + per_cent(number_format(abs(number), 0, force_grouping=True))


@register.filter
def plain_number(value: float) -> str:
    """A number as style sheets and drawings read it."""
    return f"{value:g}"


@register.filter
def credited_here(one: Credit, campaign: Campaign) -> tuple[Money, Money]:
    """What a campaign is credited of a won lead: by last touch, and evenly."""
    return one.of({campaign.pk})


@register.filter
def kind_words(mail: InboundMail) -> str:
    """Show what a mail that came in is."""
    return inbox.label_of(mail.kind)
