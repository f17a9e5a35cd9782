"""How many pitches a second are composed and verified on one core, and how long the slowest take.

`python -m benchmarks.drafts [--n 1200]`. The leads differ in needs, quotes, roles, forms, tones and lengths; the claims
are those of the sample. Beside it: the same with a verifier that has forgotten everything, so that no cache helps.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import statistics
import time
from pathlib import Path
from typing import get_args

from modelhub.engine.drafters.composed import Composer
from modelhub.engine.types import ClaimText, Draft, DraftForm, DraftRequest, Length, RequirementText, Tone
from modelhub.engine.verifier import RuleVerifier
from modelhub.engine.verifier.verdict import forget

SAMPLES = Path(__file__).resolve().parent.parent / "crm" / "samples" / "claims.jsonl"
PRODUCTS = {"assist": "Northlight Assist", "lens": "Northlight Lens", "voice": "Northlight Voice"}
ROLES = ("engineer", "operations", "finance", "procurement", "legal", "executive", "other")
WISHES = {
    "en": (
        "we handle {n} calls a day with {m} people", "it must answer within {m} ms", "our {n} documents may not leave the site",
        "looking for a tool that sorts {n} tickets a day", "nobody can read {n} pages a week by hand", "how would you prove that?",
    ),
    "zh": ("我们每天有{n}通电话，{m}个人接", "回答要在{m}毫秒内出来", "{n}份资料一份都不能出机房", "想找个能分{n}张工单的工具", "怎么证明不会编？"),
}  # fmt: skip


def claims(lang: str) -> list[ClaimText]:
    """The customer-facing claims of the sample."""
    rows = [json.loads(line) for line in SAMPLES.read_text("utf-8").splitlines() if line.strip()]
    return [
        ClaimText(r["key"], r[lang], lang, PRODUCTS.get(r.get("product", ""), "us"), tuple(r["needs"]))
        for r in rows
        if r.get(lang) and "competitor" not in r and r.get("visibility") != "internal"
    ]


def requests(count: int, seed: int) -> list[DraftRequest]:
    """Requests of `count` leads, no two alike."""
    chance = random.Random(seed)
    offered = {lang: claims(lang) for lang in ("en", "zh")}
    needs = sorted({need for claim in offered["en"] for need in claim.needs})
    made = []
    for i in range(count):
        lang = "zh" if i % 3 == 2 else "en"
        wanted = chance.sample(needs, chance.randint(2, 6))
        quotes = [
            chance.choice(WISHES[lang]).format(n=chance.randint(20, 9000), m=chance.randint(2, 900)) for _ in wanted
        ]
        fitting = [c for c in offered[lang] if set(c.needs) & set(wanted)]
        made.append(
            DraftRequest(
                lang, get_args(DraftForm)[i % 3], get_args(Tone)[i // 3 % 3], get_args(Length)[i // 9 % 3],
                f"Company {i}", "Anna Berg", ROLES[i % len(ROLES)], "Mira Oduya",
                tuple(RequirementText(n, q) for n, q in zip(wanted, quotes, strict=True)), tuple(fitting), seed=i,
            )
        )  # fmt: skip
    return made


def timed(composer: Composer, work: list[DraftRequest], *, cold: bool) -> tuple[list[float], list[Draft]]:
    """Seconds for each draft, and the drafts."""
    spent, drafts = [], []
    for request in work:
        if cold:
            forget()
        started = time.perf_counter()
        drafts.append(composer.draft(request))
        spent.append(time.perf_counter() - started)
    return spent, drafts


def row(name: str, spent: list[float]) -> str:
    """One row of the table."""
    slow = statistics.quantiles(spent, n=20)[-1] * 1000
    return f"| {name} | {len(spent)} | {len(spent) / sum(spent):.0f} | {statistics.median(spent) * 1000:.1f} | {slow:.1f} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    work = requests(options.n, options.seed)
    composer = Composer(RuleVerifier())
    forget()
    warm, drafts = timed(composer, work, cold=False)
    cold, _ = timed(composer, work[: min(300, options.n)], cold=True)
    sentences = list(itertools.chain.from_iterable(d.sentences for d in drafts))
    bad = [s for s in sentences if s.verdict.verdict in ("unsupported", "contradicted")]
    print("| drafts composed and verified, one process | n | a second | median ms | p95 ms |\n|---|---|---|---|---|")
    print(row("as it serves (claims seen before are remembered)", warm))
    print(row("nothing remembered", cold))
    print(
        f"\n{len(sentences)} sentences, {sum(bool(s.claims) for s in sentences)} with claims, {len(bad)} not supported"
    )


if __name__ == "__main__":
    main()
