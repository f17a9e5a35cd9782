"""Where a version's files lie, whether they are what they were when it was made, and what is wrong with it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.models import Need, User
from core.services import audit
from modelhub.engine import artifacts, model_folders
from modelhub.engine.failures import EngineError
from modelhub.models import ModelVersion

log = structlog.get_logger(__name__)
WITH_WEIGHTS = {ModelVersion.Engine.CAUSAL, ModelVersion.Engine.SEQ2SEQ}


def packs_root() -> Path:
    """Folder of the pulled base models."""
    return Path(settings.FAIRLEAD_DATA) / "packs"


def place(folder: str) -> Path:
    """Path of a folder as written in a version: below the data folder, or absolute."""
    return Path(settings.FAIRLEAD_DATA) / folder


def sweep() -> None:
    """Delete, where versions and packs lie, what workers that were killed while they wrote left behind."""
    for name in ("packs", "readers", "versions"):
        gone = artifacts.sweep(place(name))
        if gone:
            log.info("leftovers deleted", folder=name, names=gone)


def folders(version: ModelVersion) -> list[Path]:
    """Folders a version is made of: its own and its adapter's."""
    return [place(folder) for folder in (version.folder, version.adapter) if folder]


def stamp(version: ModelVersion) -> str:
    """A digest that changes when the row, a file of the version or (for readers) the taxonomy changes. No file is read."""
    told = [
        version.engine,
        version.folder,
        version.adapter,
        version.address,
        version.remote_model,
        version.key_variable,
    ]
    parts = [*told, json.dumps(version.config, sort_keys=True)]
    for folder in folders(version):
        for item in sorted(folder.rglob("*")) if folder.is_dir() else []:
            state = item.stat()
            parts.append(f"{item.relative_to(folder)} {state.st_size} {state.st_mtime_ns}")
    if version.task == ModelVersion.Task.READ:
        needs = Need.objects.filter(active=True).order_by("key")
        words = needs.values_list(
            "key", "name_en", "name_zh", "description_en", "description_zh", "examples_en", "examples_zh"
        )
        parts.append(repr(list(words)))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def fingerprints(version: ModelVersion) -> dict[str, dict[str, str]]:
    """sha256 of every file of a transformers folder and its adapter, as kept in `config["files"]` when it is added.

    Raises EngineError if a folder is missing, is of another kind, or holds what could run code.
    """
    found: dict[str, dict[str, str]] = {}
    if version.engine == ModelVersion.Engine.READER:
        model_folders.check_reader(place(version.folder))  # sealed by its own manifest
        return found
    if version.folder:
        found["folder"] = model_folders.inspect(place(version.folder), kind=version.engine).files
    if version.adapter:
        found["adapter"] = model_folders.inspect(place(version.adapter), kind="adapter").files
    return found


def check_files(version: ModelVersion) -> None:
    """Raise EngineError if a file of a version was damaged or swapped since the version was added."""
    if version.engine == ModelVersion.Engine.READER and version.config.get("digest"):
        model_folders.check_reader(place(version.folder), version.config["digest"])
    if version.engine not in WITH_WEIGHTS:
        return  # readers carry a sealed manifest that the engine checks; the others have no files
    kept = version.config.get("files", {})
    for part, folder in (("folder", version.folder), ("adapter", version.adapter)):
        if folder:
            model_folders.check(place(folder), kept.get(part, {}))


def mark_broken(version: ModelVersion, why: str, *, state: bool = True) -> None:
    """Write on the version why it does not serve; `state=False` only tells (a server that may be back in a minute)."""
    wanted = ModelVersion.State.BROKEN if state else version.state
    if version.problem == why and version.state == wanted:
        return
    with transaction.atomic():
        before = {"state": version.state, "problem": version.problem}
        ModelVersion.objects.filter(pk=version.pk).update(state=wanted, problem=why)
        version.state, version.problem = wanted, why
        audit.record("break", version, by=None, before=before, after={"state": wanted, "problem": why})
    log.warning("version does not serve", version=version.key, why=why)


def mark_ready(version: ModelVersion, *, by: User | None = None) -> None:
    """Write that the version serves again."""
    if version.state == ModelVersion.State.READY and not version.problem:
        return
    with transaction.atomic():
        before = {"state": version.state, "problem": version.problem}
        ModelVersion.objects.filter(pk=version.pk).update(state=ModelVersion.State.READY, problem="")
        version.state, version.problem = ModelVersion.State.READY, ""
        audit.record("mend", version, by=by, before=before, after={"state": version.state, "problem": ""})


def check_again(version: ModelVersion, *, by: User) -> bool:
    """Look at the version's files now and mark it ready or broken; True if it is ready. Weights are not loaded.

    A retired version stays retired.
    """
    if version.state == ModelVersion.State.RETIRED:
        version.problem = _("It is retired.")  # told, not kept
        return False
    try:
        if version.engine == ModelVersion.Engine.READER:
            model_folders.check_reader(place(version.folder))
        check_files(version)
    except EngineError as error:
        if version.state == ModelVersion.State.UNTRAINED:
            version.problem = str(error)  # told, not kept: it needs training, nothing is broken
        else:
            mark_broken(version, str(error))
        return False
    mark_ready(version, by=by)
    return True


def settled(version: ModelVersion) -> bool:
    """Whether figures, assignments or answers already speak of this version, so that it must stay what it is."""
    told = (version.assignments, version.changes, version.evaluations, version.predictions)
    return any(rows.exists() for rows in told)


def held(version: ModelVersion) -> ModelVersion:
    """The version's row as it is now, locked until the caller's transaction ends: none assigns it while one retires it."""
    return ModelVersion.objects.select_for_update().get(pk=version.pk)


def retire(version: ModelVersion, *, by: User) -> None:
    """Take a version out of use for good; what it said stays. Raises ValidationError if it serves somewhere."""
    with transaction.atomic():
        row = held(version)
        if row.assignments.exists():
            text = _("%(name)s serves a segment; assign another version there first. It was not retired.")
            raise ValidationError(text % {"name": row.name})
        ModelVersion.objects.filter(pk=row.pk).update(state=ModelVersion.State.RETIRED)
        audit.record("retire", row, by=by, before={"state": row.state}, after={"state": ModelVersion.State.RETIRED})
    version.state = ModelVersion.State.RETIRED


def size(version: ModelVersion) -> int | None:
    """Bytes of the version's own files; None where it has none, or they are not here."""
    found = [
        item.stat().st_size
        for folder in folders(version)
        if folder.is_dir()
        for item in folder.rglob("*")
        if item.is_file()
    ]
    return sum(found) if found else None
