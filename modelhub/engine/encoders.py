"""Sentence encoders: texts in, unit vectors out, in length-sorted batches on whatever the machine offers."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelhub.engine import hardware, packs, seen_texts
from modelhub.engine.encoder_loading import layers_of, load_encoder_model, load_tokenizer, with_layers

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

Progress = Callable[[int, int], None]
CharSpan = tuple[int, int]


class Encoder:
    """A BERT-kind model with mean pooling. Thread-safe for reading; hold one per process (see `encoder`)."""

    def __init__(self, folder: Path, *, model: Any = None) -> None:
        """Load from a pack or any folder with config.json, tokenizer.json and safetensors. Raises PackError.

        `model` takes the place of the folder's own weights (a fine-tuned copy of them).
        """
        self._describe(folder)
        self.tokenizer = load_tokenizer(folder, self.max_tokens)
        self.model = model or load_encoder_model(folder)
        self.device = hardware.plan().device
        self.model.to(self.device).eval()
        self.dimensions = int(self.model.config.hidden_size)
        self.padding = int(getattr(self.model.config, "pad_token_id", None) or 0)
        self._types = "token_type_ids" in _parameters(self.model)

    def _describe(self, folder: Path) -> None:
        facts = packs.card(folder)
        self.folder = folder
        self.name = str(facts["name"])
        self.prefix = str(facts.get("prefix", ""))
        self.max_tokens = int(str(facts.get("max_tokens", 256)))
        self.fingerprint = packs.fingerprint(folder)
        self.seen = seen_texts.of(folder)

    def with_layers(
        self, layers: Mapping[str, torch.Tensor], *, folder: Path | None = None, seen: frozenset[str] = frozenset()
    ) -> Encoder:
        """This encoder with other tensors for some layers, the rest shared, tokeniser included; this one stays as it is.

        `folder` is the pack it becomes; `seen` marks texts that the layers were trained on beside those of this one.
        Raises PackError if a layer does not fit.
        """
        found = copy.copy(self)
        found.model = with_layers(self.model, {name: value.to(self.device) for name, value in layers.items()})
        if folder is not None:
            found._describe(folder)
        found.seen |= seen
        return found

    def embed(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Unit vectors, float32 [n, dimensions], in order. Identical texts are computed once; empty texts are zero."""
        import numpy as np

        unique = list(dict.fromkeys(text for text in texts if text.strip()))
        found = np.zeros((len(unique) + 1, self.dimensions), np.float32)
        for indexes, hidden, mask, _ in self._hidden(unique, progress):
            weight = mask.unsqueeze(-1).to(hidden.dtype)
            pooled = (hidden * weight).sum(1) / weight.sum(1)
            found[indexes] = _unit(pooled).cpu().numpy()
        place = {text: i for i, text in enumerate(unique)}
        return found[[place.get(text, len(unique)) for text in texts]]

    def embed_spans(self, texts: Sequence[str], spans: Sequence[Sequence[CharSpan]]) -> list[Vectors]:
        """Vectors of stretches read in the context of their whole text: per text float32 [len(spans[i]), dimensions].

        Spans are character offsets (start, end). A span beyond the token limit, or empty, gets a zero vector.
        """
        import numpy as np

        out = [np.zeros((len(each), self.dimensions), np.float32) for each in spans]
        shift = len(self.prefix)
        busy = [i for i, each in enumerate(spans) if len(each) and texts[i].strip()]
        for indexes, hidden, _, encodings in self._hidden([texts[i] for i in busy], None):
            for row, index in enumerate(indexes):
                place = busy[index]
                offsets = np.asarray(encodings[row].offsets) - shift
                real = np.asarray(encodings[row].special_tokens_mask) == 0
                member = np.stack([real & (a < b) & (offsets[:, 1] > a) & (offsets[:, 0] < b) for a, b in spans[place]])
                out[place] = _span_means(hidden[row, : len(offsets)], member)
        return out

    def _hidden(
        self, texts: Sequence[str], progress: Progress | None
    ) -> Iterator[tuple[list[int], Any, Any, list[Any]]]:
        """Batches of (indexes, hidden states [b, t, d] fp32, mask [b, t], encodings), shortest texts first."""
        import torch

        encodings = self.tokenizer.encode_batch([self.prefix + text for text in texts])
        done = 0
        for indexes in batches([len(e.ids) for e in encodings], hardware.plan().token_budget):
            chosen = [encodings[i] for i in indexes]
            inputs = self.tensors(chosen)
            with torch.inference_mode(), hardware.autocast(self.device):
                hidden = self.model(**inputs).last_hidden_state
            yield indexes, hidden.float(), inputs["attention_mask"], chosen
            done += len(indexes)
            if progress:
                progress(done, len(texts))

    def tensors(self, encodings: Sequence[Any]) -> dict[str, torch.Tensor]:
        """Padded input tensors of tokenised texts on the encoder's device."""
        import torch

        width = max(len(e.ids) for e in encodings)
        ids = torch.full((len(encodings), width), self.padding, dtype=torch.long)
        mask = torch.zeros((len(encodings), width), dtype=torch.long)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = torch.tensor(encoding.ids)
            mask[row, : len(encoding.ids)] = 1
        inputs = {"input_ids": ids, "attention_mask": mask}
        if self._types:
            inputs["token_type_ids"] = torch.zeros_like(ids)
        return {name: tensor.to(self.device) for name, tensor in inputs.items()}


@lru_cache(maxsize=4)
def encoder(folder: Path) -> Encoder:
    """The process-wide encoder of a folder, loaded on first use; one that stands on another pack shares that one's memory."""
    base = packs.under(folder)
    if base is None:
        return Encoder(folder)
    shared = encoder(base)
    return shared.with_layers(layers_of(folder, shared.model), folder=folder)


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Indexes grouped by length so that padded tokens of a group stay within `budget` (one text at least)."""
    group: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if group and lengths[index] * (len(group) + 1) > budget:
            yield group
            group = []
        group.append(index)
    if group:
        yield group


def _unit(vectors: torch.Tensor) -> torch.Tensor:
    import torch

    return torch.nn.functional.normalize(vectors, dim=-1)


def _span_means(hidden: torch.Tensor, member: NDArray[np.bool_]) -> Vectors:
    import torch

    weight = torch.from_numpy(member).to(hidden.device, hidden.dtype)
    sums = weight @ hidden
    means = _unit(sums / weight.sum(1, keepdim=True).clamp(min=1))
    result: Vectors = means.cpu().numpy()
    return result


def _parameters(model: Any) -> set[str]:
    import inspect

    return set(inspect.signature(model.forward).parameters)
