"""The learned verifier: the rules object where they are all but certain, and a model over what they saw judges the rest."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from modelhub.engine import packs
from modelhub.engine.failures import ArtifactError, PackError
from modelhub.engine.types import ClaimText, Verdict, Verifier
from modelhub.engine.verifier import head as heads
from modelhub.engine.verifier.alignment import Aligner
from modelhub.engine.verifier.evidence import evidence
from modelhub.engine.verifier.head import Head
from modelhub.engine.verifier.verdict import Look, RuleVerifier, about, certain, look

ENCODER = "multilingual-e5-small"
KEPT = 8192  # verdicts remembered
AGREED = (
    0.6  # from here on the features bear out a contradiction that the rules name, and the networks cannot excuse it
)
_HAN = ("\u4e00", "\u9fff")


class LearnedVerifier:
    """Rules and an encoder together. Hold one per process; the states of claims and the verdicts are remembered."""

    def __init__(self, aligner: Aligner, head: Head) -> None:
        self._aligner, self._head = aligner, head
        self._score = lru_cache(maxsize=KEPT)(self._measure)

    @classmethod
    def load(cls, root: Path, folder: Path = heads.SHIPPED) -> LearnedVerifier:
        """From the packs under `root` and a trained head. Raises PackError or ArtifactError with the reason."""
        from modelhub.engine.encoders import encoder

        head = heads.load(folder)
        base = encoder(packs.location(ENCODER, root))
        if base.fingerprint != head.encoder:
            raise ArtifactError(f"{folder.name} was trained with another {ENCODER}; pull that pack again")
        return cls(Aligner(base, head.centre), head)

    def verify(self, items: Sequence[tuple[str, Sequence[ClaimText]]]) -> list[Verdict]:
        """One verdict per (sentence, claims) pair, in order."""
        asked = [(sentence, tuple(about(claim) for claim in claims)) for sentence, claims in items]
        seen = [look(*one) for one in asked]
        unsure = [one for one, found in zip(asked, seen, strict=True) if _open(*one, found)]
        self._aligner.read([text for sentence, texts in unsure for text in (sentence, *texts)])
        verdicts = [
            self._verdict(*one, found, [claim.id for claim in claims])
            for one, found, (_, claims) in zip(asked, seen, items, strict=True)
        ]
        self._aligner.forget_oldest()
        return verdicts

    def _verdict(self, sentence: str, texts: tuple[str, ...], seen: Look, ids: Sequence[str]) -> Verdict:
        rests_on = tuple(ids[i] for i in seen.claims)
        if not _open(sentence, texts, seen):
            return Verdict(seen.verdict, seen.reasons, rests_on)
        false, seen_false = self._score(sentence, texts)
        refused = false >= self._head.thresholds["zh" if _chinese(sentence) else "en"]
        refused = refused or (seen.verdict == "contradicted" and seen_false >= AGREED)
        if seen.verdict in ("unsupported", "contradicted"):
            if refused:
                return Verdict(seen.verdict, seen.reasons, rests_on)
            return Verdict("supported", (), rests_on or tuple(ids[:1]))
        if not refused:
            return Verdict(seen.verdict, seen.reasons, rests_on)
        return Verdict("unsupported", (f"the claims do not bear this out ({false:.0%} likely)",), rests_on)

    def _measure(self, sentence: str, texts: tuple[str, ...]) -> tuple[float, float]:
        seen = look(sentence, texts)
        found = {**evidence(sentence, texts, seen), **self._aligner.features(sentence, texts)}
        return self._head.judge(found, self._aligner, sentence, texts)


def best(root: Path) -> Verifier:
    """The learned verifier where the encoder's pack is under `root` and fits, else the rules alone."""
    try:
        return LearnedVerifier.load(root)
    except (PackError, ArtifactError, ImportError):
        return RuleVerifier()


class RulesFirst:
    """For a composer, whose sentences are claims in a frame: what the rules support stands, the rest goes to `verifier`."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier

    def verify(self, items: Sequence[tuple[str, Sequence[ClaimText]]]) -> list[Verdict]:
        """One verdict per (sentence, claims) pair, in order."""
        found: list[Verdict] = []
        for sentence, claims in items:
            seen = look(sentence, tuple(about(claim) for claim in claims))
            if seen.verdict in ("supported", "no-claim-needed"):
                found.append(Verdict(seen.verdict, seen.reasons, tuple(claims[i].id for i in seen.claims)))
            else:
                found += self._verifier.verify([(sentence, claims)])
        return found


def _open(sentence: str, texts: tuple[str, ...], seen: Look) -> bool:
    """Whether the model has a say: claims were compared, and no rule that is all but certain has spoken."""
    return bool(texts) and bool(sentence.strip()) and seen.findings is not None and not certain(seen)


def _chinese(text: str) -> bool:
    return any(_HAN[0] <= c <= _HAN[1] for c in text)
