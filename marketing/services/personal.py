"""Personal parts of a copy: Liquid over plain dicts, with limits, so that no template can hang a worker or reach a row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from liquid import BoundTemplate, Environment
from liquid.exceptions import (
    LiquidError,
    LocalNamespaceLimitError,
    LoopIterationLimitError,
    OutputStreamLimitError,
    UndefinedError,
    UnknownFilterError,
)
from liquid.undefined import StrictDefaultUndefined

from crm.models import Contact
from marketing.models import Campaign, CampaignCopy

LONGEST = 20_000  # characters of a rendered text
LOOPS = 200  # turns of all loops of one text together
FIELDS = {
    "contact": ("first_name", "name", "title", "email"),
    "company": ("name", "industry", "country", "region"),
    "sender": ("name", "email"),
}
TAGS = ("if", "unless", "case", "for", "break", "continue", "comment", "raw")
FILTERS = ("capitalize", "default", "downcase", "first", "last", "size", "strip", "truncate", "upcase")  # none grows
_OUTPUT, _TAG = re.compile(r"\{\{.*?\}\}"), re.compile(r"\{%.*?%\}")
_LITERAL = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_SOMEBODY = {
    "contact": {"first_name": "Anna", "name": "Anna Weber", "title": "Head of Service", "email": "anna@example.com"},
    "company": {"name": "Weber & Sons", "industry": "Logistics", "country": "DE", "region": "Hamburg"},
    "sender": {"name": "Maria Lang", "email": "maria@example.com"},
}
_SOMEBODY_ZH = {
    "contact": {"first_name": "安娜", "name": "安娜", "title": "客服主管", "email": "anna@example.com"},
    "company": {"name": "华安物流", "industry": "物流", "country": "CN", "region": "上海"},
    "sender": {"name": "李明", "email": "liming@example.com"},
}
_UNDEFINED = re.compile(r"'?([\w.]+)'? is undefined")  # how the library names the part in its message
_ASKED = re.compile(  # a tag that only asks whether parts are there
    r"\{%-?\s*(?:(?:if|unless|elsif)\s+[\w.]+(?:\s+(?:and|or)\s+[\w.]+)*|else|endif|endunless)\s*-?%\}"
)
_CALLED = re.compile(r"^\{\{\s*contact\.\w+\s*\}\}\s*[,，]\s*(?=.{8})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


class _Blank(StrictDefaultUndefined):
    """A part nobody filled in: it may be asked for (`if`) and have a default, but not be printed."""

    allowed_properties = StrictDefaultUndefined.allowed_properties | {"__liquid__", "__class__", "__eq__", "__hash__"}

    def __liquid__(self) -> object:
        return None

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, _Blank)

    __hash__ = StrictDefaultUndefined.__hash__


class _Environment(Environment):
    """What people may write in a copy: a few tags and filters, no other templates, and an end to everything."""

    loop_iteration_limit = LOOPS
    output_stream_limit = LONGEST * 4  # bytes
    local_namespace_limit = 100_000
    block_nesting_limit = 8
    context_depth_limit = 8

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=False)
        self.tags = {name: tag for name, tag in self.tags.items() if name in {*TAGS, "content", "output", "illegal"}}
        self.filters = {name: call for name, call in self.filters.items() if name in FILTERS}


_ENVIRONMENT = _Environment(undefined=_Blank)


def values(contact: Contact, campaign: Campaign) -> dict[str, dict[str, str]]:
    """Return what a copy may say of a recipient and of us, as plain dicts of text; what nobody filled in is left out."""
    company = contact.company
    found = {
        "contact": {
            "first_name": first_name(contact.name), "name": contact.name, "title": contact.title, "email": contact.email,
        },
        "company": {name: getattr(company, name) if company else "" for name in FIELDS["company"]},
        "sender": {"name": campaign.sender_name, "email": campaign.sender_email},
    }  # fmt: skip
    return {group: {name: line(text) for name, text in rows.items() if line(text)} for group, rows in found.items()}


def first_name(name: str) -> str:
    """Return the name to greet with: the first of a western name, all of a Chinese one."""
    words = name.split()
    return words[0] if words and (name.isascii() or len(words) > 1) else name.strip()


def example(language: str = "en") -> dict[str, dict[str, str]]:
    """Return values in which every known part is filled, to try a text on."""
    return _SOMEBODY_ZH if language.startswith("zh") else _SOMEBODY


def readings(text: str, language: str) -> list[str]:
    """Return the text as somebody may get it: with every part filled, and with all that branches and defaults could say.

    A name that only calls the reader at the beginning is left out: it says nothing, and is no subject of ours.
    """
    text = _CALLED.sub("", text)
    filled = " ".join(render(text, example(language)).split())
    if "{%" not in text and "|" not in text:
        return [filled]

    def said(match: re.Match[str]) -> str:
        literals = [one or other for one, other in _LITERAL.findall(match.group())]
        return " ".join(literals) or render(match.group(), example(language))

    try:
        open_ones = _TAG.sub(" ", _OUTPUT.sub(said, text))
    except ValidationError:  # a part of a loop, which means nothing outside it
        open_ones = _TAG.sub(" ", _OUTPUT.sub(" ", text))
    return list(dict.fromkeys(line for line in (filled, " ".join(open_ones.split())) if line)) or [text]


def render(text: str, values: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the text with its personal parts. Nothing is escaped: it is plain text, and what is put in is never a template.

    Raises ValidationError, saying what to mend, if the text is no Liquid, goes on too long, or prints a part that is missing.
    """
    try:
        return _compile(text).render(**values)
    except LiquidError as error:
        raise ValidationError(_words(error)) from error


