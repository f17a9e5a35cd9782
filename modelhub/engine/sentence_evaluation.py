"""How well a verifier judges sentences whose truth is known: false ones caught, true ones refused, beside another verifier."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from modelhub.engine import evaluation
from modelhub.engine.types import Verifier
from modelhub.engine.verifier.rows import SentenceRow, read_rows

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
EVALUATION, TRAINING = CORPUS / "evaluation", CORPUS / "verify_train"
FALSE = ("unsupported", "contradicted")
VERDICTS = ("supported", *FALSE, "no-claim-needed")
HAN = re.compile(r"[\u4e00-\u9fff]")
AT_ONCE = 32  # sentences judged between two reports
FIGURES = ("balanced", "caught", "refused")  # of these, less is better for `refused` alone


def shipped() -> list[SentenceRow]:
    """The judged sentences that ship for measuring; empty where they are not there. What trains the head is no part of them."""
    return [row for path in sorted(EVALUATION.glob("verify-*.jsonl")) for row in read_rows(path)]


@lru_cache(maxsize=1)
def trained_on() -> frozenset[str]:
    """Marks of the sentences that the shipped head was trained on: they say nothing of how good it is."""
    return frozenset(mark(row) for path in sorted(TRAINING.glob("*.jsonl")) for row in read_rows(path))


def mark(row: SentenceRow) -> str:
    """By what a sentence with its claims is known again, whatever the claims' order, and case and spacing of all."""
    parts = [_plain(row.sentence), *sorted(_plain(claim.text) for claim in row.claims)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def language(row: SentenceRow) -> str:
    """zh for a sentence with Chinese characters, else en."""
    return "zh" if HAN.search(row.sentence) else "en"


def judge(verifier: Verifier, rows: Sequence[SentenceRow], report: Callable[[int], None]) -> tuple[list[str], float]:
    """The verdicts of a verifier in order, and the milliseconds one took; `report(done)` is called between batches.

    Raises EngineError as the verifier does.
    """
    said: list[str] = []
    spent = 0.0
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        began = time.perf_counter()
        said += [one.verdict for one in verifier.verify([(row.sentence, row.claims) for row in part])]
        spent += time.perf_counter() - began
        report(len(said))
    return said, spent / max(1, len(rows)) * 1000


def figures(rows: Sequence[SentenceRow], said: Sequence[str]) -> dict[str, Any]:
    """Shares 0–1 with their n: `caught` of the `false` sentences, `refused` of the `true` ones; None of no sentence.

    `balanced` is the mean of false ones caught and true ones let stand: whoever refuses all, or nothing, has a half.
    """
    false = [one in FALSE for row, one in zip(rows, said, strict=True) if row.verdict in FALSE]
    true = [one in FALSE for row, one in zip(rows, said, strict=True) if row.verdict not in FALSE]
    caught = sum(false) / len(false) if false else None
    refused = sum(true) / len(true) if true else None
    balanced = None if caught is None or refused is None else (caught + 1 - refused) / 2
    shares = {"balanced": balanced, "caught": caught, "refused": refused}
    rounded = {name: None if share is None else round(share, 4) for name, share in shares.items()}
    return {**rounded, "false": len(false), "true": len(true)}


def differences(rows: Sequence[SentenceRow], new: Sequence[str], old: Sequence[str]) -> dict[str, dict[str, Any]]:
    """New − old of each figure with a paired bootstrap over sentences; a figure that needs a kind that is missing is left out."""
    import numpy as np

    false = np.array([row.verdict in FALSE for row in rows], bool)
    sides = [np.array([one in FALSE for one in said], float) for said in (new, old)]

    def shares(figure: str, indexes: Any) -> tuple[float, float]:
        kind = false[indexes]
        found = []
        for side in sides:
            said = side[indexes]
            caught, refused = said[kind].sum() / max(1, kind.sum()), said[~kind].sum() / max(1, (~kind).sum())
            found.append({"balanced": (caught + 1 - refused) / 2, "caught": caught, "refused": refused}[figure])
        return float(found[0]), float(found[1])

    there = {"balanced": false.any() and not false.all(), "caught": false.any(), "refused": not false.all()}
    return {name: _shown(name, partial(shares, name), len(rows)) for name in FIGURES if there[name]}


def changed(rows: Sequence[SentenceRow], new: Sequence[str], old: Sequence[str]) -> list[dict[str, Any]]:
    """Sentences that one of two verifiers refuses and the other lets stand: place, both verdicts, whether it is better."""
    return [
        {"place": place, "new": now, "old": before, "better": (now in FALSE) == (row.verdict in FALSE)}
        for place, (row, now, before) in enumerate(zip(rows, new, old, strict=True))
        if (now in FALSE) != (before in FALSE)
    ]


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _shown(name: str, shares: Callable[[Any], tuple[float, float]], rows: int) -> dict[str, Any]:
    mean, low, high = evaluation.bootstrap_difference(shares, rows, seed=0, rounds=1000)
    more, less = ("worse", "better") if name == "refused" else ("better", "worse")
    verdict = more if low > 0 else less if high < 0 else "none shown"
    return {"difference": round(mean, 4), "low": round(low, 4), "high": round(high, 4), "verdict": verdict}
