"""A sequence-to-sequence model as writer: T5 kinds."""

from __future__ import annotations

from modelhub.engine.drafters.local import LocalWriter, told
from modelhub.engine.drafters.slots import Slot
from modelhub.engine.types import DraftRequest


class Seq2SeqWriter(LocalWriter):
    """Turns the task into a sentence; the encoder reads it padded on the right."""

    auto = "AutoModelForSeq2SeqLM"
    padding = "right"

    def prompt(self, request: DraftRequest, slot: Slot) -> str:
        """System text and task in one line of thought."""
        system, task = told(request, slot)
        return f"{system}\n{task}"
