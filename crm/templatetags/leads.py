"""Tags for pages that show leads: money, next steps, people, days in a stage."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django import template
from django.db.models import Model
from django.template.defaultfilters import truncatechars
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from core.models import User
from crm import money as amounts
from crm.models import Activity, Contact, Lead, Quote
from crm.money import Money
from crm.services import activities, day

register = template.Library()
_ICONS = {"late": "alert-triangle", "today": "clock-hour-4", "planned": "calendar-check", "none": "circle-dashed"}


@register.filter
def money(thing: Lead | Money) -> str:
    """Show the value of a lead, or an amount, in the reader's language."""
    amount = Money(thing.value, thing.currency) if isinstance(thing, Lead) else thing
    return amounts.exact(amount, get_language() or "en")


@register.filter
def money_short(sums: Iterable[Money]) -> str:
    """Show sums, one per currency, with three figures each."""
    return amounts.short_sum(sums, get_language() or "en")


@register.filter
def day_words(moment: datetime | None) -> str:
    """Show a day as people say it: `Wed 2 Dec`, with the year where it is another one."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    chinese = (get_language() or "").startswith("zh")
    other_year = local.year != timezone.localtime().year
    if chinese:
        weekday = "一二三四五六日"[local.weekday()]
        return (
            f"{local.year}年{local.month}月{local.day}日" if other_year else f"{local.month}月{local.day}日 周{weekday}"
        )
    return date_format(local, "j M Y" if other_year else "D j M")


@register.filter
def short_day(day: date | None) -> str:
    """Show a day without its weekday: `9 Nov`, `11月9日`; with the year where it is another one."""
    if day is None:
        return ""
    other_year = day.year != timezone.localdate().year
    if (get_language() or "").startswith("zh"):
        return f"{day.year}年{day.month}月{day.day}日" if other_year else f"{day.month}月{day.day}日"
    return date_format(day, "j M Y" if other_year else "j M")


@register.filter
def due_words(moment: datetime | None) -> str:
    """Show how a due time stands to now: late by days, in minutes, at an hour of today, on a day."""
    if moment is None:
        return ""
    now, local = timezone.localtime(), timezone.localtime(moment)
    if moment < now:
        days = (now.date() - local.date()).days
        return (
            ngettext("%(n)d day late", "%(n)d days late", days) % {"n": days}
            if days
            else _("late since %(at)s") % {"at": time_format(local, "H:i")}
        )
    if local.date() == now.date():
        minutes = int((moment - now).total_seconds() // 60)
        if minutes < 120:
            return (
                _("in %(h)d h %(min)d min") % {"h": minutes // 60, "min": minutes % 60}
                if minutes >= 60
                else _("in %(min)d min") % {"min": minutes}
            )
        return _("by %(at)s") % {"at": time_format(local, "H:i")}
    return day_words(moment)


@register.filter
def moment_words(moment: datetime) -> str:
    """Show when something happened: the hour today, else the day."""
    local = timezone.localtime(moment)
    return time_format(local, "H:i") if local.date() == timezone.localtime().date() else day_words(moment)


@register.inclusion_tag("crm/_next_step.html")
def next_step(lead: Lead) -> dict[str, object]:
    """Draw a lead's next step: icon and words."""
    state = lead.step_state
    when = due_words(lead.next_step_at)
    if state == "none":
        words = lead.next_step or _("No next step")
    elif not lead.next_step:
        words = when
    elif state == "late":
        words = _("%(when)s, %(what)s") % {"when": when, "what": lead.next_step}
    else:
        words = _("%(what)s, %(when)s") % {"when": when, "what": lead.next_step}
    return {"state": state, "icon_name": _ICONS[state], "words": words}


@register.inclusion_tag("crm/_due.html")
def due(moment: datetime | None) -> dict[str, object]:
    """Draw a due time: icon and words."""
    probe = Lead(next_step_at=moment)
    return {"state": probe.step_state, "icon_name": _ICONS[probe.step_state], "words": due_words(moment)}


@register.inclusion_tag("crm/_who.html")
def who(person: User | Contact | None, ours: bool = False) -> dict[str, object]:
    """Draw a person (of ours or theirs) as a disc with initials; the full name is there for pointers and screen readers."""
    return {
        "name": str(person) if person else _("Nobody yet"),
        "letters": initials(str(person)) if person else "–",
        "ours": ours,
    }


def initials(name: str) -> str:
    """Return two letters of a name, or the first character of a Chinese one."""
    words = [word for word in name.split() if word]
    if not words:
        return "–"
    if ord(words[0][0]) >= 0x2E80:
        return words[0][0]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@register.filter
def lead_name(lead: Lead) -> str:
    """What a lead is called: its company, else its title."""
    return day.name_of(lead)


@register.filter
def done_words(activity: Activity) -> str:
    """Say what was ticked, in the reader's language."""
    return activities.done_words(activity)


@register.filter
def around(text: str, length: int = 220) -> str:
    """Shorten a message for a preview."""
    return truncatechars(" ".join(text.split()), length)


@register.filter
def item(mapping: dict[Any, Any], key: Any) -> Any:
    """Look up a key that is only known in the template."""
    return mapping.get(key)


@register.filter
def percent_number(value: float) -> int:
    """0–1 as whole per cent, without the sign."""
    return round((value or 0) * 100)


@register.filter
def quoted(text: str, quote: Quote | Literal[""] | None) -> SafeString:
    """Shorten a message to the words around a quote and mark it; without one, to its beginning. A template's “.0” of no quotes is ""."""
    if not quote:
        return format_html("{}", around(text))
    before, after = text[max(0, quote.start - 60) : quote.start], text[quote.end : quote.end + 140]
    lead_in = "… " if quote.start > 60 else ""
    tail = " …" if quote.end + 140 < len(text) else ""
    return format_html(
        '{}{}<mark class="fl-quote">{}</mark>{}{}', lead_in, before, text[quote.start : quote.end], after, tail
    )


@register.filter
def unlocalized(amount: Decimal) -> str:
    """A number as scripts read it."""
    return f"{amount:f}"


@register.simple_tag(takes_context=True)
def may_edit(context: dict[str, Any], row: Model) -> bool:
    """Whether the signed-in person may change this row (one query; lists ask for the whole page instead)."""
    return type(row)._default_manager.for_user(context["request"].user, "edit").filter(pk=row.pk).exists()  # type: ignore[attr-defined]


@register.filter
def same(one: object, other: object) -> bool:
    """Whether two values are equal, for `with`."""
    return one == other


@register.filter
def long_day(moment: datetime) -> str:
    """Show a day in full: `Tuesday, 24 November`."""
    chinese = (get_language() or "").startswith("zh")
    return date_format(timezone.localtime(moment), "n月j日 l" if chinese else "l, j F")
