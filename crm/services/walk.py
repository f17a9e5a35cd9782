"""Tell the way of one message through the loop in plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from django.utils.translation import gettext as _

from crm.models import Lead, Message, Pitch, Requirement
from crm.services import coverage
from crm.services.clarity import part_name

WIDTH = 100
MARKS = {"supported": "✓", "no-claim-needed": "·", "unsupported": "✗", "contradicted": "✗", "": "?"}
STATES = {"answered": "●", "partly": "◐", "gap": "○"}


def only_not_a_lead(lead: Lead) -> bool:
    """Return whether all that was read says that this is no lead: then nothing is pitched."""
    keys = set(Requirement.objects.filter(lead=lead).standing().values_list("need__key", flat=True))
    return keys == {"not-a-lead"}


def told(message: Message, pitch: Pitch | None, number: str) -> str:
    """Return the whole way of a message: text, needs with quotes, clarity, questions, claims and gaps, pitch."""
    return "\n".join(_lines(message, pitch, number))


def _lines(message: Message, pitch: Pitch | None, number: str) -> Iterator[str]:
    doubt = "" if message.sure else " (" + _("the reader was not trained on this language") + ")"
    yield f"\n━━ {number} ━━ {message.get_channel_display()} · {message.language or '–'}{doubt} " + "━" * 40
    yield _wrapped(message.text, "  ")
    yield from _needs(message)
    yield from _clarity(message)
    yield from _claims(message.lead)
    yield from _pitch(pitch)


def _needs(message: Message) -> Iterator[str]:
    rows = Requirement.objects.filter(lead=message.lead).select_related("need").prefetch_related("quotes")
    yield "\n  " + _("Needs") + ("" if rows else ": " + _("none"))
    for row in rows:
        quotes = " / ".join(f"“{' '.join(quote.text.split())}”" for quote in row.quotes.all())
        yield f"    {row.probability or 0:.2f}  {row.need.name}  {quotes}"


def _clarity(message: Message) -> Iterator[str]:
    clarity = message.clarity
    if not clarity:
        return
    known, missing = (_(", ").join(map(part_name, clarity.get(key, ()))).lower() for key in ("known", "missing"))
    shown = {"score": round(100 * clarity.get("score", 0)), "known": known or "–", "missing": missing or "–"}
    yield "\n  " + _("Clarity %(score)d%%; known: %(known)s; missing: %(missing)s") % shown
    for question in message.questions:
        yield f"    ? {question['text']}"


def _claims(lead: Lead) -> Iterator[str]:
    rows = coverage.of(lead)
    if rows:
        yield "\n  " + _("What we can claim")
    for row in rows:
        best = row.claims[0].claim if row.claims else None
        answer = f"C{best.pk} {best.text}" if best else _("gap: no approved claim answers this")
        yield f"    {STATES[row.state]} {row.requirement.need.name}: {answer}"


def _pitch(pitch: Pitch | None) -> Iterator[str]:
    if pitch is None:
        yield "\n  " + _("No pitch: there is nothing to answer.")
        return
    pitch.refresh_from_db()
    yield "\n  " + _("Pitch") + f" ({pitch.drafted_by or pitch.problem}): {pitch.subject}"
    paragraph = 0
    for sentence in pitch.sentences.prefetch_related("claims"):
        if sentence.paragraph != paragraph:
            yield ""
            paragraph = sentence.paragraph
        cited = " ".join(f"[C{claim.pk}]" for claim in sentence.claims.all())
        yield _wrapped(f"{MARKS[sentence.verdict]} {sentence.text} {cited}".rstrip(), "    ")


def _wrapped(text: str, indent: str) -> str:
    return "\n".join(
        textwrap.fill(line, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False)
        for line in text.splitlines()
    )
