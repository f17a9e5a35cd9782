"""Which texts are worth a person's labels: how unsure their reading was, and the offers that are kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from modelhub.interface import Offered
from modelhub.models import Example, Offer, Prediction

LEAST = 0.6  # doubt from which a text is offered
A_DAY = 60  # offers at most in 24 hours: more than a person labels, and no second copy of the whole mail box
OTHER_LANGUAGE = 0.8  # doubt of a text in a language the reader does not know


def offer(offered: Offered) -> bool:
    """Keep the text to be labelled if its reading was unsure and nobody has labelled it; True if it is kept.

    A second reading of the same text renews the offer.
    """
    prediction = Prediction.objects.filter(pk=offered.prediction, source=offered.source).first()
    if prediction is None or Example.objects.filter(source=offered.source).exists():
        return False
    why = reasons(prediction)
    doubt = how_unsure(why)
    standing = Offer.objects.filter(source=offered.source)
    if doubt < LEAST:
        standing.delete()
        return False
    if not standing.exists() and not _make_room(doubt):
        return False
    values = {
        "text": offered.text, "language": prediction.language, "segment_id": offered.segment,
        "group": offered.group[:80], "prediction": prediction, "doubt": round(doubt, 4), "why": why,
    }  # fmt: skip
    Offer.objects.update_or_create(source=offered.source, defaults=values)
    return True


def reasons(prediction: Prediction) -> dict[str, Any]:
    """Why a reading is unsure: needs near their threshold, a strange language, needs that another version saw otherwise."""
    others = Prediction.objects.filter(source=prediction.source, task="read", input_hash=prediction.input_hash)
    other = others.exclude(version=prediction.version).first()
    differ = needs_of(prediction) ^ needs_of(other) if other is not None else set()
    return {
        "needs": dict(prediction.output.get("doubts", {})),
        "language": not prediction.sure,
        "differ": sorted(differ),
    }


def how_unsure(why: dict[str, Any]) -> float:
    """Doubt from 0 to 1: the nearest need decides, each further doubt adds a little."""
    parts = [float(value) for value in why["needs"].values()]
    parts += [OTHER_LANGUAGE] * bool(why["language"]) + [1.0] * bool(why["differ"])
    if not parts:
        return 0.0
    first, *more = sorted(parts, reverse=True)
    return float(min(1.0, 0.9 * first + 0.02 * sum(more)))


def needs_of(prediction: Prediction) -> set[str]:
    """Needs that a reading listed."""
    return {str(need["need"]) for need in prediction.output.get("needs", [])}


def _make_room(doubt: float) -> bool:
    """Whether one more may be kept today; the least doubtful of a full day makes room for one more doubtful."""
    today = Offer.objects.filter(created_at__gte=timezone.now() - timedelta(hours=24))
    if today.count() < A_DAY:
        return True
    least = today.order_by("doubt").first()
    if least is None or least.doubt >= doubt:
        return False
    least.delete()
    return True
