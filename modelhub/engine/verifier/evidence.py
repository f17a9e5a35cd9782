"""What the rules saw of a sentence, as numbers for the learned verdict: objections, new words, figures, edits, denials."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import combinations

from modelhub.engine.verifier.figures import margin
from modelhub.engine.verifier.idioms import normalise
from modelhub.engine.verifier.modality import strength
from modelhub.engine.verifier.negation import negators
from modelhub.engine.verifier.quantity import Quantity
from modelhub.engine.verifier.roles import roles
from modelhub.engine.verifier.scope import universals
from modelhub.engine.verifier.tokens import Statement, parse
from modelhub.engine.verifier.turns import turns
from modelhub.engine.verifier.verdict import Findings, Look, examine
from modelhub.engine.verifier.words import FUNCTION, stem
from modelhub.engine.verifier.workings import STEPS, bound_changes, cases, elsewhere, workings

CHECKS = (
    "figures", "polarity", "ruled out", "order", "comparison", "excluded", "subject", "actors", "dates", "strength",
    "scope", "rank", "sample", "conditions", "bounds", "names",
)  # fmt: skip
_WORD = re.compile(r"[A-Za-zÀ-ÿ]+|\d+(?:[.,]\d+)*|[\u4e00-\u9fff]")


def evidence(sentence: str, texts: Sequence[str], seen: Look) -> dict[str, float]:
    """Named numbers for a sentence against claim texts (one at least); `seen` is what the rules made of them."""
    claims = [parse(text) for text in texts]
    statement, findings = seen.statement, seen.findings
    if statement is None or findings is None:
        statement = parse(normalise(sentence))
        findings = examine(statement, claims, list(texts))
    return {
        **{f"check {name}": float(min(2, findings.checks[name])) for name in CHECKS},
        "contradicted": float(min(3, len(findings.contradicted))),
        "unsupported": float(min(3, len(findings.unsupported))),
        "talk": float(seen.verdict == "no-claim-needed"),
        "soft": float(seen.soft),
        "passed": float(seen.verdict == "supported"),
        **_words(findings),
        **_figures(statement, claims, findings),
        **_workings(statement, claims, findings),
        **_strength(statement, claims),
        **turns(statement, claims),
        **_edits(sentence, texts),
        **roles(statement, claims),
        "chinese": float(statement.chinese),
        "foreign": float(all(claim.chinese != statement.chinese for claim in claims)),
        "claims": float(min(3, len(claims))),
    }


def _words(findings: Findings) -> dict[str, float]:
    cover = findings.cover
    total = cover.held + findings.novelty
    return {
        "novelty": math.log1p(max(0.0, findings.novelty)),
        "novel share": findings.novelty / total if total > 0 else 0.0,
        "held": math.log1p(cover.held),
        "copied": cover.copied,
        "named": min(4.0, cover.named),
        "new words": float(min(6, len(cover.new))),
        "newest": max((weight for _, weight in cover.new), default=0.0),
    }


def _figures(statement: Statement, claims: Sequence[Statement], findings: Findings) -> dict[str, float]:
    report = findings.figures
    pool = [q.value for claim in claims for q in claim.quantities]
    failed = [q for q in report.failed if q.dimension != "often"]
    reached = [q for q in failed if _reachable(q, pool, [o.value for o in statement.quantities if o is not q])]
    return {
        "figures": float(min(4, len(statement.quantities))),
        "figures used": float(min(4, len(report.used))),
        "figures failed": float(min(3, len(failed))),
        "figures reached": float(min(3, len(reached))),
        "figures out of reach": float(min(3, len(failed) - len(reached))),
        "derived": float(report.derived),
        "complement": float(report.complements),
        "loose": float(bool(report.loose)),
        "unused": float(min(4, max(0, len(pool) - len(report.used)))),
    }


def _workings(statement: Statement, claims: Sequence[Statement], findings: Findings) -> dict[str, float]:
    """How the figures that no claim states could be worked out from those that the claims state."""
    failed = [q for q in findings.figures.failed if not q.percentile]
    found = workings(statement, claims, failed)
    steps = Counter(way.step if way else "none" for way in found)
    case = cases(statement, claims, [q for q, way in zip(failed, found, strict=True) if way is None])
    denied = bool(negators(statement.text))
    gap = margin(statement, list(claims), findings.figures)
    bounds = bound_changes(statement, claims)
    return {
        **{f"bound {change}": float(min(2, bounds[change])) for change in ("added", "dropped", "turned")},
        "figures rivalled": float(gap is not None),
        "figure margin": 0.0 if gap is None else max(-3.0, min(3.0, gap)),
        "figures crossed": float(min(2, findings.figures.crossed)),
        "figures blurred": float(min(2, findings.figures.blurred)),
        "bounds denied": float(sum(bool(q.extra.get("denied")) for q in statement.quantities)),
        **{f"working {step}": float(min(2, steps[step])) for step in (*STEPS, "given", "none")},
        "case inside": float(min(2, case["inside"])),
        "case outside": float(min(2, case["outside"])),
        "case turned": float(min(2, case["inside"] if denied else case["outside"])),
        "worked from another": float(min(2, elsewhere(found, failed, claims))),
    }


def _reachable(said: Quantity, pool: Sequence[float], own: Sequence[float]) -> bool:
    """Whether a figure comes out of the claims' figures, or theirs and the sentence's own, by one step of arithmetic."""
    return any(abs(value - said.value) <= 0.012 * abs(said.value) for value in _steps(pool, own))


def _steps(pool: Sequence[float], own: Sequence[float]) -> Iterator[float]:
    for a in pool:
        yield a
        if 0 < a < 1:
            yield 1 - a
        for b in own:
            yield a * b
            if b:
                yield a / b
    for a, b in combinations(pool, 2):
        yield from (a + b, abs(a - b), a * b)
        if a and b:
            yield from (a / b, b / a, abs(a - b) / a, abs(a - b) / b)


def _strength(statement: Statement, claims: Sequence[Statement]) -> dict[str, float]:
    ours, theirs = strength(statement.text), strength(" ".join(claim.text for claim in claims))
    best = max(claims, key=lambda claim: len(claim.stems & statement.stems))
    denials, best_denials = len(negators(statement.text)), len(negators(best.text))
    spread = universals(statement.text) - universals(" ".join(claim.text for claim in claims))
    return {
        "denies": float(min(3, denials)),
        "claim denies": float(min(3, best_denials)),
        "denial added": float(denials > 0 and best_denials == 0),
        "denial lost": float(denials == 0 and best_denials > 0),
        "universal": float(min(2, len(spread))),
        "promise": float(ours.promise and not theirs.promise),
        "planned": float(ours.planned) - float(theirs.planned),
        "may": float(ours.may or ours.can_effect) - float(theirs.may or theirs.can_effect),
        "caveats lost": float(min(3, len(theirs.caveats - ours.caveats))),
        "caveats added": float(min(3, len(ours.caveats - theirs.caveats))),
    }


def _edits(sentence: str, texts: Sequence[str]) -> dict[str, float]:
    """How the sentence's words differ from those of the nearest claim: put in, left out, put in another's place."""
    said = _stems(sentence)
    best, matcher = 0.0, SequenceMatcher(None, [], said, autojunk=False)
    for text in texts:
        other = SequenceMatcher(None, _stems(text), said, autojunk=False)
        ratio = other.ratio()
        if ratio >= best:
            best, matcher = ratio, other
    size = max(1, len(said))
    sizes = {"insert": 0, "delete": 0, "replace": 0, "equal": 0}
    tail = longest = 0
    for kind, a, b, c, d in matcher.get_opcodes():
        sizes[kind] += (b - a) if kind == "delete" else (d - c)
        longest = max(longest, d - c) if kind == "equal" else longest
        tail = d - c if kind in ("insert", "replace") and d == len(said) else tail
    theirs = {stem for text in texts for stem in _stems(text)}
    content = [word for word in said if word not in FUNCTION]
    return {
        "edit ratio": best,
        "put in": sizes["insert"] / size,
        "left out": sizes["delete"] / size,
        "replaced": sizes["replace"] / size,
        "longest copy": longest / size,
        "new tail": tail / size,
        "words shared": sum(word in theirs for word in content) / max(1, len(content)),
        "length": math.log(size),
    }


def _stems(text: str) -> list[str]:
    return [stem(word.lower()) for word in _WORD.findall(normalise(text))]
