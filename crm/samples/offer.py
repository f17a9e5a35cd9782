"""What the vendor sells and says: products, competitors, claims with evidence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone

from core.models import Need, Segment, User
from crm.models import Claim, Competitor, Evidence, Product
from crm.samples.texts import FOLDER


def build(people: Mapping[str, User], segments: Mapping[str, Segment]) -> dict[str, Competitor]:
    """Make products, competitors and claims; return the competitors by key."""
    offer = json.loads((FOLDER / "products.json").read_text(encoding="utf-8"))
    products = {row.pop("key"): Product.objects.create(**row, sample=True) for row in offer["products"]}
    competitors = {row.pop("key"): Competitor.objects.create(**row, sample=True) for row in offer["competitors"]}
    needs = {need.key: need for need in Need.objects.all()}
    for line in (FOLDER / "claims.jsonl").read_text(encoding="utf-8").splitlines():
        _claim(json.loads(line), people["elena"], products, competitors, needs, segments)
    return competitors


def _claim(
    row: Mapping[str, Any],
    owner: User,
    products: Mapping[str, Product],
    competitors: Mapping[str, Competitor],
    needs: Mapping[str, Need],
    segments: Mapping[str, Segment],
) -> None:
    today = timezone.localdate()
    status = row.get("status", Claim.Status.APPROVED)
    approved = status != Claim.Status.DRAFT
    claim = Claim.objects.create(
        text_en=row["en"], text_zh=row["zh"], kind=row["kind"], status=status, owner=owner, sample=True,
        product=products.get(row.get("product", "")), competitor=competitors.get(row.get("competitor", "")),
        visibility=row.get("visibility", Claim.Visibility.CUSTOMER),
        valid_until=today + timedelta(days=row["valid_days"]) if "valid_days" in row else None,
        approved_by=owner if approved else None, approved_at=timezone.now() - timedelta(days=14) if approved else None,
    )  # fmt: skip
    claim.needs.set(needs[key] for key in row["needs"])
    claim.segments.set(segments[key] for key in row.get("segments", []))
    for proof in row["evidence"]:
        days = proof.pop("days")
        Evidence.objects.create(claim=claim, date=today - timedelta(days=days), sample=True, **proof)