def check(text: str) -> None:
    """Raise ValidationError if a text is no Liquid, names a part that does not exist, or goes on too long."""
    unknown = variables(text) - _known()
    if unknown:
        raise ValidationError(
            _("“%(name)s” is no part we know. Known are: %(known)s.")
            % {"name": min(unknown), "known": ", ".join(sorted(_known()))}
        )
    render(text, example())


def variables(text: str) -> set[str]:
    """Return the parts a text names, as dotted paths. Raises ValidationError if it is no Liquid."""
    try:
        return {str(path) for path in _compile(text).variable_paths()} if "{" in text else set()
    except LiquidError as error:
        raise ValidationError(_words(error)) from error


def gaps(text: str, values: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Return the parts a text would print for these values but cannot, for they are missing."""
    if "{" not in text:
        return set()
    missing: set[str] = set()
    filled = {group: dict(values.get(group, {})) for group in FIELDS}
    while path := _first_gap(text, filled):
        missing.add(path)
        group, _dot, name = path.partition(".")
        filled.setdefault(group, {})[name] = "x"
    return missing


def needed(text: str) -> set[str]:
    """Return the parts a text cannot do without for somebody; those with a default or asked for first are not among them."""
    if "{" not in text:
        return set()
    found = gaps(text, {})
    for path in variables(text) - found:
        group, _dot, name = path.partition(".")
        others = {key: {n: v for n, v in rows.items() if (key, n) != (group, name)} for key, rows in example().items()}
        found |= gaps(text, others)
    return found


def compared(text: str) -> set[str]:
    """Return the parts of which it matters what stands there, not only whether anything does, for what a text says."""
    return variables(text) if "{%" in _ASKED.sub("", text) else set()


def missing(copy: CampaignCopy, values: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Return the parts that subjects and sentences of a copy would print for a recipient but cannot."""
    texts = [*copy.subjects, *(sentence.text for sentence in copy.sentences.all())]
    return set().union(*(gaps(text, values) for text in texts))


def _first_gap(text: str, values: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the first part that is printed and missing, as a dotted path, or ""."""
    try:
        _compile(text).render(**values)
    except UndefinedError as error:
        found = _UNDEFINED.match(str(error.message))
        if found is None or found[1] in {f"{group}.{name}" for group, rows in values.items() for name in rows}:
            raise ValidationError(_words(error)) from error
        return found[1]
    except LiquidError as error:
        raise ValidationError(_words(error)) from error
    return ""


@lru_cache(maxsize=2000)
def _compile(text: str) -> BoundTemplate:
    return _ENVIRONMENT.from_string(text)


def _known() -> set[str]:
    return {f"{group}.{name}" for group, names in FIELDS.items() for name in names}


def line(text: str) -> str:
    """Return a value as it is put into a text: on one line, without what is no text."""
    return " ".join(_CONTROL.sub(" ", text or "").split())


def _words(error: LiquidError) -> str:
    """The error in words that say what to do."""
    if isinstance(error, LoopIterationLimitError):
        return _("A loop goes on for more than %(n)d turns. Shorten it.") % {"n": LOOPS}
    if isinstance(error, (OutputStreamLimitError, LocalNamespaceLimitError)):
        return _("The text grows beyond %(n)d characters. Shorten it.") % {"n": LONGEST}
    if isinstance(error, UndefinedError):
        return _("A personal part is missing: %(why)s.") % {"why": str(error).split("\n")[0]}
    if isinstance(error, UnknownFilterError):
        return _("%(why)s. Use one of: %(known)s.") % {"why": error.message, "known": ", ".join(FILTERS)}
    return _("The braces are not right: %(why)s.") % {"why": str(error).split("\n")[0]}
