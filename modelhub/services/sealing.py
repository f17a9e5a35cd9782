"""Keep what an admin's reader folder and base model are made of when they are first loaded, so that a swap is noticed later."""

from __future__ import annotations

from django.db import transaction

from modelhub.engine import artifacts, packs
from modelhub.engine.failures import EngineError
from modelhub.models import BaseModel, ModelVersion
from modelhub.services import run_data, versions


def digest(version: ModelVersion) -> str:
    """The digest of a trained reader's folder. Raises EngineError if it is not what its manifest says."""
    return artifacts.load(versions.place(version.folder), kinds=("reader",)).digest


def wanted(version: ModelVersion) -> str:
    """The digest to keep of a reader that is about to be loaded; empty if it is kept, or need not be. Raises as `digest` does.

    Shipped readers are made anew with the program, so theirs are not kept. Looked at before the reader is in memory:
    afterwards there may be too little left for the check.
    """
    if version.engine != ModelVersion.Engine.READER or version.config.get("digest") or version.config.get("shipped"):
        return ""
    return digest(version)


def seal(version: ModelVersion, found: str) -> bool:
    """Keep the digest of a reader that was just loaded, and of its base; True if the version's own was not kept yet."""
    if version.engine == ModelVersion.Engine.READER and version.base is not None and not version.base.sha256:
        _seal_base(version.base)
    if not found:
        return False
    with transaction.atomic():
        row = versions.held(version)  # what an admin changed while it was loaded stays
        row.config = {"digest": found, **row.config}
        row.save(update_fields=["config"])
    version.config = row.config
    return True


def _seal_base(base: BaseModel) -> None:
    try:
        kept = packs.fingerprint(run_data.base_folder(base))[:64]
    except EngineError:
        return  # not here: the reader that was loaded needs it not
    BaseModel.objects.filter(pk=base.pk, sha256="").update(sha256=kept)
