"""What people say of needs: kept as feedback, and folded into one labelled example per source."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from modelhub.interface import Correction
from modelhub.models import Example, Feedback, Offer, Prediction


def correct(correction: Correction) -> None:
    """Keep one verdict. Raises ValueError if a quote does not lie in the text or a change names no new need."""
    spans = _checked(correction)
    if correction.verdict == "changed" and not correction.changed_to:
        raise ValueError("a changed need says what it was changed to")
    with transaction.atomic():
        _keep(correction, spans)
        _fold(correction, spans)
        Offer.objects.filter(source=correction.source).delete()  # somebody looked at it


def _checked(correction: Correction) -> list[tuple[int, int]]:
    for start, end in correction.spans:
        if not 0 <= start < end <= len(correction.text):
            raise ValueError(f"the quote {start}–{end} does not lie in the text of {correction.source}")
    return sorted(set(correction.spans))


def _keep(correction: Correction, spans: list[tuple[int, int]]) -> None:
    start, end = spans[0] if spans else (None, None)
    known = correction.prediction and Prediction.objects.filter(pk=correction.prediction).exists()
    Feedback.objects.create(
        source=correction.source,
        prediction_id=correction.prediction if known else None,
        verdict=correction.verdict,
        need=correction.need,
        changed_to=correction.changed_to,
        start=start,
        end=end,
        author=correction.author,
    )


def _fold(correction: Correction, spans: list[tuple[int, int]]) -> None:
    Example.objects.get_or_create(source=correction.source, defaults={"text": correction.text})
    example = Example.objects.select_for_update().get(source=correction.source)
    if example.text != correction.text:  # the source was rewritten: what was said of the old text does not hold
        example.text, example.labels, example.spans = correction.text, {}, {}
    if correction.verdict in ("confirmed", "added"):
        _label(example, correction.need, True, spans)
    else:
        _label(example, correction.need, False)
    if correction.verdict == "changed":
        _label(example, correction.changed_to, True, spans)
    example.language = correction.language or example.language
    example.author = correction.author
    example.segment_id = correction.segment or example.segment_id
    example.group = correction.group or example.group
    example.save()


def _label(example: Example, need: str, holds: bool, spans: Iterable[tuple[int, int]] = ()) -> None:
    example.labels[need] = holds
    if not holds:
        example.spans.pop(need, None)
        return
    quotes = {tuple(span) for span in example.spans.get(need, [])} | set(spans)
    example.spans[need] = [list(span) for span in sorted(quotes)]
