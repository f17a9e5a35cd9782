"""Keeping a fine-tuned encoder: only the layers that were trained, as fp16 beside the name of the base they sit on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelhub.engine.failures import ArtifactError, PackError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from modelhub.engine.encoders import Encoder
    from modelhub.engine.finetune import Tuned

PREFIX = "tuned."


def state_of(tuned: Tuned) -> dict[str, NDArray[np.generic]]:
    """Trained tensors by name, ready for `artifacts.save`; the vocabulary and frozen layers stay in the base."""
    import numpy as np

    from modelhub.engine.finetune import layer_of

    found = {
        PREFIX + name: parameter.detach().cpu().numpy().astype(np.float16)
        for name, parameter in tuned.shell.model.named_parameters()
        if layer_of(name) > tuned.settings.frozen_layers
    }
    found["head.weight"] = tuned.head.weight.detach().cpu().numpy()
    found["head.bias"] = tuned.head.bias.detach().cpu().numpy()
    return found


def overlay(base: Path, tensors: Mapping[str, NDArray[np.generic]], *, seen: frozenset[str] = frozenset()) -> Encoder:
    """An encoder with stored layers laid over the process-wide one of its base, which stays as it is.

    All that was not trained is the base's own memory, tokeniser included. `seen` marks texts that it was trained on.
    Raises ArtifactError if a layer does not fit.
    """
    import numpy as np
    import torch

    from modelhub.engine.encoders import encoder

    layers = {
        name.removeprefix(PREFIX): torch.from_numpy(value.astype(np.float32))
        for name, value in tensors.items()
        if name.startswith(PREFIX)
    }
    try:
        return encoder(base).with_layers(layers, seen=seen)
    except PackError as error:
        raise ArtifactError(f"{error} {base.name}; train the version again") from None


def restore(base: Path, settings: Mapping[str, Any], tensors: Mapping[str, NDArray[np.generic]]) -> Tuned:
    """The tuned encoder again: the base with the stored layers laid over it. Raises KeyError if the head is missing."""
    import numpy as np
    import torch

    from modelhub.engine.finetune import Settings, Tuned

    tuned = Tuned(base, tensors["head.bias"].shape[0], Settings(**settings))
    stored = {
        name.removeprefix(PREFIX): torch.from_numpy(value.astype(np.float32))
        for name, value in tensors.items()
        if name.startswith(PREFIX)
    }
    tuned.shell.model.load_state_dict(stored, strict=False)
    with torch.no_grad():
        tuned.head.weight.copy_(torch.from_numpy(tensors["head.weight"].astype(np.float32)))
        tuned.head.bias.copy_(torch.from_numpy(tensors["head.bias"].astype(np.float32)))
    tuned.shell.model.eval()
    tuned.shell.model.requires_grad_(False)
    return tuned
