"""How closely each token of a sentence is met by the claims, from an encoder's token states at three depths."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from modelhub.engine import hardware
from modelhub.engine.datasets import clean
from modelhub.engine.encoders import Encoder, batches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

DEPTHS = (0.0, 2 / 3, 1.0)  # shares of the layers: the words themselves, their sense here, what they amount to
KEPT = 1500  # texts whose states are remembered
COMMON, RARE = 3.0, 16.0  # bounds of a token's weight, in nats of its surprise
NAMES = (
    "mean", "least", "tenth", "quarter", "median", "rare mean", "rare least", "rare quarter", "closest claim",
    "all claims", "claim mean", "claim tenth", "claim quarter", "claim least", "three newest", "newest",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class States:
    """Of one text: centred unit states per depth [depths, tokens, d], their centred means [depths, d], token weights."""

    tokens: Vectors
    whole: Vectors
    weight: Vectors


class Aligner:
    """Turns (sentence, claims) into numbers. Remembers the states of texts, so that a claim is read once."""

    def __init__(self, encoder: Encoder, centre: Vectors | None = None) -> None:
        """`centre` is the mean state per depth [depths, d] that `measure_centre` gave; zero if left out."""
        self.encoder = encoder
        self.centre = np.zeros((len(DEPTHS), encoder.dimensions), np.float32) if centre is None else centre
        self._surprise = _surprise(encoder)
        self._kept: OrderedDict[str, States] = OrderedDict()

    def read(self, texts: Sequence[str]) -> None:
        """Read the texts that are not remembered, in batches."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._kept]
        for text, states, weight in self._raw(missing):
            moved = states - self.centre[:, None, :]
            whole = moved.mean(1) if moved.shape[1] else moved.sum(1)
            self._kept[text] = States(_unit(moved).astype(np.float16), _unit(whole), weight)

    def forget_oldest(self) -> None:
        """Let go what is remembered beyond the limit."""
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def features(self, sentence: str, claims: Sequence[str]) -> dict[str, float]:
        """Cosines of a sentence against its claims (one at least), by name."""
        self.read([sentence, *claims])
        said, theirs = self._take(sentence), [self._take(claim) for claim in claims]
        found: dict[str, float] = {}
        for depth in range(len(DEPTHS)):
            values = _compare(said, theirs, depth)
            found.update({f"{name} at {depth}": value for name, value in zip(NAMES, values, strict=True)})
        return found

    def tokens(self, texts: Sequence[str]) -> tuple[Vectors, Vectors]:
        """Unit states [depths, tokens, d] and weights [tokens] of texts that were read, one behind the other."""
        taken = [self._take(text) for text in texts]
        return np.concatenate([each.tokens for each in taken], 1), np.concatenate([each.weight for each in taken])

    def measure_centre(self, texts: Sequence[str]) -> Vectors:
        """The mean token state per depth over many texts; kept as this aligner's centre."""
        total, count = np.zeros_like(self.centre), 0
        for _, states, _ in self._raw(list(dict.fromkeys(texts))):
            total += states.sum(1)
            count += states.shape[1]
        self.centre = (total / max(1, count)).astype(np.float32)
        self._kept.clear()
        return self.centre

    def _take(self, text: str) -> States:
        self._kept.move_to_end(text)
        return self._kept[text]

    def _raw(self, texts: Sequence[str]) -> list[tuple[str, Vectors, Vectors]]:
        """Per text: states [depths, tokens, d] of its own tokens, and the tokens' weights."""
        import torch

        encoder, found = self.encoder, []
        encodings = encoder.tokenizer.encode_batch([encoder.prefix + clean(text) for text in texts])
        for indexes in batches([len(e.ids) for e in encodings], hardware.plan().token_budget):
            inputs = encoder.tensors([encodings[i] for i in indexes])
            with torch.inference_mode(), hardware.autocast(encoder.device):
                hidden = encoder.model(**inputs, output_hidden_states=True).hidden_states
            chosen = [hidden[round((len(hidden) - 1) * share)] for share in DEPTHS]
            states = torch.stack(chosen, 1).float().cpu().numpy()
            for row, index in enumerate(indexes):
                keep = _own(encodings[index], len(encoder.prefix))
                weight = self._surprise[np.asarray(encodings[index].ids)[keep]]
                found.append((texts[index], states[row][:, : len(keep)][:, keep], weight))
        return found


def _own(encoding: Any, shift: int) -> NDArray[np.bool_]:
    """Which tokens of an encoding are the text's own, not the prefix's and not special."""
    ends = np.asarray([end for _, end in encoding.offsets])
    found: NDArray[np.bool_] = (np.asarray(encoding.special_tokens_mask) == 0) & (ends > shift)
    return found


def _compare(said: States, theirs: Sequence[States], depth: int) -> list[float]:
    tokens = said.tokens[depth].astype(np.float32)
    pool = np.concatenate([other.tokens[depth] for other in theirs]).astype(np.float32)
    if not len(tokens) or not len(pool):
        return [0.0] * len(NAMES)
    weight = said.weight
    best = (tokens @ pool.T).max(1)
    rare = best[weight > np.quantile(weight, 0.4)] if len(weight) > 3 else best
    rare = rare if len(rare) else best
    cosines = [float(said.whole[depth] @ other.whole[depth]) for other in theirs]
    nearest = theirs[int(np.argmax(cosines))]
    met = (nearest.tokens[depth].astype(np.float32) @ tokens.T).max(1) if nearest.tokens.shape[1] else np.zeros(1)
    back = nearest.weight if nearest.tokens.shape[1] else np.ones(1)
    new = np.sort((1 - best) * weight)
    return [
        float(best @ weight / weight.sum()), float(best.min()), *_quantiles(best, 0.1, 0.25, 0.5),
        float(rare.mean()), float(rare.min()), *_quantiles(rare, 0.25),
        max(cosines), float(said.whole[depth] @ _unit(pool.mean(0))),
        float(met @ back / back.sum()), *_quantiles(met, 0.1, 0.25), float(met.min()),
        float(new[-3:].mean()), float(new[-1]),
    ]  # fmt: skip


def _quantiles(values: NDArray[np.floating[Any]], *shares: float) -> list[float]:
    return [float(value) for value in np.quantile(values, shares)]


def _unit(vectors: Vectors) -> Vectors:
    norm = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Vectors = (vectors / np.maximum(norm, 1e-6)).astype(np.float32)
    return unit


def _surprise(encoder: Encoder) -> Vectors:
    """Per token id how rare the tokeniser holds it to be, in nats; alike for tokenisers that hold no such figure."""
    model: Mapping[str, Any] = json.loads((encoder.folder / "tokenizer.json").read_text("utf-8"))["model"]
    vocabulary = model.get("vocab")
    if not isinstance(vocabulary, list):
        return np.ones(len(vocabulary or ()) + 1, np.float32)
    found: Vectors = np.clip(-np.array([score for _, score in vocabulary], np.float32), COMMON, RARE)
    return found
