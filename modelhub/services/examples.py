"""Labelled examples: found by what is known of them, shown with their quotes, relabelled and taken out by an admin."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import Need, User
from core.services import audit
from core.services.edits import Stale
from modelhub.models import Example

Spans = Mapping[str, Sequence[Sequence[int]]]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty means everything. `words` are looked for in the texts."""

    origin: str = ""
    language: str = ""
    need: str = ""
    segment: int | None = None
    words: str = ""

    def __bool__(self) -> bool:
        return any((self.origin, self.language, self.need, self.segment, self.words))


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of a text and the needs that quote it."""

    text: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says of a text: needs that are there, with their quotes; `unjudged` ones are taken back."""

    needs: frozenset[str]
    spans: dict[str, list[list[int]]]
    unjudged: frozenset[str] = frozenset()


def narrow(rows: QuerySet[Example], filters: Filters) -> QuerySet[Example]:
    """The rows that match, newest first."""
    wanted = Q()
    if filters.origin:
        wanted &= Q(origin=filters.origin)
    if filters.language:
        wanted &= Q(language=filters.language)
    if filters.need:
        wanted &= Q(labels__has_key=filters.need)
    if filters.segment:
        wanted &= Q(segment=filters.segment)
    if filters.words:
        wanted &= Q(text__icontains=filters.words)
    return rows.filter(wanted)


def stretches(text: str, spans: Spans) -> list[Stretch]:
    """The text cut where quotes begin and end. Quotes that reach outside the text are cut off."""
    quotes = [
        (need, max(0, int(start)), min(len(text), int(end))) for need, pairs in spans.items() for start, end in pairs
    ]
    edges = sorted({0, len(text), *(edge for _need, start, end in quotes if start < end for edge in (start, end))})
    return [
        Stretch(text[a:b], tuple(need for need, start, end in quotes if start <= a and b <= end))
        for a, b in pairwise(edges)
    ]


def answer(
    text: str, *, needs: Collection[str], quotes: Collection[str], words: str = "", words_need: str = "",
    unjudged: Collection[str] = (),
) -> Answer:  # fmt: skip
    """What a form says. A quote is "need:start:end"; `words` are looked up in the text and quote `words_need`.

    Raises ValidationError for a need that is not in the taxonomy, and for a quote that does not stand in the text.
    """
    chosen = set(needs)
    spans: dict[str, list[list[int]]] = {}
    for quote in quotes:
        need, start, end = _parts(quote, text)
        if need in chosen:
            spans.setdefault(need, []).append([start, end])
    if words.strip():
        if not words_need:
            raise ValidationError(_("Say which need these words quote. Nothing was saved."))
        start = text.find(words.strip())
        if start < 0:
            raise ValidationError(_("These words do not stand in the text like that. Nothing was saved."))
        chosen.add(words_need)
        spans.setdefault(words_need, []).append([start, start + len(words.strip())])
    unknown = sorted(chosen - set(Need.objects.filter(key__in=chosen).values_list("key", flat=True)))
    if unknown:
        raise ValidationError(_("No such need: %(needs)s. Nothing was saved.") % {"needs": ", ".join(unknown)})
    tidy = {need: sorted({tuple(pair) for pair in pairs}) for need, pairs in spans.items()}
    return Answer(
        frozenset(chosen), {need: [list(pair) for pair in pairs] for need, pairs in tidy.items()},
        frozenset(unjudged) - chosen,
    )  # fmt: skip


def labels(said: Answer, shown: Collection[str]) -> dict[str, bool]:
    """Labels that follow: what is there holds, what was shown and left out does not, unless it was taken back."""
    judged = (set(shown) | said.needs) - said.unjudged
    return {need: need in said.needs for need in sorted(judged)}


def stamp(example: Example) -> str:
    """What a form keeps to notice that somebody else changed the example meanwhile."""
    return example.updated_at.isoformat()


def relabel(example: Example, said: Answer, *, by: User, seen: str) -> None:
    """Write other labels. Raises Stale if the example is no longer as it was seen."""
    made = labels(said, example.labels)
    spans = {need: said.spans.get(need, []) for need, holds in made.items() if holds}
    with transaction.atomic():
        changed = Example.objects.filter(pk=example.pk, updated_at=_moment(seen)).update(
            labels=made, spans=spans, author=str(by)[:120], updated_at=timezone.now()
        )
        if not changed:
            raise Stale(_stale())
        before, after = {"labels": example.labels, "spans": example.spans}, {"labels": made, "spans": spans}
        audit.record("relabel", example, by=by, before=before, after=after)


def remove(example: Example, *, by: User, seen: str) -> None:
    """Take an example out, its text with it. Raises Stale if it is no longer as it was seen."""
    with transaction.atomic():
        audit.record("remove", example, by=by, before={"labels": example.labels, "origin": example.origin})
        gone, _rows = Example.objects.filter(pk=example.pk, updated_at=_moment(seen)).delete()
        if not gone:
            raise Stale(_stale())


def _parts(quote: str, text: str) -> tuple[str, int, int]:
    need, _colon, place = quote.partition(":")
    first, _colon, last = place.partition(":")
    if not (first.isdecimal() and last.isdecimal() and len(first) < 9 and len(last) < 9):
        raise ValidationError(_("A quote could not be read. Nothing was saved."))
    start, end = int(first), int(last)
    if not 0 <= start < end <= len(text):
        raise ValidationError(_("A quote lies outside the text. Nothing was saved."))
    return need, start, end


def _moment(seen: str) -> datetime:
    try:
        moment = datetime.fromisoformat(seen)
    except ValueError:
        raise Stale(_stale()) from None
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def _stale() -> str:
    return _(
        "Somebody changed or removed this example while you had it open. Nothing of yours was written; look and try again."
    )
