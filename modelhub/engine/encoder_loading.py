"""Loading an encoder's weights with little memory: mapped from the file, the vocabulary matrix kept as stored."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelhub.engine import hardware, low_rank, packs
from modelhub.engine.failures import PackError

if TYPE_CHECKING:
    import torch

# Torch, activations and a batch need this much beside the weights.
HEADROOM = 64 << 20


def load_tokenizer(folder: Path, max_tokens: int) -> Any:
    """The folder's fast tokeniser, cut at `max_tokens`, no padding. Raises PackError if it cannot be read."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # the library raises bare Exception
        raise PackError(
            f"{folder.name}: tokenizer.json cannot be read ({str(error)[:80]}); pull the pack again"
        ) from None
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


def load_encoder_model(folder: Path, *, trainable: bool = False) -> Any:
    """A transformers encoder without its head. `trainable` gives ordinary fp32 copies of all weights.

    Layers that stand on another pack are laid over a copy of it; see `with_layers` for one that shares its memory.
    For BERT the weights stay mapped to the file (shared by all processes that read it) and an fp16 vocabulary
    matrix stays fp16: a lookup touches few rows, and adding the fp32 positions promotes the result.
    Raises PackError when files are missing or damaged, or do not fit into memory.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoConfig, AutoModel
    from transformers.utils import logging

    if (base := packs.under(folder)) is not None:
        model = load_encoder_model(base, trainable=trainable)
        model.load_state_dict(layers_of(folder, model), strict=False)
        return model
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise PackError(f"{folder.name} has no .safetensors weights; pickled weights are not loaded")
    size = sum(path.stat().st_size for path in weights)
    free = hardware.free_memory()
    if size * (4 if trainable else 1) + HEADROOM > free:
        raise PackError(
            f"{folder.name} needs {size >> 20} MB of memory, {free >> 20} MB are free; choose a smaller model"
        )
    try:
        config = AutoConfig.from_pretrained(folder)
        if config.model_type == "bert" and len(weights) == 1 and not trainable:
            return _mapped_bert(config, weights[0])
        logging.disable_progress_bar()
        return AutoModel.from_pretrained(folder, dtype=torch.float32, use_safetensors=True)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise PackError(f"{folder.name} cannot be loaded: {reason}") from None


def layers_of(folder: Path, model: Any) -> dict[str, torch.Tensor]:
    """The layers of a pack that stands on the one `model` was loaded from, by name. Raises PackError if they do not fit."""
    import torch
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        packs.check_layers(folder)
        stored = load_file(folder / packs.LAYERS)
    except (OSError, SafetensorError) as error:
        raise PackError(f"{folder.name} cannot be loaded: {error}; pull the pack again") from None
    there = {name: tensor.detach().cpu().numpy() for name, tensor in model.named_parameters()}
    return {name: torch.from_numpy(value) for name, value in low_rank.join(there, stored).items()}


def with_layers(model: Any, layers: Mapping[str, torch.Tensor]) -> Any:
    """A model with other tensors in the place of its own of these names; all else is the memory of the one it is made of.

    Raises PackError if one does not fit.
    """
    there = dict(model.named_parameters())
    for name, value in layers.items():
        if name not in there or there[name].shape != value.shape:
            raise PackError(f"the tuned layer {name} does not fit")
    # What `deepcopy` finds among the already copied it takes as it is: the modules become new, their tensors do not.
    held = {id(tensor): tensor for tensor in (*there.values(), *model.buffers())}
    found = copy.deepcopy(model, held)
    found.load_state_dict(layers, strict=False, assign=True)
    return found.requires_grad_(False)


def _usual(name: str) -> str:
    """The name of a weight as it is called today: early files prefix it, and call a norm's weight and bias gamma and beta."""
    return (
        name.removeprefix("bert.")
        .replace("LayerNorm.gamma", "LayerNorm.weight")
        .replace("LayerNorm.beta", "LayerNorm.bias")
    )


def _mapped_bert(config: Any, weights: Path) -> Any:
    import torch
    from safetensors.torch import load_file
    from transformers import BertModel

    config._attn_implementation = "sdpa"
    with torch.device("meta"):
        model = BertModel(config, add_pooling_layer=False)
    stored = {_usual(name): tensor for name, tensor in load_file(weights).items()}
    wanted = {name: stored[name] for name in model.state_dict() if name in stored}
    for name, tensor in wanted.items():
        if not name.startswith("embeddings.word"):
            wanted[name] = tensor.float()
    missing = set(model.state_dict()) - set(wanted)
    if missing:
        raise ValueError(f"weights lack {min(missing)}")
    model.load_state_dict(wanted, assign=True)
    # Buffers are not in the file; on the meta device they have no values yet.
    for name, buffer in list(model.named_buffers()):
        owner, _, leaf = name.rpartition(".")
        values = (
            torch.arange(buffer.shape[-1]).expand(buffer.shape) if leaf == "position_ids" else torch.zeros(buffer.shape)
        )
        model.get_submodule(owner).register_buffer(leaf, values.to(buffer.dtype), persistent=False)
    return model.requires_grad_(False)
