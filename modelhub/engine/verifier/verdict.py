"""Brings the checks together: one verdict a sentence, with the reasons that speak against it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache

from modelhub.engine.types import ClaimText, Verdict, VerdictName
from modelhub.engine.verifier.assertion import asserted, bare_talk, small_talk
from modelhub.engine.verifier.calendar import check_dates
from modelhub.engine.verifier.comparison import check_claims_of_rank, order_of_comparison
from modelhub.engine.verifier.conditions import check_conditions, check_sample
from modelhub.engine.verifier.figures import FigureReport, check_figures
from modelhub.engine.verifier.idioms import normalise
from modelhub.engine.verifier.modality import check_strength
from modelhub.engine.verifier.negation import conditional, negators
from modelhub.engine.verifier.propositions import Proposition, forget_propositions, propositions
from modelhub.engine.verifier.reversal import opposed, reversals
from modelhub.engine.verifier.scope import check_scope
from modelhub.engine.verifier.similarity import Cover, cover
from modelhub.engine.verifier.subjects import actors_swapped, crossed, excluded, mixed_up, new_names, replaced
from modelhub.engine.verifier.tokens import Statement, parse

STRICT, LENIENT = 0.5, 2.4
"""Weight of words no claim carries from which a near copy and a free paraphrase are refused; from verify_train."""

_AXES = frozenset(("increase", "large", "quick", "same", "accuracy", "compare", "uptime", "break", "time"))
CLOSE = 0.72
"""From this share of copied words on, a condition must stand in the sentence in much the same words."""
FREE = 0.6
"""Below this share of copied words a sentence is a free paraphrase: conditions may stand there in any words."""
ALIEN = 0.15  # a sentence that shares fewer of its words with the claims than this rests on chance synonyms
_HAN = re.compile(r"[\u4e00-\u9fff]")
_BOAST = re.compile(
    r"\b(?:nobody|no one|no other \w+|none of (?:them|the others)) (?:else )?(?:comes? close|can match|matches|offers|can do)\b"
    r"|\b(?:second to none|unrivalled|unrivaled|unmatched|in a class of its own|years ahead of)\b"
    r"|无人能[比及]|无可匹敌|独一无二|首屈一指|遥遥领先|没有对手|业内第一",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Findings:
    """Reasons by severity; `cover` and `figures` are what they rest on, `checks` how often each check objected."""

    contradicted: list[str] = field(default_factory=list)
    unsupported: list[str] = field(default_factory=list)
    novelty: float = 0.0
    claims: tuple[int, ...] = ()
    cover: Cover = field(default_factory=Cover)
    figures: FigureReport = field(default_factory=FigureReport)
    checks: Counter[str] = field(default_factory=Counter)

    def note(self, check: str, contradicted: Sequence[str] = (), unsupported: Sequence[str] = ()) -> None:
        """Add what a check found."""
        self.contradicted += contradicted
        self.unsupported += unsupported
        self.checks[check] += len(contradicted) + len(unsupported)

    @contextmanager
    def noting(self, check: str) -> Iterator[None]:
        """Count what is added inside."""
        before = len(self.contradicted) + len(self.unsupported)
        yield
        self.checks[check] += len(self.contradicted) + len(self.unsupported) - before


@dataclass(frozen=True, slots=True)
class Look:
    """What the rules make of a sentence: verdict, reasons, claims it rests on; `findings` where claims were compared."""

    verdict: VerdictName
    reasons: tuple[str, ...] = ()
    claims: tuple[int, ...] = ()
    statement: Statement | None = None
    findings: Findings | None = None
    soft: bool = False  # the verdict rests on words alone


def _used_propositions(sentence: Statement, texts: list[str], figures: FigureReport) -> list[Proposition]:
    """The propositions that a sentence rests on: those whose figures it uses, and those that carry most of its words."""
    found = []
    every = propositions(texts)
    content = [t for t in sentence.tokens if t.content]
    shares = []
    for proposition in every:
        carried = sum(
            1
            for t in content
            if any(k in proposition.statement.keys for k in t.keys)
            or (t.kind == "han" and t.surface in proposition.statement.text)
        )
        shares.append(carried / max(1, len(content)))
    best = max(shares, default=0.0)
    for proposition, share in zip(every, shares, strict=True):
        by_figure = any(
            q.value == u.value and q.dimension == u.dimension
            for i, u in figures.used
            if i == proposition.claim
            for q in proposition.statement.quantities
            if not (u.dimension == "count" and u.value == 1)
        )
        if by_figure or (share >= 0.34 and share >= 0.75 * best) or (share == best and best > 0):
            found.append(proposition)
    return found


def _measured(used: list[Proposition], figures: FigureReport) -> list[Proposition]:
    """The propositions in use from which the sentence takes a figure."""
    return [
        p
        for p in used
        if any(
            i == p.claim and q.value == u.value and q.dimension == u.dimension
            for i, u in figures.used
            for q in p.statement.quantities
        )
    ]


def _polarity(sentence: Statement, claims: list[Statement], figures: FigureReport, findings: Findings) -> None:
    if figures.complements:
        return
    flipped = frozenset[str]()
    if figures.derived:
        flipped |= {"increase", "quick", "large", "same"}
    turned = reversals(sentence, claims, flipped, free=findings.cover.copied < FREE)
    double = conditional(sentence)
    claims_double = any(conditional(c) for c in claims)
    if double and claims_double:
        return
    if (
        claims_double
        and len(claims) == 1
        and negators(sentence.text)
        and not re.search(r"\b(?:if|unless|without)\b|未经|除非|没有", sentence.text)
    ):
        findings.unsupported.append("drops the condition of the claim")
        return
    if not turned:
        return
    ordered = re.compile(
        r"\b(?:before|only|unless|must|if|after|require|until)\b|之前|只有|仅|必须|才|前|未经|需|都要",
        re.IGNORECASE,
    )
    if double and any(ordered.search(c.text) for c in claims):
        return
    if (
        claims_double
        and not double
        and re.search(r"\b(?:if|only|with|after|once)\b|如果|只有|经|才", sentence.text)
        and not negators(sentence.text)
    ):
        return
    findings.contradicted.append(f'says the reverse of the claim about "{turned[0].word}"')


def _order(sentence: Statement, claims: list[Statement]) -> bool:
    """ "after" where the claim says "before", or the other way round, about the same thing."""
    for ours, theirs in (("after", "before"), ("before", "after")):
        here = [t for t in sentence.tokens if ours in t.keys]
        if not here or any(theirs in t.keys for t in sentence.tokens):
            continue
        for claim in claims:
            there = [t for t in claim.tokens if theirs in t.keys]
            alone = there and not any(ours in t.keys for t in claim.tokens)
            if alone and _beside(sentence, here[0].start) & _beside(claim, there[0].start):
                return True
    return False


def _beside(statement: Statement, at: int) -> frozenset[str]:
    """What a before or after takes as its object: the words after it in English, before it in Chinese."""
    if statement.chinese:
        tokens = [t for t in statement.tokens if t.end <= at and t.content][-3:]
    else:
        tokens = [t for t in statement.tokens if t.start > at and t.content][:3]
    return frozenset(k for t in tokens for k in t.keys)


def _names(sentence: Statement, claims: list[Statement], result: Cover, findings: Findings) -> None:
    reasons, tokens = new_names(result)
    for reason, token in zip(reasons, tokens, strict=True):
        other = replaced(token, claims)
        if other and len(tokens) == 1:
            findings.contradicted.append(f'says "{token.surface}", the claim says "{other}"')
        else:
            findings.unsupported.append(reason)


def examine(sentence: Statement, claims: list[Statement], texts: list[str]) -> Findings:
    """Run every check of an asserting sentence against the claims."""
    findings = Findings()
    figures = findings.figures = check_figures(sentence, claims)
    findings.note("figures", figures.contradicted, figures.unsupported)
    result = findings.cover = cover(sentence, claims)
    used = _used_propositions(sentence, texts, figures)
    with findings.noting("polarity"):
        _polarity(sentence, claims, figures, findings)
    excluding = opposed(sentence, claims) if not sentence.quantities else ""
    if excluding and not findings.contradicted:
        findings.note("ruled out", [f'says "{excluding}", which the claim rules out'])
    if _order(sentence, claims):
        findings.note("order", ["turns before and after round"])
    order, compared = order_of_comparison(sentence, claims)
    findings.note("comparison", order)
    findings.note("excluded", excluded(sentence, claims))
    findings.note("subject", crossed(sentence, claims) or mixed_up(sentence, claims))
    findings.note("actors", actors_swapped(sentence, claims))
    findings.note("dates", *check_dates(sentence, claims, result.by))
    strength = check_strength(
        sentence, used, propositions(texts), _measured(used, figures), [q.surface for _, q in figures.used]
    )
    findings.note("strength", *strength)
    findings.note("scope", (), check_scope(sentence, texts))
    findings.note("rank", (), check_claims_of_rank(sentence, texts, figures.derived or compared))
    findings.note("sample", (), check_sample(sentence, used, [q for _, q in figures.used]))
    if result.copied >= CLOSE:
        findings.note("conditions", (), check_conditions(sentence, used, [q for _, q in figures.used]))
        findings.note("bounds", (), figures.loose)
    with findings.noting("names"):
        _names(sentence, claims, result, findings)
    findings.novelty = result.novelty - (
        sum(w for t, w in result.new if set(t.keys) & _AXES) if figures.derived or compared else 0.0
    )
    findings.claims = _rests_on(result, figures)
    return findings


def _rests_on(result: Cover, figures: FigureReport) -> tuple[int, ...]:
    ids = {i for i, _ in figures.used}
    best = max(result.by.values(), default=0.0)
    ids |= {i for i, weight in result.by.items() if weight >= max(0.7, 0.34 * best)}
    return tuple(sorted(ids))


class RuleVerifier:
    """Deterministic, no model: what judges where no encoder is at hand, and what the learned verifier begins with."""

    def verify(self, items: Sequence[tuple[str, Sequence[ClaimText]]]) -> list[Verdict]:
        """One verdict per (sentence, claims) pair, in order."""
        return [self.judge(sentence, claims) for sentence, claims in items]

    def judge(self, sentence: str, claims: Sequence[ClaimText]) -> Verdict:
        """Judge one sentence; an empty one asserts nothing."""
        seen = look(sentence, tuple(about(claim) for claim in claims))
        return Verdict(seen.verdict, seen.reasons, tuple(claims[i].id for i in seen.claims))


def about(claim: ClaimText) -> str:
    """The claim's text with its subject in front where the text itself does not name it."""
    subject = claim.about.strip()
    if not subject or subject.lower() in ("us", "them") or subject.lower() in claim.text.lower():
        return claim.text
    return f"{subject}: {claim.text}"


