"""The encoder that ships: E5 fine-tuned on the shipped messages, kept as small layers over the pack it was made from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from modelhub.engine import low_rank, packs, reader_finetune, seen_texts
from modelhub.engine.clause_tuning import Keeper
from modelhub.engine.corpus import Message
from modelhub.engine.encoders import encoder
from modelhub.engine.reader_training import Report
from modelhub.engine.tuned_storage import PREFIX
from modelhub.engine.types import NeedDefinition

FACTS = "tuning.json"
RANK = 32  # of the difference of each matrix


def make(
    messages: Sequence[Message],
    definitions: Sequence[NeedDefinition],
    base: Path,
    folder: Path,
    *,
    rank: int = RANK,
    report: Report = lambda _: None,
    keeper: Keeper | None = None,
) -> None:
    """Tune the encoder in `base` and write its layers, marks of the texts it saw and what was done into `folder`.

    Takes some twenty minutes on two cores. Raises TrainingError or PackError as `reader_finetune.tune` does.
    """
    from safetensors.numpy import save_file

    done = reader_finetune.tune(
        messages, definitions, base, plan=reader_finetune.Plan(), report=report, keeper=keeper
    )  # fmt: skip
    there = {name: value.detach().cpu().numpy() for name, value in encoder(base).model.named_parameters()}
    layers = {name.removeprefix(PREFIX): value for name, value in done.tensors.items()}
    folder.mkdir(parents=True, exist_ok=True)
    save_file(low_rank.split(there, layers, rank), folder / packs.LAYERS)
    (folder / seen_texts.FILE).write_text(json.dumps(sorted(done.seen)) + "\n")
    (folder / FACTS).write_text(json.dumps({**done.facts, "rank": rank}, indent=1) + "\n")
