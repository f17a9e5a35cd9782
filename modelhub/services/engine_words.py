"""Lines that the engine writes in English, logs of trainings, cards of versions and failures, in the reader's language."""

from __future__ import annotations

import re
from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from modelhub.services import engine_failures

# As the engine writes them, each value with a name. A line that fits none is shown as it stands.
SHAPES = (
    gettext_noop("encoding %(messages)s messages with %(encoder)s"),
    gettext_noop("cross-validating on %(messages)s messages, %(clauses)s clauses"),
    gettext_noop("fold %(fold)s of %(folds)s done"),
    gettext_noop("macro-F1 on messages the heads had not seen: %(figure)s"),
    gettext_noop("fitting the heads on all messages"),
    gettext_noop("fitting a first head on the untouched encoder"),
    gettext_noop("fine-tuning %(encoder)s on %(shown)s messages, %(held)s held out"),
    gettext_noop("epoch %(epoch)s of %(epochs)s: macro-F1 %(figure)s on the messages held out"),
    gettext_noop("going on from the checkpoint at step %(step)s"),
    gettext_noop("%(why)s; going on without it"),
    gettext_noop("%(rows)s rows of this dataset were erased since it was frozen"),
    gettext_noop("Sample data: trained and measured before it was shipped; times and figures are those of that run."),
    gettext_noop("Lists the needs a customer's message voices, with quotes and calibrated probabilities."),
    gettext_noop("Made of: linear heads over a frozen encoder, base %(base)s."),
    gettext_noop("Made of: fine-tuned encoder with linear heads, base %(base)s."),
    gettext_noop(
        "Data: %(messages)s messages (%(languages)s) of %(writers)s writers or customers, %(clauses)s clauses; "
        "sha256 %(digest)s."
    ),
    gettext_noop(
        "Keeps: %(terms)s terms of one or two words or a few letters, each used by at least two customers "
        "(or in two messages that are of none); no message, and no quote."
    ),
    gettext_noop("Keeps: %(terms)s terms of one or two words or a few letters; no message, and no quote."),
    gettext_noop("Figures: macro-F1 %(figure)s on %(n)s messages that its heads had not seen."),
    gettext_noop("Limit: Finds the needs of its list only; other needs are judged by likeness to their descriptions."),
    gettext_noop("Limit: Learned from fewer than %(few)s messages each: %(needs)s."),
    gettext_noop("Limit: Not trained on languages other than %(languages)s."),
)


def told(text: str) -> str:
    """A text of the engine line by line; one that the catalogue has as a whole, as the cards of what ships, at once."""
    if not text:
        return ""
    whole = _(text)
    return whole if whole != text else "\n".join(_line(line) for line in text.split("\n"))


def _line(line: str) -> str:
    for shape in (*SHAPES, *engine_failures.SHAPES):
        found = _pattern(shape).fullmatch(line)
        if found:
            return _(shape) % found.groupdict()
    return line


@cache
def _pattern(shape: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"%\\?\((\w+)\\?\)s", r"(?P<\1>.+?)", re.escape(shape)))
