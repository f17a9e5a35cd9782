"""Whether the dates and times of day of a sentence stand in the claims, with the same relation."""

from __future__ import annotations

from modelhub.engine.verifier.dates import Date
from modelhub.engine.verifier.tokens import Statement

_ORDERED = ("since", "until", "before", "after")


def _fits(said: Date, claim: Date) -> bool:
    if said.covers(claim):
        opposite = {"since": "until", "until": "since", "before": "after", "after": "before"}
        return opposite.get(said.relation) != claim.relation
    later = (
        said.relation in ("by", "before", "until")
        and claim.relation in ("in", "by", "before")
        and claim.year
        and said.year
    )
    return bool(later) and said.relation != "until" and said.last_month() >= claim.last_month()


def check_dates(sentence: Statement, claims: list[Statement], weights: dict[int, float]) -> tuple[list[str], list[str]]:
    """Reasons (contradicted, unsupported) for dates and times that the claims do not give; `weights` is what each carries."""
    most = max(weights.values(), default=0.0)
    near = (
        [c for i, c in enumerate(claims) if weights.get(i, 0.0) >= 0.6 * most] if len(sentence.dates) == 1 else claims
    )
    theirs = [d for claim in near for d in claim.dates] or [d for claim in claims for d in claim.dates]
    contradicted: list[str] = []
    unsupported: list[str] = []
    for date in sentence.dates:
        if not any(_fits(date, other) for other in theirs):
            if theirs:
                contradicted.append(f'says "{date.surface}", the claim says "{theirs[0].surface}"')
            else:
                unsupported.append(f'adds a date: "{date.surface}"')
    clocks = {minute for claim in claims for minute in claim.clocks}
    wrong = [
        minute
        for minute in sentence.clocks
        if minute not in clocks and minute % 720 not in {c % 720 for c in clocks if c < 720 and minute < 720}
    ]
    if wrong:
        said = ", ".join(f"{m // 60}:{m % 60:02d}" for m in wrong)
        (contradicted if clocks else unsupported).append(f"says {said}, which is not a time the claims give")
    relative = " ".join(word for claim in claims for word in claim.relative)
    unsupported += [
        f'adds a time: "{word}"'
        for word in sentence.relative
        if word not in relative and not (theirs and word in ("soon", "即将"))
    ]
    return contradicted, unsupported
