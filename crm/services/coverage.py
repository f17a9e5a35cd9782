"""Which requirement of a lead is answered, by which claim, and where there is a gap."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.models import Need
from crm.models import Claim, Competitor, Lead, Requirement
from crm.services import claims

State = Literal["answered", "partly", "gap"]


@dataclass(frozen=True, slots=True)
class RankedClaim:
    """A claim with its score (higher answers better) and the reasons for it."""

    claim: Claim
    score: float
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RivalMark:
    """What we hold a competitor to say about a need: the claims about them, facts and inferences told apart."""

    competitor: Competitor
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One requirement, the claims that answer it (best first), how well, and what rivals have."""

    requirement: Requirement
    claims: tuple[RankedClaim, ...]
    state: State
    rivals: tuple[RivalMark, ...] = ()


def rank(lead: Lead, *, limit: int = 5) -> dict[int, list[RankedClaim]]:
    """Return the best claims for each need the lead has, by need id; at most `limit` each.

    A claim must be tagged with the need. Among those, order is by shared words with the customer's quotes (BM25-like
    weights over the claims at hand), by how many of the lead's needs it answers at once and how many it speaks of that
    nobody asked about, by whether its product is one that does what the lead asks for, then by evidence, kind and being made for the lead's segment.
    """
    pool = claims.not_superseded(claims.for_lead(lead).prefetch_related("segments"))
    asked = _asked(lead)
    case = _Case(_rarity(pool), frozenset(row.need_id for row in asked), _fitting_products(pool, asked))
    ranked: dict[int, list[RankedClaim]] = {}
    for requirement in asked:
        quotes = " ".join(quote.text for quote in requirement.quotes.all())
        fitting = [claim for claim in pool if requirement.need in claim.needs.all()]
        scored = sorted(
            (_score(claim, quotes, case) for claim in fitting), key=lambda item: (-item.score, item.claim.pk)
        )
        ranked[requirement.need_id] = scored[:limit]
    return ranked


@dataclass(frozen=True, slots=True)
class _Case:
    """What a claim is weighed against: how rare words are, the lead's needs, and products that do what it asks for."""

    rarity: Mapping[str, float]
    needs: frozenset[int]
    products: frozenset[int]


def _fitting_products(pool: Sequence[Claim], asked: Sequence[Requirement]) -> frozenset[int]:
    """Products with a claim on a capability the lead asks for; empty if it names none."""
    wanted = {row.need_id for row in asked if row.need.facet == Need.Facet.CAPABILITY}
    return frozenset(
        claim.product_id for claim in pool if claim.product_id and wanted & {need.pk for need in claim.needs.all()}
    )


def of(lead: Lead) -> list[CoverageRow]:
    """Return a row per requirement that wants an answer, in the order of the taxonomy."""
    ranked = rank(lead)
    rivals = _rivals(lead)
    return [
        CoverageRow(
            requirement,
            tuple(ranked.get(requirement.need_id, [])),
            _state(requirement, ranked.get(requirement.need_id, [])),
            tuple(
                RivalMark(rival, tuple(c for c in about if requirement.need in c.needs.all()))
                for rival, about in rivals
            ),
        )
        for requirement in _asked(lead)
    ]


def _asked(lead: Lead) -> list[Requirement]:
    """Requirements a claim can answer: what the product should do and how it must be, not what the writer wants to happen."""
    standing = Requirement.objects.filter(lead=lead).exclude(status=Requirement.Status.DECLINED)
    return list(standing.exclude(need__facet=Need.Facet.INTENT).select_related("need").prefetch_related("quotes"))


def _rivals(lead: Lead) -> list[tuple[Competitor, list[Claim]]]:
    return [
        (rival, list(rival.claims.exclude(status=Claim.Status.EXPIRED).prefetch_related("needs")))
        for rival in lead.competitors.order_by("kind", "name")
    ]


def _state(requirement: Requirement, found: Sequence[RankedClaim]) -> State:
    if requirement.status == Requirement.Status.GAP:
        return "gap"
    if requirement.status == Requirement.Status.MET:
        return "answered"
    if not found:
        return "gap"
    return "answered" if any(item.claim.kind == Claim.Kind.FACT for item in found) else "partly"


def _score(claim: Claim, quotes: str, case: _Case) -> RankedClaim:
    shared = _words(quotes) & _words(f"{claim.text_en} {claim.text_zh}")
    closeness = sum(case.rarity.get(word, 0.0) for word in shared)
    proofs = getattr(claim, "proofs", 0)
    for_segment = bool(claim.segments.all())
    others = len(case.needs & {need.pk for need in claim.needs.all()}) - 1
    elsewhere = bool(case.products and claim.product_id and claim.product_id not in case.products)
    unasked = sum(need.pk not in case.needs and need.facet != Need.Facet.INTENT for need in claim.needs.all())
    score = 1.0 + closeness + 0.6 * others - 1.0 * unasked + 0.3 * math.log1p(proofs)
    score += (
        (0.5 if claim.kind == Claim.Kind.FACT else 0.0) + (0.7 if for_segment else 0.0) - (2.0 if elsewhere else 0.0)
    )
    why = [_("answers this need")]
    if others:
        why.append(ngettext("and another one", "and %(n)d others", others) % {"n": others})
    if shared and closeness > 1:
        rare = sorted(shared, key=lambda word: -case.rarity.get(word, 0))[:3]
        why.append(_("shares words: %(words)s") % {"words": ", ".join(rare)})
    if proofs:
        why.append(ngettext("proved once", "proved %(n)d times", proofs) % {"n": proofs})
    if for_segment:
        why.append(_("made for this segment"))
    if elsewhere:
        why.append(_("but of a product that does not do what they ask for"))
    return RankedClaim(claim, round(score, 3), tuple(why))


_TOKEN = re.compile(r"[a-z0-9]{3,}|[\u4e00-\u9fff]{2}", re.IGNORECASE)
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")


def _words(text: str) -> set[str]:
    """Words of three letters and more, and all pairs of neighbouring Chinese characters."""
    pairs = {run[i : i + 2] for run in _CHINESE.findall(text) for i in range(len(run) - 1)}
    return {word.lower() for word in _TOKEN.findall(text)} | pairs


def _rarity(pool: Iterable[Claim]) -> dict[str, float]:
    """Weight of a word: log of claims over claims that hold it, so that words of every claim count nothing."""
    texts = [_words(f"{claim.text_en} {claim.text_zh}") for claim in pool]
    counts = Counter(word for words in texts for word in words)
    return {word: math.log((len(texts) + 1) / n) / 2 for word, n in counts.items()}
