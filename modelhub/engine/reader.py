"""The reader that is served: texts in, Readings out. Thread-safe; one instance per version and process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from modelhub.engine import (
    artifacts,
    clarity,
    clauses,
    explain,
    guard,
    language,
    packs,
    questions,
    reader_evidence,
    reader_novel,
    reader_scores,
    reader_states,
    tuned_storage,
)
from modelhub.engine.clauses import Clause
from modelhub.engine.encoders import Encoder, encoder
from modelhub.engine.failures import ArtifactError
from modelhub.engine.linear import Head, sigmoid
from modelhub.engine.reader_features import Batch, Featuriser
from modelhub.engine.reader_novel import Likeness
from modelhub.engine.reader_scores import Calibration
from modelhub.engine.reader_states import LAST
from modelhub.engine.reader_store import KIND, unpack
from modelhub.engine.types import NeedDefinition, NeedScore, Reading, Reason, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

# Messages scored in one run: bounds what is held of their tokens for the explanations (about 0.3 MB each).
AT_ONCE = 32
# Longer texts are logs and attachments; what stands behind is not read.
TEXT_LIMIT = 40_000
NO_LEAD = "not-a-lead"
# Needs at least this near their threshold are told as doubtful, so many at most.
DOUBTFUL, MOST_DOUBTS = 0.5, 6


@dataclass(frozen=True)
class Evidence:
    """What the heads say of a batch: clause logits [clauses, needs] with their messages, probabilities [messages, needs]."""

    batch: Batch
    logits: Floats
    probabilities: Floats

    def of(self, index: int) -> Floats:
        """Clause logits of one message."""
        return self.logits[self.batch.owners == index]


class Reader:
    """Reads messages with a trained version. Needs it does not know are judged by their definitions alone."""

    def __init__(
        self,
        needs: Sequence[str],
        encoders: Sequence[Encoder],
        parts: tuple[Featuriser, Head, Calibration, Likeness | None],
        definitions: Sequence[NeedDefinition],
    ) -> None:
        self.needs = list(needs)
        self.encoders = list(encoders)
        self.featuriser, self.head, self.calibration, self.likeness = parts
        self.facets: Mapping[str, str] = {need.key: need.facet for need in definitions}
        self.active = [need in self.facets for need in self.needs] if definitions else [True] * len(self.needs)
        self.novel = self._novel(definitions)

    @classmethod
    def load(cls, folder: Path, packs_root: Path, definitions: Sequence[NeedDefinition] = ()) -> Reader:
        """Open a version folder. Raises ArtifactError or PackError if it, or a base model it was trained on, is not as it was."""
        artifact = artifacts.load(folder, kinds=(KIND,))
        encoders = []
        for base in artifact.meta["bases"]:
            place = packs.location(base["name"], packs_root)
            found = tuned_storage.overlay(place, artifact.tensors) if base.get("tuned") else encoder(place)
            if found.fingerprint != base["fingerprint"]:
                raise ArtifactError(
                    f"{folder.name} was trained on other weights of {base['name']}; train the reader again"
                )
            encoders.append(found)
        return cls(artifact.meta["needs"], encoders, unpack(artifact), definitions)

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """One Reading per text, in order; needs above their threshold only, most probable first."""
        found: list[Reading] = []
        for start in range(0, len(texts), AT_ONCE):
            found.extend(self._read(texts[start : start + AT_ONCE]))
        return found

    def evidence(self, texts: Sequence[str]) -> Evidence:
        """Logits and probabilities before any threshold, for evaluation."""
        shown = [text[:TEXT_LIMIT] for text in texts]
        parts = [clauses.split(text) for text in shown]
        states = [reader_states.read(each, shown, parts, keep_tokens=True) for each in self.encoders]
        batch = Batch(shown, parts, states)
        logits = self.head.logits(self.featuriser.blocks(batch)) if len(batch.owners) else self.head.bias[None][:0]
        found = reader_evidence.of_needs(logits, shown, parts)
        return Evidence(batch, logits, self.calibration.probabilities(found).astype("float32"))

    def _read(self, texts: Sequence[str]) -> list[Reading]:
        import numpy as np

        evidence = self.evidence(texts)
        edges = np.cumsum([0, *(len(p) for p in evidence.batch.parts)])
        readings = []
        for index, text in enumerate(texts):
            parts, logits = evidence.batch.parts[index], evidence.logits[edges[index] : edges[index + 1]]
            needs = list(self._known(evidence, index, parts, logits)) if len(parts) else []
            needs.extend(self._unknown(evidence.batch, index, parts))
            kept = list(guard.without_orders(needs, but=NO_LEAD))
            doubts = self._doubts(evidence.probabilities[index]) if len(parts) else {}
            readings.append(finish(text, kept, self.facets, doubts))
        return readings

    def _known(self, evidence: Evidence, index: int, parts: Sequence[Clause], logits: Floats) -> Iterator[NeedScore]:
        import numpy as np

        probabilities = evidence.probabilities[index]
        said = reader_scores.decide(probabilities, self.calibration.thresholds, self._place(NO_LEAD))
        text = evidence.batch.texts[index]
        states = [each[index] for each in evidence.batch.states]
        for need in np.flatnonzero(said & np.array(self.active)):
            chosen = self.calibration.quoted(logits, parts, int(need), said)
            best = parts[int(logits[:, need].argmax())]
            reasons = explain.reasons(text, best, int(need), self.featuriser, self.head, states)
            yield NeedScore(self.needs[need], _round(probabilities[need]), _spans(text, parts, chosen), reasons)

    def _doubts(self, probabilities: Floats) -> dict[str, float]:
        near = reader_scores.nearness(probabilities, self.calibration.thresholds)
        chosen = [int(i) for i in near.argsort()[::-1] if self.active[int(i)] and near[i] >= DOUBTFUL][:MOST_DOUBTS]
        return {self.needs[i]: _round(near[i]) for i in chosen}

    def _place(self, need: str) -> int | None:
        return self.needs.index(need) if need in self.needs else None

    def _novel(self, definitions: Sequence[NeedDefinition]) -> list[tuple[str, Floats]]:
        if not self.encoders or self.likeness is None:
            return []
        new = [need for need in definitions if need.key not in self.needs]
        return [(need.key, reader_novel.vectors_of(self.encoders[0], need, self.likeness)) for need in new]

    def _unknown(self, batch: Batch, index: int, parts: Sequence[Clause]) -> Iterator[NeedScore]:
        """Needs added after training: likeness of clauses to their examples, calibrated on the known needs."""
        if not self.novel or self.likeness is None or not len(parts):
            return
        text = batch.texts[index]
        for key, words in self.novel:
            chances = sigmoid(self.likeness.logits(batch.states[0][index].clause[:, LAST], words))
            best = int(chances.argmax())
            if chances[best] >= self.likeness.threshold:
                span = _spans(text, parts, [best])
                yield NeedScore(key, _round(chances[best]), span, (Reason(span[0].text, _round(chances[best])),))


def finish(
    text: str, needs: Sequence[NeedScore], facets: Mapping[str, str], doubts: Mapping[str, float] | None = None
) -> Reading:
    """The Reading that follows from a text and its needs: language, clarity and the next questions."""
    found = language.detect(text)
    ordered = tuple(sorted(needs, key=lambda need: -need.probability))
    clear = clarity.assess(text, ordered, facets)
    asked = questions.ask(clear, ordered, found.code) if found.code else ()
    return Reading(found.code, _round(found.probability), found.sure, clear, ordered, asked, doubts or {})


def _spans(text: str, parts: Sequence[Clause], chosen: Sequence[int]) -> tuple[Span, ...]:
    return tuple(Span(a, b, text[a:b]) for a, b in reader_scores.stretches(text, parts, chosen))


def _round(value: float) -> float:
    return round(float(value), 4)
