"""The queue of texts to label: the most doubtful first, what is proposed for each, and what becomes of an answer."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import AuditEntry, User
from core.services import audit
from core.services.edits import Stale
from modelhub.models import Example, Offer
from modelhub.services import examples
from modelhub.services.examples import Answer


@dataclass(frozen=True, slots=True)
class Proposal:
    """A need that the reading listed (`found`) or nearly did, with its probability where it is known, and quotes."""

    need: str
    found: bool
    probability: float | None = None
    spans: tuple[tuple[int, int], ...] = ()


def queue(user: User) -> QuerySet[Offer]:
    """Texts that wait for labels, the most doubtful first and the skipped ones last; for who may edit the hub."""
    rows: QuerySet[Offer] = Offer.objects.for_user(user, "edit").select_related("segment", "prediction__version")
    return rows


def proposals(offer: Offer) -> list[Proposal]:
    """What is proposed: listed needs, the most probable first, then needs that were near their threshold."""
    output = offer.prediction.output if offer.prediction else {}
    found = [
        Proposal(
            str(row["need"]), True, row.get("probability"),
            tuple((int(a), int(b)) for a, b, *_words in row.get("spans", []) if 0 <= a < b <= len(offer.text)),
        )
        for row in output.get("needs", [])
    ]  # fmt: skip
    listed = {proposal.need for proposal in found}
    near = [need for need in offer.why.get("needs", {}) if need not in listed]
    differ = [need for need in offer.why.get("differ", []) if need not in listed and need not in near]
    return found + [Proposal(need, False) for need in (*near, *differ)]


def label(offer: Offer, said: Answer, *, by: User) -> Example:
    """Keep what a person says as an example and take the text out of the queue.

    Raises Stale if somebody labelled or corrected it meanwhile, or it was forgotten.
    """
    labels = examples.labels(said, [proposal.need for proposal in proposals(offer)])
    with transaction.atomic():
        _take(offer)
        example, made = Example.objects.get_or_create(
            source=offer.source,
            defaults={
                "text": offer.text, "language": offer.language, "labels": labels,
                "spans": {need: said.spans.get(need, []) for need, holds in labels.items() if holds},
                "origin": Example.Origin.LABELLED, "group": offer.group, "author": str(by)[:120], "segment": offer.segment,
            },
        )  # fmt: skip
        if not made:
            raise Stale(_gone())
        audit.record("label", example, by=by, after={"labels": labels})
    return example


def skip(offer: Offer) -> None:
    """Put a text to the end of the queue. Raises Stale if it is no longer in it."""
    if not Offer.objects.filter(pk=offer.pk).update(skipped_at=timezone.now()):
        raise Stale(_gone())


def drop(offer: Offer, *, by: User) -> None:
    """Take a text out of the queue without labels; it is erased here and stays where it came from."""
    with transaction.atomic():
        audit.record("drop", offer, by=by)
        Offer.objects.filter(pk=offer.pk).delete()


def labelled_today(user: User) -> int:
    """How many texts the person labelled from the queue today."""
    return AuditEntry.objects.filter(actor=user, verb="label", noun="example", at__date=timezone.localdate()).count()


def _take(offer: Offer) -> None:
    gone, _rows = Offer.objects.filter(pk=offer.pk).delete()
    if not gone:
        raise Stale(_gone())


def _gone() -> str:
    return _("Somebody labelled this text meanwhile, or it was erased. Nothing of yours was written; here is the next.")
