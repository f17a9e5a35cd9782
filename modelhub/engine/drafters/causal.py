"""A causal language model as writer: Llama, Qwen, GPT kinds, with or without a chat template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelhub.engine.drafters.local import LocalWriter, told
from modelhub.engine.drafters.slots import Slot
from modelhub.engine.types import DraftRequest

if TYPE_CHECKING:
    import torch


class CausalWriter(LocalWriter):
    """Continues a chat, or a plain text where the model knows no chat."""

    auto = "AutoModelForCausalLM"

    def prompt(self, request: DraftRequest, slot: Slot) -> str:
        """The chat with system text and task, ready for the answer."""
        system, task = told(request, slot)
        if not getattr(self.tokenizer, "chat_template", None):
            return f"{system}\n\n{task}\nSentence:"
        chat = [{"role": "system", "content": system}, {"role": "user", "content": task}]
        return str(self.tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True))

    def _start(self, inputs: dict[str, torch.Tensor]) -> int:
        return int(inputs["input_ids"].shape[1])
