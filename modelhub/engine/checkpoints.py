"""A training's state on disk: one safetensors file with plain facts in its header, replaced in one step, never pickled."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelhub.engine.failures import TrainingError

if TYPE_CHECKING:
    import torch

FACTS = "facts"


def save(path: Path, tensors: Mapping[str, torch.Tensor], facts: Mapping[str, Any]) -> None:
    """Write a checkpoint; a reader sees the old one or the new one. Raises TrainingError if the disk does not take it."""
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    scratch = path.with_suffix(".writing")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({name: t.contiguous() for name, t in tensors.items()}, scratch, {FACTS: json.dumps(dict(facts))})
        with scratch.open("rb") as handle:
            os.fsync(handle.fileno())
        scratch.replace(path)
    except (OSError, SafetensorError) as error:
        scratch.unlink(missing_ok=True)
        why = getattr(error, "strerror", None) or str(error)
        raise TrainingError(f"the checkpoint could not be written: {why}; free some disk and restart the run") from None


def load(path: Path, mark: str) -> tuple[dict[str, torch.Tensor], dict[str, Any]] | None:
    """The checkpoint that carries this mark; None if there is none, it is of another training, or it is damaged."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        return None
    try:
        with safe_open(path, "pt") as file:
            facts = json.loads((file.metadata() or {})[FACTS])
            if facts.get("mark") != mark:
                return None
            return {name: file.get_tensor(name) for name in file.keys()}, facts  # noqa: SIM118 (not a mapping)
    except (OSError, SafetensorError, KeyError, ValueError):
        return None
