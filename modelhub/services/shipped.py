"""The versions that ship: their rows, their default assignments, and the figures of the shipped readers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _  # kept in English in the rows, translated where shown

from modelhub.engine import packs
from modelhub.engine.failures import EngineError
from modelhub.interface import Task
from modelhub.models import Assignment, BaseModel, Evaluation, ModelVersion
from modelhub.services import shipped_readers, versions

READER, READER_MINILM, READER_WORDS = "reader-1", "reader-1-minilm", "reader-1-ngrams"
COMPOSER, SMOLLM, RULES = "composer-1", "smollm2-135m", "rules-1"
DEFAULTS: Mapping[Task, str] = {"read": READER, "draft": COMPOSER, "verify": RULES}
# What answers when everything assigned is broken, in this order.
LAST_RESORTS: Mapping[Task, tuple[str, ...]] = {
    "read": (READER, READER_WORDS), "draft": (COMPOSER,), "verify": (RULES,),
}  # fmt: skip
BASES = {
    packs.TUNED: ("Fairlead E5 small 1", 118_000_000),
    "multilingual-e5-small": ("Multilingual E5 small", 118_000_000),
    "all-minilm-l6-v2": ("MiniLM L6 v2", 22_700_000),
    "smollm2-135m-instruct": ("SmolLM2 135M Instruct", 134_500_000),
}
Report = Callable[[str], None]


def ensure() -> None:
    """Make the rows that are missing and assign the defaults where nothing is assigned. What is there stays as it is."""
    with transaction.atomic():
        bases = {key: _base(key) for key in BASES}
        for row in _rows():
            base = bases.get(row.pop("base", ""))
            version, _made = ModelVersion.objects.get_or_create(key=row.pop("key"), defaults={**row, "base": base})
            if version.base != base:  # a shipped reader of this edition stands on another model than before
                ModelVersion.objects.filter(pk=version.pk).update(base=base, card=row["card"])
        for task, key in DEFAULTS.items():
            version = ModelVersion.objects.get(key=key)
            Assignment.objects.get_or_create(
                task=task, segment=None, defaults={"version": version, "reason": _("Shipped default.")}
            )
    _keep_digests()
    note_trained()


def note_trained() -> None:
    """Write on the shipped readers whether they are trained here; the default one trains itself on first use."""
    state = ModelVersion.State
    for version in ModelVersion.objects.filter(key__in=(READER_MINILM, READER_WORDS)):
        if shipped_readers.there(version.config["shipped"]):
            ModelVersion.objects.filter(pk=version.pk, state=state.UNTRAINED).update(state=state.READY)
        else:  # none was trained here, or one by an earlier edition
            rows = ModelVersion.objects.filter(pk=version.pk, state__in=[state.READY, state.BROKEN])
            rows.update(state=state.UNTRAINED, problem="")


def prepare(*, report: Report = lambda _line: None, evaluate: bool = True, keys: tuple[str, ...] = (READER,)) -> None:
    """`ensure`, train the readers of `keys` where they are not trained yet, and measure what was not measured."""
    ensure()
    for key in keys:
        version = ModelVersion.objects.get(key=key)
        folder = shipped_readers.ensure(version.config["shipped"], report=report)
        report(f"{version.name}: {folder}")
        note_trained()
        if evaluate:
            _evaluate(version, report)


def _rows() -> list[dict[str, Any]]:
    read, draft, verify = ModelVersion.Task.READ, ModelVersion.Task.DRAFT, ModelVersion.Task.VERIFY
    engine = ModelVersion.Engine
    readers = [
        (READER, "reader v1", packs.TUNED, "default", _(
            "Linear heads over multilingual E5, fine-tuned on the messages that ship, and n-grams of words and characters, "
            "clause by clause. Reads English and Chinese; other languages modestly, and says so.")),
        (READER_MINILM, "reader v1 MiniLM", "all-minilm-l6-v2", "minilm", _(
            "The same heads over MiniLM: half the time of E5, English only.")),
        (READER_WORDS, "reader v1 n-grams", "", "ngrams", _(
            "N-grams of words and characters alone: no encoder, least memory, weakest on words it has not seen.")),
    ]  # fmt: skip
    rows = [
        {"key": key, "name": name, "task": read, "engine": engine.READER, "base": base, "card": card,
         "folder": f"readers/{variant}", "config": {"shipped": variant}}
        for key, name, base, variant, card in readers
    ]  # fmt: skip
    rows += [
        {"key": COMPOSER, "name": "composer v1", "task": draft, "engine": engine.COMPOSER, "card": _(
            "Composes from approved claims by rule, in English and Chinese. The same request gives the same words.")},
        {"key": SMOLLM, "name": "SmolLM2 135M", "task": draft, "engine": engine.CAUSAL, "base": "smollm2-135m-instruct",
         "folder": "packs/smollm2-135m-instruct", "config": {"languages": ["en"]}, "card": _(
             "A small English language model. It writes poorly and invents facts; the verifier refuses those sentences "
             "and the composer's take their place. Here to try the generative path, not to sell with.")},
        {"key": RULES, "name": "rules v1", "task": verify, "engine": engine.RULES, "card": _(
            "Compares figures, units, negation, scope, modality and names of a sentence with its claims.")},
    ]  # fmt: skip
    return rows


def _base(key: str) -> BaseModel:
    pack, (name, parameters) = packs.PACKS[key], BASES[key]
    values = {
        "name": name, "kind": pack.kind, "licence": pack.licence, "source": f"pack {key}", "parameters": parameters,
    }  # fmt: skip
    return BaseModel.objects.get_or_create(key=key, defaults=values)[0]


def _keep_digests() -> None:
    """Keep the digests of packs once they are here, so that a swapped file is noticed later."""
    root = versions.packs_root()
    for base in BaseModel.objects.filter(key__in=BASES, sha256=""):
        if (root / base.key / packs.CARD).is_file():
            BaseModel.objects.filter(pk=base.pk).update(sha256=packs.fingerprint(root / base.key)[:64])
    smollm = ModelVersion.objects.get(key=SMOLLM)
    if "files" in smollm.config:
        return
    try:
        found = versions.fingerprints(smollm)
    except EngineError:
        return  # not pulled yet; the next call finds it
    ModelVersion.objects.filter(pk=smollm.pk).update(config={**smollm.config, "files": found})


def _evaluate(version: ModelVersion, report: Report) -> None:
    mark = shipped_readers.digest(version.config["shipped"])
    if Evaluation.objects.filter(version=version, figures__reader=mark).exists():
        report(f"{version.name}: already measured")
        return
    report(f"{version.name}: measuring")
    for language, n, figures in shipped_readers.evaluate(version.config["shipped"]):
        Evaluation.objects.create(
            version=version, dataset=_("shipped evaluation set"), language=language, n=n,
            figures={**figures, "reader": mark},
        )  # fmt: skip
