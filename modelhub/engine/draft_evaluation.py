"""How well a drafting version writes: twelve fixed requests, how many of its own sentences stand, how long, how fast."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelhub.engine import evaluation
from modelhub.engine.drafters.composed import Composer
from modelhub.engine.drafters.generated import ModelDrafter
from modelhub.engine.drafters.slots import Slot, Writer
from modelhub.engine.types import ClaimText, DraftRequest, DraftSentence, RequirementText, Verifier

REQUESTS = Path(__file__).resolve().parent.parent / "corpus" / "drafts" / "requests.jsonl"
SENDER = {"en": "Mira Vogt", "zh": "陈晓"}


@dataclass(frozen=True, slots=True)
class Written:
    """One draft: sentences asked of the version, those of its own that stood at once, those a composed one replaced.

    `length` is the mean characters of the sentences that stand in the draft and cite claims; `seconds` for the whole draft.
    """

    request: str
    asked: int
    stood: int
    replaced: int
    length: float
    seconds: float


def requests(names: Mapping[str, str]) -> dict[str, DraftRequest]:
    """The fixed requests by id; `names` are the needs' names by key."""
    rows = [json.loads(line) for line in REQUESTS.read_text("utf-8").splitlines() if line.strip()]
    return {row["id"]: _request(row, number, names) for number, row in enumerate(rows)}


def write(name: str, request: DraftRequest, writer: Writer | None, composer: Composer, verifier: Verifier) -> Written:
    """Let a writer, or without one the composer, write one request. Raises EngineError as the writer does."""
    began = time.perf_counter()
    if writer is None:
        sentences = composer.draft(request).sentences
        asked, stood = _supported(request, sentences, verifier)
    else:
        drafter = _Counted(writer, composer, verifier)
        sentences = drafter.draft(request).sentences
        asked, stood = drafter.asked, drafter.stood
    seconds = time.perf_counter() - began
    cited = [len(sentence.text) for sentence in sentences if sentence.claims]
    length = sum(cited) / len(cited) if cited else 0.0
    return Written(name, asked, stood, sum(sentence.replaced for sentence in sentences), length, seconds)


def figures(written: Sequence[Written]) -> dict[str, Any]:
    """`supported` and `replaced` as shares of the sentences asked, mean length and seconds a draft, counts by request."""
    asked = sum(one.asked for one in written)
    return {
        "supported": round(sum(one.stood for one in written) / asked, 4) if asked else 0.0,
        "replaced": round(sum(one.replaced for one in written) / asked, 4) if asked else 0.0,
        "length": round(sum(one.length for one in written) / max(1, len(written)), 1),
        "seconds": round(sum(one.seconds for one in written) / max(1, len(written)), 3),
        "sentences": asked,
        "requests": {one.request: [one.stood, one.asked] for one in written},
    }


def difference(new: Mapping[str, Sequence[int]], old: Mapping[str, Sequence[int]]) -> dict[str, Any] | None:
    """New − old share of sentences that stood, over the requests both wrote, with a paired bootstrap; None without any."""
    import numpy as np

    both = sorted(set(new) & set(old))
    if not both:
        return None
    tables = [np.array([each[name] for name in both], float) for each in (new, old)]

    def shares(indexes: Any) -> tuple[float, float]:
        sums = [table[indexes].sum(0) for table in tables]
        return (float(sums[0][0] / max(1, sums[0][1])), float(sums[1][0] / max(1, sums[1][1])))

    mean, low, high = evaluation.bootstrap_difference(shares, len(both), seed=0, rounds=1000)
    verdict = "better" if low > 0 else "worse" if high < 0 else "none shown"
    return {"difference": round(mean, 4), "low": round(low, 4), "high": round(high, 4), "verdict": verdict}


class _Counted(ModelDrafter):
    """A drafter that counts what it was asked for at first, and what of it stood as the model wrote it."""

    asked = 0
    stood = 0

    def _turn(self, request: DraftRequest, asked: Sequence[Slot], written: dict[int, DraftSentence]) -> list[Slot]:
        first = not self.asked
        failed = super()._turn(request, asked, written)
        if first:
            self.asked, self.stood = len(asked), len(asked) - len(failed)
        return failed


def _supported(request: DraftRequest, sentences: Sequence[DraftSentence], verifier: Verifier) -> tuple[int, int]:
    """How many sentences cite claims, and how many of them the verifier supports by those, or by all of the request."""
    known = {claim.id: claim for claim in request.claims}
    cited = [(one.text, [known[name] for name in one.claims if name in known]) for one in sentences if one.claims]
    by_own = verifier.verify(cited)
    by_all = verifier.verify([(text, request.claims) for text, _own in cited])
    good = [any(verdict.verdict == "supported" for verdict in pair) for pair in zip(by_own, by_all, strict=True)]
    return len(cited), sum(good)


def _request(row: Mapping[str, Any], number: int, names: Mapping[str, str]) -> DraftRequest:
    language = row["language"]
    return DraftRequest(
        language=language, form=row["form"], tone="plain", length=row["length"], company=row["company"],
        contact=row["contact"], role=row["role"], sender=SENDER[language], industry=row["industry"], seed=number,
        requirements=tuple(RequirementText(need) for need in row["requirements"]),
        claims=tuple(
            ClaimText(claim["id"], claim["text"], language, claim["about"], tuple(claim["needs"])) for claim in row["claims"]
        ),
        need_names=names,
    )  # fmt: skip
