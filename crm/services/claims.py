"""Keep claims: write, approve, expire; and say which of them a lead may hear."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import Need, Segment, User
from core.services import audit, edits, segments
from crm.models import Claim, Lead

PRICES = {"cost-control", "pricing-request"}  # needs answered by a price, of which there must be one only


def for_lead(lead: Lead) -> QuerySet[Claim]:
    """Return the usable claims of the lead's segment (or of every segment), with needs and amount of evidence."""
    return for_segment(lead.segment)


def for_segment(segment: Segment | None) -> QuerySet[Claim]:
    """Return the usable claims of a segment and those above it (or of every segment); without one, only the latter."""
    way = [row.pk for row in segments.path(segment)]
    return (
        Claim.objects.usable()
        .filter(Q(segments__isnull=True) | Q(segments__in=way))
        .annotate(proofs=Count("evidence", distinct=True))
        .prefetch_related("needs")
        .select_related("product")
        .distinct()
    )


def not_superseded(found: Iterable[Claim]) -> list[Claim]:
    """Leave out the price of a product for everybody where the segment has its own on the same needs; other claims stay."""
    rows = list(found)
    about = {claim.pk: (claim.product_id, frozenset(need.key for need in claim.needs.all())) for claim in rows}
    own = {
        (product, keys)
        for product, keys in (about[c.pk] for c in rows if c.segments.all())
        if product and keys & PRICES
    }
    return [claim for claim in rows if claim.segments.all() or about[claim.pk] not in own]


@transaction.atomic
def create(*, by: User, needs: Iterable[Need] = (), only_for: Iterable[Segment] = (), **values: Any) -> Claim:
    """Write a new claim as a draft of `by`; raises ValidationError for values that do not fit."""
    claim = Claim(**{"owner": by, **values, "status": Claim.Status.DRAFT})
    _check(claim)
    claim.save()
    claim.needs.set(needs)
    claim.segments.set(only_for)
    audit.record("create", claim, by=by, after={"text_en": claim.text_en, "text_zh": claim.text_zh})
    return claim


@transaction.atomic
def edit(
    claim: Claim,
    *,
    by: User,
    expected: int,
    needs: Iterable[Need] | None = None,
    only_for: Iterable[Segment] | None = None,
    **values: Any,
) -> Claim:
    """Change a claim. New wording puts an approved claim back to draft, for the approval was for the old words."""
    wording = any(name in values and values[name] != getattr(claim, name) for name in ("text_en", "text_zh", "product"))
    if wording and claim.status == Claim.Status.APPROVED:
        values["status"] = Claim.Status.DRAFT
    _check(
        Claim(
            **{
                name: values.get(name, getattr(claim, name))
                for name in ("text_en", "text_zh", "valid_from", "valid_until")
            }
        )
    )
    edits.change(claim, by=by, expected=expected, **values)
    if needs is not None:
        claim.needs.set(needs)
    if only_for is not None:
        claim.segments.set(only_for)
    return claim


def approve(claim: Claim, *, by: User, expected: int) -> Claim:
    """Let pitches use a claim. A fact needs evidence; an assumption can only be approved for internal use."""
    if claim.valid_until and claim.valid_until < timezone.localdate():
        raise ValidationError(_("This claim is past its date. Set a new one first."))
    if claim.kind == Claim.Kind.FACT and not claim.evidence.exists():
        raise ValidationError(_("A fact needs evidence before it can be approved. Add it, or call it an inference."))
    if claim.kind == Claim.Kind.ASSUMPTION and claim.visibility == Claim.Visibility.CUSTOMER:
        raise ValidationError(_("An assumption cannot be told to customers. Make it internal, or find evidence."))
    return edits.change(
        claim, by=by, verb="approve", expected=expected,
        status=Claim.Status.APPROVED, approved_by=by, approved_at=timezone.now(),
    )  # fmt: skip


def expire(claim: Claim, *, by: User, expected: int) -> Claim:
    """Take a claim out of use; pitches that cite it keep their text and show that it expired."""
    return edits.change(claim, by=by, verb="expire", expected=expected, status=Claim.Status.EXPIRED)


def reopen(claim: Claim, *, by: User, expected: int) -> Claim:
    """Make an approved or expired claim a draft again."""
    return edits.change(claim, by=by, verb="reopen", expected=expected, status=Claim.Status.DRAFT)


def _check(claim: Claim) -> None:
    if not (claim.text_en.strip() or claim.text_zh.strip()):
        raise ValidationError(_("A claim needs a text in at least one language."))
    if claim.valid_from and claim.valid_until and claim.valid_from > claim.valid_until:
        raise ValidationError(_("The claim would end before it begins. Check both dates."))