@lru_cache(maxsize=16384)
def look(sentence: str, texts: tuple[str, ...]) -> Look:
    """Judge one sentence against the texts of claims."""
    claims = [parse(text) for text in texts]
    names = frozenset(n for c in claims for n in c.names if not n.startswith(("cert:", "code:")))
    boast = _BOAST.search(sentence)
    if boast and not any(boast[0].lower() in text.lower() for text in texts):
        return Look("unsupported", (f'adds a comparison: "{boast[0]}"',))
    rest = asserted(sentence, names)
    if not rest:
        return Look("no-claim-needed")
    if not claims:
        return Look("unsupported", ("no claim is cited",))
    if any(_plain(rest) == _plain(text) for text in texts):
        return Look("supported", (), tuple(i for i, text in enumerate(texts) if _plain(rest) == _plain(text)))
    statement = parse(rest)
    findings = examine(statement, claims, list(texts))
    talk = small_talk(rest, names) or (not statement.quantities and findings.cover.held == 0 and bare_talk(rest, names))
    if talk and _hardly_shared(findings.cover) and not check_claims_of_rank(statement, [], False):
        return Look("no-claim-needed", (), (), statement, findings)
    reasons = tuple(dict.fromkeys(findings.contradicted + findings.unsupported))
    if reasons:
        verdict: VerdictName = "contradicted" if findings.contradicted else "unsupported"
        return Look(verdict, reasons, findings.claims, statement, findings)
    if _too_new(findings, _same_script(rest, texts)):
        words = ", ".join(f'"{t.surface}"' for t, _ in findings.cover.new[:4])
        reason = f"says more than the claims: {words}" if words else "no claim speaks of this"
        return Look("unsupported", (reason,), findings.claims, statement, findings, soft=True)
    return Look("supported", (), findings.claims, statement, findings)


