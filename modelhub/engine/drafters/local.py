"""Writing with a transformers model in this process: picked device and number format, length-sorted batches, a time limit."""

from __future__ import annotations

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelhub.engine import hardware, model_folders
from modelhub.engine.drafters import prompts
from modelhub.engine.drafters.slots import Slot
from modelhub.engine.failures import ArtifactError
from modelhub.engine.types import DraftRequest

if TYPE_CHECKING:
    import torch

NEW_TOKENS = 72
PROMPT_TOKENS = 1024
SECONDS = 60.0  # for all the batches of one call
TAIL = 4  # tokens looked at for the end of a sentence
SENTENCE_DONE = re.compile(r"[.!?][\"”]?\s+\S|[。！？]|\S\s*\n")


class LocalWriter(ABC):
    """What causal and seq2seq writers share. Subclasses name the transformers class and lay out the prompt."""

    auto = ""
    padding = "left"
    free = False

    def __init__(self, folder: Path, adapter: Path | None = None, *, free: bool = False) -> None:
        """Load weights, and a LoRA adapter folded into them. Raises ArtifactError if they do not fit or cannot be read."""
        from safetensors import SafetensorError

        self.free = free
        self.device = hardware.plan().device
        free_bytes = free_memory(self.device)
        self.format = number_format(folder, free_bytes)
        width = 4 if self.format == "float32" else 2
        model_folders.check_memory(folder, bytes_per_weight=width, free=free_bytes)
        try:
            self.tokenizer = _tokenizer(folder, self.padding)
            self.model = self._load(folder, adapter)
        except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ArtifactError(f"{folder.name} cannot be loaded: {reason[:200]}") from None

    def write(self, request: DraftRequest, slots: Sequence[Slot]) -> list[str]:
        """One text per slot; a slot the time did not suffice for stays empty."""
        return self.generate([self.prompt(request, slot) for slot in slots], seconds=SECONDS)

    @abstractmethod
    def prompt(self, request: DraftRequest, slot: Slot) -> str:
        """The whole text the model reads for one slot."""

    def generate(self, texts: Sequence[str], *, new_tokens: int = NEW_TOKENS, seconds: float = SECONDS) -> list[str]:
        """Continue each text greedily by at most `new_tokens`, batches of similar length together."""
        if not texts:
            return []
        lengths = [len(ids) for ids in self.tokenizer(list(texts))["input_ids"]]
        order = sorted(range(len(texts)), key=lengths.__getitem__)
        size = batch_size(self.device)
        found = [""] * len(texts)
        until = time.monotonic() + seconds
        for start in range(0, len(order), size):
            left = until - time.monotonic()
            if left <= 0:
                break
            chosen = order[start : start + size]
            for index, text in zip(chosen, self._batch([texts[i] for i in chosen], new_tokens, left), strict=True):
                found[index] = text
        return found

    def _batch(self, texts: Sequence[str], new_tokens: int, seconds: float) -> list[str]:
        import torch

        inputs = self.tokenizer(
            list(texts), return_tensors="pt", padding=True, truncation=True, max_length=PROMPT_TOKENS,
            add_special_tokens=self.padding == "right",  # a chat template has written them already
        ).to(self.device)  # fmt: skip
        wanted = {name: inputs[name] for name in ("input_ids", "attention_mask")}
        with torch.inference_mode():
            made = self.model.generate(
                **wanted, stopping_criteria=one_sentence(self.tokenizer, self._start(wanted)) if new_tokens == NEW_TOKENS else None, max_new_tokens=new_tokens, max_time=seconds, do_sample=False, num_beams=1,
                repetition_penalty=1.1, pad_token_id=self.tokenizer.pad_token_id,
            )  # fmt: skip
        return [
            str(text) for text in self.tokenizer.batch_decode(made[:, self._start(wanted) :], skip_special_tokens=True)
        ]

    def _start(self, inputs: dict[str, torch.Tensor]) -> int:
        """Tokens at the head of what `generate` returns that the model did not write."""
        return 1

    def _load(self, folder: Path, adapter: Path | None) -> Any:
        import torch
        import transformers

        transformers.utils.logging.disable_progress_bar()  # a worker's log is no terminal
        kind = getattr(transformers, self.auto)
        model = kind.from_pretrained(
            folder, dtype=getattr(torch, self.format), use_safetensors=True, local_files_only=True,
            trust_remote_code=False, attn_implementation="sdpa" if self.auto == "AutoModelForCausalLM" else None,
        )  # fmt: skip
        if adapter is not None:
            from peft import PeftModel

            model = PeftModel.from_pretrained(model, adapter, local_files_only=True).merge_and_unload()
        model.generation_config.temperature = model.generation_config.top_p = model.generation_config.top_k = None
        return model.to(self.device).eval()


def one_sentence(tokenizer: Any, start: int) -> Any:
    """A stopping criterion that ends each sequence behind its first sentence: what follows would be thrown away.

    `start` is the number of tokens that stood there before the model wrote.
    """
    import torch
    from transformers import StoppingCriteriaList

    def ended(ids: torch.Tensor, _scores: torch.Tensor, **_rest: Any) -> torch.Tensor:
        tails = tokenizer.batch_decode(ids[:, max(start, ids.shape[1] - TAIL) :], skip_special_tokens=True)
        return torch.tensor([bool(SENTENCE_DONE.search(tail)) for tail in tails], device=ids.device)

    return StoppingCriteriaList([ended])


def number_format(folder: Path, free: int) -> str:
    """The format weights are loaded in, given the free bytes of the device.

    On a GPU what it computes natively. On a processor float32 is the faster one while a token is written at a time
    (measured: 15 against 11 tokens/s on one core), so bfloat16 only where float32 would take more than half the memory.
    """
    if hardware.plan().device == "cuda":
        return hardware.plan().autocast or "float32"
    whole = model_folders.memory_needed(folder, bytes_per_weight=4)
    return "float32" if whole <= free // 2 else "bfloat16"


def batch_size(device: str) -> int:
    """Sequences generated at once: enough to fill a GPU, few on a processor, where each adds its own time."""
    return 64 if device == "cuda" else 8


def free_memory(device: str) -> int:
    """Free bytes where the weights will lie."""
    if device == "cuda":
        import torch

        return int(torch.cuda.mem_get_info()[0])
    return hardware.free_memory()


def _tokenizer(folder: Path, padding: str) -> Any:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    tokenizer.padding_side = padding
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def told(request: DraftRequest, slot: Slot) -> tuple[str, str]:
    """System text and task of a slot."""
    return prompts.system(request), prompts.task(slot)
