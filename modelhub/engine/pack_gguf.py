"""Turns a GGUF file into an ordinary transformers folder (fp16 safetensors), dequantised by transformers itself."""

from __future__ import annotations

from pathlib import Path

from modelhub.engine.failures import PackError


def convert(source: Path, folder: Path) -> None:
    """Write config, tokeniser and weights of a causal model into `folder`. Raises PackError if transformers cannot."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        model = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name, dtype=torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    except (OSError, ValueError, ImportError, RuntimeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise PackError(f"{source.name} could not be converted: {reason}") from None
    finally:
        logging.enable_progress_bar()
    # The weights are plain floats now; transformers still marks the model as packed and would refuse to save it.
    if (quantizer := getattr(model, "hf_quantizer", None)) is not None:
        quantizer.remove_quantization_config(model)
    model.half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
