"""Filters of the hub's pages and of the model mark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from core.templatetags.fairlead import percent
from modelhub.services import engine_words as service
from modelhub.services import gates
from modelhub.services.figures import Agreement

register = template.Library()
MOST_WORDS = 6


@register.filter
def bars(reasons: Iterable[Any] | None) -> list[dict[str, Any]]:
    """Words that carried a score, strongest first, with the bar's width in per cent and the signed weight."""
    pairs = [(str(reason[0]), float(reason[1])) for reason in reasons or ()]
    pairs.sort(key=lambda pair: -abs(pair[1]))
    top = max((abs(weight) for _text, weight in pairs), default=0.0) or 1.0
    return [
        {
            "text": text,
            "width": round(abs(weight) / top * 100),
            "down": weight < 0,
            "weight": f"{weight:+.1f}".replace("-", "−"),
        }
        for text, weight in pairs[:MOST_WORDS]
    ]


@register.filter
def ratio(value: float | None) -> str:
    """Show a figure of merit between 0 and 1 as `.812`."""
    if value is None:
        return "–"
    return "1.000" if value >= 0.9995 else f"{value:.3f}".lstrip("0")


@register.filter
def milliseconds(value: Any) -> str:
    """Show a time as people read it; a dash where nothing was timed."""
    if not isinstance(value, int | float):
        return "–"
    if value >= 2_000:
        return f"{number_format(value / 1000, 1)} s"
    return f"{number_format(value, 1 if value < 10 else 0)} ms"


@register.filter
def duration(seconds: Any) -> str:
    """Show how long something took as `42 s`, `7 min 5 s` or `2 h 10 min`; a dash for nothing."""
    if not isinstance(seconds, int | float) or seconds <= 0:
        return "–"
    whole = round(seconds)
    if whole < 60:
        return _("%(s)d s") % {"s": whole}
    if whole < 3600:
        return _("%(m)d min %(s)d s") % {"m": whole // 60, "s": whole % 60}
    return _("%(h)d h %(m)d min") % {"h": whole // 3600, "m": whole % 3600 // 60}


@register.filter
def agreement(value: Agreement | None) -> str:
    """Show how often people agreed, a rate only from enough verdicts."""
    if value is None or not value.n:
        return "–"
    if value.rate is None:
        return _("too few")
    return percent(value.rate)


@register.filter
def language_by_code(code: str) -> str:
    """Name a language by its code, in the reader's language; a dash for none. Not “language_name”: i18n has that, and the last library loaded wins."""
    if not code:
        return "–"
    try:
        return _("Chinese") if code == "zh" else str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


@register.filter
def sentence(text: str) -> str:
    """End a text with a full stop, so that another sentence may follow."""
    return text if not text or text[-1] in ".!?。！？" else text + _(".")


@register.filter
def engine_words(text: str) -> str:
    """Show what the engine wrote, a line of a log or a model card, in the reader's language."""
    return service.told(text)


@register.filter
def verdict(name: str) -> str:
    """Name a verdict on a sentence."""
    names = {
        "supported": _("supported by the claims"), "unsupported": _("not in the claims"),
        "contradicted": _("the claims say otherwise"), "no-claim-needed": _("needs no claim"),
    }  # fmt: skip
    return names.get(name, name)


@register.filter
def of(mapping: Mapping[Any, Any], key: Any) -> Any:
    """Look a key up; None if it is not there."""
    return mapping.get(key)


@register.filter
def signed(value: float | None) -> str:
    """Show a difference between two figures as `+.034`; a dash for none."""
    return "–" if value is None else gates.signed(value)


@register.filter
def half(difference: Mapping[str, float], most: float) -> int:
    """Width in per cent of the half of a bar that a difference fills, `most` filling it all."""
    return min(100, round(100 * abs(difference["difference"]) / most)) if most else 0


@register.filter
def add_pixels(value: float, more: float) -> float:
    """A place in a chart, moved."""
    return round(value + more, 1)


@register.filter
def halfway(value: float, other: float) -> float:
    """The middle of two places in a chart."""
    return (value + other) / 2
