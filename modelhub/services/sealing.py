"""Keep what an admin's reader folder and base model are made of when they are first loaded, so that a swap is noticed later."""

from __future__ import annotations

from modelhub.engine import artifacts, packs
from modelhub.engine.failures import EngineError
from modelhub.models import BaseModel, ModelVersion
from modelhub.services import run_data, versions


def digest(version: ModelVersion) -> str:
    """The digest of a trained reader's folder. Raises EngineError if it is not what its manifest says."""
    return artifacts.load(versions.place(version.folder), kinds=("reader",)).digest


def seal(version: ModelVersion) -> bool:
    """Keep the digests of a reader that was just loaded and of its base; True if the version's own was not kept yet.

    Shipped readers are made anew with the program, so theirs are not kept.
    """
    if version.engine != ModelVersion.Engine.READER:
        return False
    if version.base is not None and not version.base.sha256:
        _seal_base(version.base)
    if version.config.get("digest") or version.config.get("shipped"):
        return False
    version.config = {**version.config, "digest": digest(version)}
    ModelVersion.objects.filter(pk=version.pk).update(config=version.config)
    return True


def _seal_base(base: BaseModel) -> None:
    try:
        kept = packs.fingerprint(run_data.base_folder(base))[:64]
    except EngineError:
        return  # not here: the reader that was loaded needs it not
    BaseModel.objects.filter(pk=base.pk, sha256="").update(sha256=kept)
