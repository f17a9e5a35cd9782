"""A stored version: a folder of safetensors and JSON beside a manifest that lists the sha256 of everything in it."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelhub.engine import hardware
from modelhub.engine.failures import ArtifactError, RoomError
from modelhub.engine.pack_sources import sha256

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT = 1
MANIFEST = "manifest.json"
TENSORS = "tensors.safetensors"
ALLOWED = {".safetensors", ".json", ".txt", ".jinja"}
HEADROOM = 32 << 20
DAY = 86_400.0  # seconds
_SCRATCH = re.compile(r"\..+-[a-z0-9_]{8}")  # as `save` and the pulling of packs name what they write into


@dataclass(frozen=True)
class Artifact:
    """A checked version folder. `meta` is what the maker wrote: labels, bases, seed, configuration, card …"""

    folder: Path
    kind: str
    meta: Mapping[str, Any]
    files: Mapping[str, Mapping[str, Any]]

    @cached_property
    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """All arrays by name, read on first use."""
        from safetensors.numpy import load_file

        if TENSORS not in self.files:
            return {}
        try:
            return load_file(self.folder / TENSORS)
        except Exception as error:  # the library raises its own class, not exported everywhere
            raise ArtifactError(f"{self.folder.name}: {TENSORS} cannot be read ({str(error)[:80]})") from None

    def json(self, name: str) -> Any:
        """An extra JSON file saved with the version."""
        if name not in self.files:
            raise ArtifactError(f"{self.folder.name} has no {name}; train the version again")
        return json.loads((self.folder / name).read_text("utf-8"))

    @property
    def digest(self) -> str:
        """One sha256 for the whole version; it changes when anything in it does."""
        return hashlib.sha256(_canonical(dict(self.files))).hexdigest()


def save(
    folder: Path,
    kind: str,
    tensors: Mapping[str, NDArray[Any]],
    extra: Mapping[str, Any] | None = None,
    meta: Mapping[str, Any] | None = None,
) -> Artifact:
    """Write a version in one step: a half-written folder is never seen, an old version of the same name is replaced.

    `extra` maps file names (they may hold a folder) to JSON values, or to Paths of files to copy.
    Raises ArtifactError if a file name is of a kind that could run code, or if `folder` holds something else; RoomError
    if it cannot be written.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    recover(folder)
    if folder.exists() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise ArtifactError(f"{folder} holds other files; give an empty or a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        if tensors:
            save_file(_contiguous(tensors), scratch / TENSORS)
        for name, value in (extra or {}).items():
            _write_extra(scratch, name, value)
        _write_manifest(scratch, kind, dict(meta or {}))
        scratch.chmod(0o755)
        if folder.exists():
            folder.rename(_aside(folder))
        scratch.replace(folder)
    except (OSError, SafetensorError) as error:  # a full disk comes as either, by which of us was writing
        why = getattr(error, "strerror", None) or str(error)
        raise RoomError(f"{folder.name} could not be written: {why}; nothing was kept of it") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        recover(folder)
    return load(folder, kinds=(kind,))


def recover(folder: Path) -> None:
    """Take the old version back where its replacing was cut short; delete what is left of it where the new one is there."""
    aside = _aside(folder)
    if not aside.is_dir():
        return
    if folder.exists():
        shutil.rmtree(aside)
    else:
        aside.rename(folder)


def sweep(root: Path, *, older: float = DAY) -> list[str]:
    """Delete what killed writers left in a folder of versions or packs; returns the names.

    Only what nobody has written to for `older` seconds goes: a slow download is no leftover.
    """
    before = time.time() - older
    left = [item for item in root.glob(".*-*") if _SCRATCH.fullmatch(item.name) and item.is_dir()]
    gone = [item for item in left if not item.is_symlink() and _written(item) < before]
    for item in gone:
        shutil.rmtree(item, ignore_errors=True)
    return [item.name for item in gone]


def load(folder: Path, *, kinds: Collection[str], memory_factor: float = 1.5) -> Artifact:
    """Check a version folder and open it. Nothing in it is ever executed or unpickled.

    Raises ArtifactError in one line if the folder is not a version, is of another kind or a newer format, has a file
    that is missing, changed, unlisted or of a kind that could run code; RoomError if it needs more memory than is free.
    """
    if not folder.exists():
        recover(folder)
    manifest = _read_manifest(folder)
    if manifest.get("format") != FORMAT:
        raise ArtifactError(
            f"{folder.name} has format {manifest.get('format')!r}, this program reads {FORMAT}; update it or train again"
        )
    kind = str(manifest.get("kind"))
    if kind not in kinds:
        raise ArtifactError(f"{folder.name} is a {kind!r} version; {' or '.join(sorted(kinds))} is needed here")
    files = manifest["files"]
    _check_files(folder, files)
    _check_memory(folder, files, memory_factor)
    return Artifact(folder, kind, manifest["meta"], files)


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.aside")


def _written(folder: Path) -> float:
    """When anything in a folder was last written; now, if it goes away while it is looked at."""
    try:
        return max(item.stat().st_mtime for item in [folder, *folder.rglob("*")])
    except OSError:
        return time.time()


def _contiguous(tensors: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    import numpy as np

    return {name: np.ascontiguousarray(value) for name, value in tensors.items()}


def _write_extra(scratch: Path, name: str, value: Any) -> None:
    target = scratch / name
    if target.suffix not in ALLOWED or ".." in target.parts or name in {MANIFEST, TENSORS}:
        raise ArtifactError(f"{name} cannot be part of a version; allowed are {', '.join(sorted(ALLOWED))}")
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(value, Path):
        shutil.copyfile(value, target)
    else:
        target.write_text(json.dumps(value, ensure_ascii=False), "utf-8")


def _write_manifest(folder: Path, kind: str, meta: dict[str, Any]) -> None:
    files = {}
    for item in sorted(folder.rglob("*")):
        if item.is_file():
            item.chmod(0o644)
            files[item.relative_to(folder).as_posix()] = {"sha256": sha256(item), "bytes": item.stat().st_size}
    manifest = {"format": FORMAT, "kind": kind, "meta": meta, "files": files}
    manifest["seal"] = _seal(manifest)
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1), "utf-8")


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise ArtifactError(f"{folder} is not a version: it has no {MANIFEST}")
    try:
        manifest = json.loads(path.read_text("utf-8"))
        sealed = manifest["seal"] == _seal(manifest)
        complete = isinstance(manifest["files"], dict) and isinstance(manifest["meta"], dict)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ArtifactError(f"{folder.name}: {MANIFEST} is damaged; copy the version again") from None
    if not sealed or not complete:
        raise ArtifactError(f"{folder.name}: {MANIFEST} was changed after it was written; copy the version again")
    return dict(manifest)


