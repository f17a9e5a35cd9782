"""Transformers folders added by an admin: what they hold, that nothing in them can run code, what memory they take."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelhub.engine import artifacts, hardware
from modelhub.engine.failures import ArtifactError
from modelhub.engine.pack_sources import sha256

# Weights and configuration that are read; documents that are left alone; the rest could run code and is refused.
READ = {".safetensors", ".json", ".txt", ".model", ".jinja", ".spm"}
IGNORED = {".md", ".gitattributes", ".png", ".jpg", ".pdf", ""}
HEADROOM = 256 << 20
HEADER_LIMIT = 100 << 20
SIZES = {"F64": 8, "F32": 4, "I64": 8, "I32": 4, "F16": 2, "BF16": 2, "I16": 2}


@dataclass(frozen=True, slots=True)
class FolderFacts:
    """What a model folder is: architecture, number of parameters, bytes of weights, sha256 of each file read."""

    kind: str
    architecture: str
    parameters: int
    weight_bytes: int
    files: dict[str, str]


def inspect(folder: Path, *, kind: str) -> FolderFacts:
    """Look at a folder without loading it. `kind` is causal, seq2seq or adapter.

    Raises ArtifactError in one line if it is missing, is of another kind, wants to run its own code, or holds pickled
    weights or scripts.
    """
    if not folder.is_dir():
        raise ArtifactError(f"{folder} is not there; give a folder below the data folder, or an absolute path")
    files = _files(folder)
    config = _config(folder, "adapter_config.json" if kind == "adapter" else "config.json")
    weights = [name for name in files if name.endswith(".safetensors")]
    if not weights:
        raise ArtifactError(f"{folder.name} has no .safetensors weights; pickled weights are never loaded")
    if config.get("auto_map"):
        raise ArtifactError(f"{folder.name} wants to run its own code (auto_map in its configuration); that is refused")
    architecture = str(config.get("peft_type", "")) if kind == "adapter" else _architecture(folder, config, kind)
    parameters = sum(_count(folder / name) for name in weights)
    size = sum((folder / name).stat().st_size for name in weights)
    return FolderFacts(kind, architecture, parameters, size, {name: sha256(folder / name) for name in files})


def check(folder: Path, kept: Mapping[str, str]) -> None:
    """Compare a folder with the digests kept when it was added. Raises ArtifactError naming the file that differs."""
    if not folder.is_dir():
        raise ArtifactError(f"{folder} is not there any more; put it back or assign another version")
    present = _files(folder)
    for name in kept:
        if name not in present:
            raise ArtifactError(f"{folder.name}: {name} is missing; put it back and check the version again")
    for name in present:
        if name not in kept:
            raise ArtifactError(f"{folder.name}: {name} was not there when the version was added; nothing was loaded")
        if sha256(folder / name) != kept[name]:
            raise ArtifactError(f"{folder.name}: {name} was changed or swapped since it was added; nothing was loaded")


def check_reader(folder: Path, digest: str = "") -> None:
    """Check the sealed manifest of a trained reader, and that it is the one of this digest. Raises ArtifactError."""
    manifest = folder / artifacts.MANIFEST
    kind = "reader"
    if manifest.is_file():  # the reader itself refuses a kind it cannot serve; here only the seal matters
        try:
            kind = str(json.loads(manifest.read_text("utf-8")).get("kind", kind))
        except (ValueError, AttributeError):
            raise ArtifactError(f"{folder.name}: {artifacts.MANIFEST} is damaged; copy the version again") from None
    found = artifacts.load(folder, kinds=(kind,))
    if digest and found.digest != digest:
        raise ArtifactError(f"{folder.name} was swapped for another version since it was made; put the old one back")


def memory_needed(folder: Path, *, bytes_per_weight: int) -> int:
    """Bytes a model takes when loaded with that many bytes a weight, working memory included."""
    weights = sorted(folder.glob("*.safetensors"))
    return sum(_count(path) for path in weights) * bytes_per_weight + HEADROOM


def check_memory(folder: Path, *, bytes_per_weight: int, free: int | None = None) -> None:
    """Raise ArtifactError, before anything is loaded, if the model does not fit; `free` defaults to this machine's."""
    needed = memory_needed(folder, bytes_per_weight=bytes_per_weight)
    there = hardware.free_memory() if free is None else free
    if needed > there:
        raise ArtifactError(
            f"{folder.name} needs about {needed >> 20} MB of memory, {there >> 20} MB are free; nothing was loaded"
        )


def _files(folder: Path) -> list[str]:
    names = []
    for item in sorted(folder.rglob("*")):
        name = item.relative_to(folder).as_posix()
        if item.is_symlink() and not item.is_file():
            raise ArtifactError(f"{folder.name}: {name} is a link that leads nowhere")
        if not item.is_file():
            continue
        if item.suffix in READ:
            names.append(name)
        elif item.suffix not in IGNORED:
            raise ArtifactError(f"{folder.name}: {name} is of a kind that is never loaded; take it out of the folder")
    return names


def _config(folder: Path, name: str) -> dict[str, Any]:
    try:
        config = json.loads((folder / name).read_text("utf-8"))
    except OSError:
        raise ArtifactError(f"{folder.name} has no {name}; give a folder saved by save_pretrained") from None
    except ValueError:
        raise ArtifactError(f"{folder.name}: {name} is not JSON") from None
    if not isinstance(config, dict):
        raise ArtifactError(f"{folder.name}: {name} is not a configuration")
    return config


def _architecture(folder: Path, config: Mapping[str, Any], kind: str) -> str:
    names = config.get("architectures") or [""]
    architecture = str(names[0])
    if not (folder / "tokenizer.json").is_file() and not list(folder.glob("*.model")):
        raise ArtifactError(f"{folder.name} has no tokeniser; save it beside the weights")
    wanted = {"causal": "ForCausalLM", "seq2seq": "ForConditionalGeneration"}[kind]
    if architecture and not architecture.endswith((wanted, "LMHeadModel")):
        raise ArtifactError(f"{folder.name} is a {architecture}; a {wanted} model is needed here")
    return architecture


def _count(path: Path) -> int:
    """Parameters of a safetensors file, from its header alone (8 bytes of length, then JSON)."""
    try:
        with path.open("rb") as handle:
            (length,) = struct.unpack("<Q", handle.read(8))
            if length > HEADER_LIMIT:
                raise ValueError
            header = json.loads(handle.read(length))
    except (OSError, ValueError, struct.error):
        raise ArtifactError(f"{path.parent.name}: {path.name} is damaged; copy it again") from None
    total = 0
    for name, facts in header.items():
        if name != "__metadata__":
            start, end = facts["data_offsets"]
            total += (end - start) // SIZES.get(facts["dtype"], 1)
    return total