def certain(seen: Look) -> bool:
    """Whether an objection of the rules stands whatever a model says: a superlative, comparison, cause, praise."""
    return seen.findings is not None and seen.findings.checks["rank"] > 0


def _too_new(findings: Findings, same_script: bool) -> bool:
    """Whether the claims carry too little of a sentence that no check objects to."""
    result, novelty = findings.cover, findings.novelty
    held = result.held - min(2.0, result.named)
    near = result.copied >= FREE
    thin = (near and novelty >= 0.6 and novelty >= held) or (novelty > 0 and held < 0.3)
    thin = thin or (novelty >= 0.8 and held < 0.7 * novelty)  # a shared name and little else
    unheard = result.held < 0.5 and not findings.claims
    return novelty >= _allowed(result.copied) or thin or (result.copied < ALIEN and same_script) or unheard


def _hardly_shared(result: Cover) -> bool:
    return result.held <= 0.34 * (result.held + result.novelty) and result.held <= 2.0


def _same_script(sentence: str, texts: Sequence[str]) -> bool:
    """Whether some claim is written as the sentence is; a translation shares no words and is judged by meaning alone."""
    han = bool(_HAN.search(sentence))
    return any(bool(_HAN.search(text)) == han for text in texts)


def _allowed(copied: float) -> float:
    """In a near copy one new word is a change of content; in a paraphrase new words are to be expected."""
    share = min(1.0, max(0.0, (copied - 0.55) / 0.35))
    return LENIENT + (STRICT - LENIENT) * share


def _plain(text: str) -> str:
    return re.sub(r"[\s.,。，]+$", "", normalise(text)).lower()


def forget() -> None:
    """Drop what was remembered of sentences and claims (measurements without a cache)."""
    look.cache_clear()
    parse.cache_clear()
    forget_propositions()
