"""Loading an encoder's weights with little memory: mapped from the file, the vocabulary matrix kept as stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from modelhub.engine import hardware
from modelhub.engine.failures import PackError

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

    For BERT the weights stay mapped to the file (shared by all processes that read it) and an fp16 vocabulary
    matrix stays fp16: a lookup touches few rows, and adding the fp32 positions promotes the result.
    Raises PackError when files are missing or damaged, or do not fit into memory.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoConfig, AutoModel
    from transformers.utils import logging

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


def _mapped_bert(config: Any, weights: Path) -> Any:
    import torch
    from safetensors.torch import load_file
    from transformers import BertModel

    config._attn_implementation = "sdpa"
    with torch.device("meta"):
        model = BertModel(config, add_pooling_layer=False)
    stored = {name.removeprefix("bert."): tensor for name, tensor in load_file(weights).items()}
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