def _check_files(folder: Path, files: Mapping[str, Any]) -> None:
    present = {item.relative_to(folder).as_posix() for item in folder.rglob("*") if item.is_file() or item.is_symlink()}
    for name in sorted(present - set(files) - {MANIFEST}):
        raise ArtifactError(f"{folder.name}: {name} does not belong to this version; it was not opened")
    for name, facts in files.items():
        path = folder / name
        if Path(name).suffix not in ALLOWED or ".." in Path(name).parts or Path(name).is_absolute():
            raise ArtifactError(f"{folder.name}: {name} is of a kind that is never loaded")
        if not path.is_file() or path.is_symlink():
            raise ArtifactError(f"{folder.name}: {name} is missing; copy the version again")
        if path.stat().st_size != facts["bytes"] or sha256(path) != facts["sha256"]:
            raise ArtifactError(f"{folder.name}: {name} was changed or swapped; copy the version again")


def _check_memory(folder: Path, files: Mapping[str, Any], factor: float) -> None:
    needed = int(sum(facts["bytes"] for facts in files.values()) * factor) + HEADROOM
    free = hardware.free_memory()
    if needed > free:
        raise RoomError(
            f"{folder.name} needs about {needed >> 20} MB of memory, {free >> 20} MB are free; nothing was loaded"
        )


def _canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode()


def _seal(manifest: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical({key: value for key, value in manifest.items() if key != "seal"})).hexdigest()
