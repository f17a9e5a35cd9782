"""Take the vectors of single clauses out of versions that an earlier edition trained on texts which are forgotten now."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from core.models import Job
from core.services import audit, jobs
from modelhub.engine import artifacts, reader_store
from modelhub.engine.failures import EngineError, RoomError
from modelhub.models import Dataset, ModelVersion
from modelhub.services import engine_words, versions

KIND = "hub.erase"


def request(dataset: Dataset) -> None:
    """Queue, in the caller's transaction, the work on each version that was trained on a dataset and may hold vectors."""
    for version in ModelVersion.objects.filter(run__dataset=dataset):
        if _may_hold(version):
            _enqueue(version)


def catch_up() -> None:
    """Queue the same, once, for versions of whose texts some were forgotten before there was this work."""
    asked = set(Job.objects.filter(kind=KIND).values_list("dedupe_key", flat=True))
    for version in ModelVersion.objects.filter(run__dataset__forgotten__gt=0):
        if _may_hold(version) and _key(version) not in asked:
            _enqueue(version)


def work(rows: Sequence[Job]) -> None:
    """Save each version anew and keep its new digest. Raises Unworkable, with the reason, if its files are not its own.

    Raises RoomError where memory or disk is short, so that the job is tried again.
    """
    for job in rows:
        with jobs.finishing(job):
            version = ModelVersion.objects.select_for_update().filter(pk=job.payload["version"]).first()
            if version is not None:
                _erase(version)


def _may_hold(version: ModelVersion) -> bool:
    return version.config.get("background") != reader_store.DRAWN


def _enqueue(version: ModelVersion) -> None:
    jobs.enqueue(KIND, {"version": version.pk}, dedupe_key=_key(version))


def _key(version: ModelVersion) -> str:
    return f"erase:{version.pk}"


def _erase(version: ModelVersion) -> None:
    """A worker that was killed behind the writing left a version that names the digest it had, and is taken as it is."""
    text = _("Texts that were erased could not be taken out of %(name)s: %(why)s")
    before = version.config.get("digest", "")
    folder = versions.place(version.folder)
    artifacts.recover(folder)
    if not folder.is_dir():
        return  # nothing of it is left
    try:
        found = artifacts.load(folder, kinds=(reader_store.KIND,))
        if before not in (found.digest, found.meta.get("erased_from"), ""):
            raise jobs.Unworkable(text % {"name": version.name, "why": _("its files are not those that were trained")})
        made = reader_store.without_clauses(found)
    except RoomError:
        raise
    except EngineError as error:
        raise jobs.Unworkable(text % {"name": version.name, "why": engine_words.told(str(error))}) from None
    version.config = {**version.config, "digest": made.digest, "background": reader_store.DRAWN}
    version.save(update_fields=["config"])
    audit.record("erase", version, by=None, before={"digest": before}, after={"digest": made.digest})
