"""Fine-tuning an encoder with a linear head on top, started from the head that fits its untouched vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelhub.engine import hardware
from modelhub.engine.encoder_loading import load_encoder_model
from modelhub.engine.encoders import Encoder
from modelhub.engine.training_loop import Loop, warm_up_and_decay

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

Progress = Callable[[int, int], None]
# Vectors have unit length; the head sees them at this scale, so that its weights stay small and train fast.
SCALE = 10.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that decides a run, kept with the version. Rates are for AdamW; `decay` shrinks them layer by layer."""

    epochs: int = 6
    batch: int = 32
    rate: float = 1e-4
    head_rate: float = 2e-3
    decay: float = 0.9
    weight_decay: float = 0.01
    warm_up: float = 0.1
    dropout: float = 0.1
    smoothing: float = 0.05
    max_tokens: int = 128
    frozen_layers: int = 0
    seed: int = 0


class Tuned:
    """An encoder and head in training or in use: texts in, logits [n, labels] out."""

    def __init__(self, folder: Path, labels: int, settings: Settings) -> None:
        import torch

        torch.manual_seed(settings.seed)
        self.settings = settings
        self.shell = Encoder(folder, model=load_encoder_model(folder, trainable=True))
        self.head = torch.nn.Linear(self.shell.dimensions, labels).to(self.shell.device)
        torch.nn.init.zeros_(self.head.weight)
        torch.nn.init.zeros_(self.head.bias)
        self.shell.tokenizer.enable_truncation(min(settings.max_tokens, self.shell.max_tokens))

    def start_from(self, weights: Floats, bias: Floats) -> None:
        """Take over a linear head [d, labels] that was fitted on unit vectors."""
        import torch

        with torch.no_grad():
            self.head.weight.copy_(torch.from_numpy(weights.T / SCALE))
            self.head.bias.copy_(torch.from_numpy(bias))

    def forward(self, inputs: dict[str, torch.Tensor], dropout: float = 0.0) -> torch.Tensor:
        """Logits of a tokenised batch."""
        import torch

        hidden = self.shell.model(**inputs).last_hidden_state
        mask = inputs["attention_mask"].unsqueeze(-1).to(hidden.dtype)
        pooled = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1) * SCALE
        logits: torch.Tensor = self.head(torch.nn.functional.dropout(pooled, dropout, training=dropout > 0))
        return logits

    def vectors(self, texts: Sequence[str]) -> Floats:
        """Unit vectors of the tuned encoder."""
        self.shell.model.eval()
        return self.shell.embed(texts)

    def logits(self, texts: Sequence[str]) -> Floats:
        """float32 [n, labels]."""
        vectors = self.vectors(texts) * SCALE
        found: Floats = vectors @ self.head.weight.detach().cpu().numpy().T + self.head.bias.detach().cpu().numpy()
        return found


def tune(tuned: Tuned, texts: Sequence[str], targets: Floats, *, many: bool, progress: Progress | None = None) -> None:
    """Train in place on cross-entropy (one label) or binary cross-entropy (`many`)."""
    import torch

    settings, model = tuned.settings, tuned.shell.model
    encodings = tuned.shell.tokenizer.encode_batch([tuned.shell.prefix + text for text in texts])
    truth = torch.from_numpy(targets).to(tuned.shell.device)
    if not many:
        truth = truth * (1 - settings.smoothing) + settings.smoothing / truth.shape[1]
    loss_of = torch.nn.functional.binary_cross_entropy_with_logits if many else torch.nn.functional.cross_entropy

    def loss(batch: Sequence[int]) -> torch.Tensor:
        with hardware.autocast(tuned.shell.device):
            logits = tuned.forward(tuned.shell.tensors([encodings[i] for i in batch]), settings.dropout)
        found = loss_of(logits.float(), truth[batch])
        # A mean over labels, most of them absent, would vanish.
        return found * truth.shape[1] / 4 if many else found

    epochs = epochs_of([len(e.ids) for e in encodings], settings)
    loop = loop_over(tuned, epochs, loss)
    for epoch, batches in enumerate(epochs):
        model.train()
        for _batch in batches:
            loop.step()
        if progress:
            progress(epoch + 1, settings.epochs)
    model.eval()


def loop_over(tuned: Tuned, epochs: Sequence[Sequence[list[int]]], loss: Callable[[Sequence[int]], Any]) -> Loop:
    """The loop that trains an encoder and its head on the batches of all epochs."""
    batches = [batch for each in epochs for batch in each]
    groups, settings = _groups(tuned), tuned.settings
    return Loop(
        trained(tuned),
        groups,
        batches,
        loss,
        slope=warm_up_and_decay(settings.warm_up, len(batches)),
        weight_decay=settings.weight_decay,
    )


def trained(tuned: Tuned) -> dict[str, Any]:
    """Parameters in training by name: layers above the frozen ones, and the head."""
    model = dict(tuned.shell.model.named_parameters())
    head = {f"head.{name}": parameter for name, parameter in tuned.head.named_parameters()}
    return {**{name: p for name, p in model.items() if layer_of(name) > tuned.settings.frozen_layers}, **head}


def epochs_of(lengths: Sequence[int], settings: Settings) -> list[list[list[int]]]:
    """Batches of each epoch, drawn by the seed."""
    import torch

    random = torch.Generator().manual_seed(settings.seed)
    return [list(_shuffled(lengths, settings.batch, random)) for _ in range(settings.epochs)]


def _groups(tuned: Tuned) -> list[dict[str, Any]]:
    """Parameter groups with rates that fall from the head to the first layer. The vocabulary is left as it is."""
    settings, model = tuned.settings, tuned.shell.model
    layers = model.config.num_hidden_layers
    groups: dict[float, list[Any]] = {}
    for name, parameter in model.named_parameters():
        depth = layer_of(name)
        parameter.requires_grad_(depth > settings.frozen_layers)
        if parameter.requires_grad:
            rate = settings.rate * settings.decay ** (layers - depth)
            groups.setdefault(rate, []).append(parameter)
    found = [{"params": parameters, "lr": rate} for rate, parameters in groups.items()]
    return [*found, {"params": list(tuned.head.parameters()), "lr": settings.head_rate}]


def layer_of(name: str) -> int:
    """Layer of a parameter, counted from 1; 0 for the vocabulary and everything else that is never trained."""
    return int(name.split("layer.")[1].split(".")[0]) + 1 if "layer." in name else 0


def _shuffled(lengths: Sequence[int], size: int, random: torch.Generator) -> Iterator[list[int]]:
    """Random batches whose texts are of similar length: shuffled, cut into pools, sorted inside a pool."""
    import torch

    order = torch.randperm(len(lengths), generator=random).tolist()
    groups: list[list[int]] = []
    for start in range(0, len(order), size * 16):
        pool = sorted(order[start : start + size * 16], key=lengths.__getitem__)
        groups.extend(pool[i : i + size] for i in range(0, len(pool), size))
    for place in torch.randperm(len(groups), generator=random).tolist():
        yield groups[place]
