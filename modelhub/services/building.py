"""Make the engine object of a version: reader, writer, composer or verifier."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from core.models import Need
from modelhub.engine import hardware, model_folders
from modelhub.engine.chat_server import ChatServer
from modelhub.engine.types import Drafter, NeedDefinition, Verifier
from modelhub.models import ModelVersion
from modelhub.services import shipped_readers, versions

COMPOSER = "composer"  # the composer holds nothing, so its name stands for it until a verifier is at hand
SERVER_RETRY = 30.0  # seconds until a server that failed is asked again


def build(version: ModelVersion) -> Any:
    """A Reader, a Verifier, a writer, or COMPOSER. Raises EngineError with the reason in one line."""
    return _MAKERS[version.task, version.engine](version)


def drafter(engine: Any, local: Verifier, verifier: Verifier) -> Drafter:
    """A drafter from what `build` gave; `local` judges what the composer tries, `verifier` what a model wrote."""
    from modelhub.engine.drafters.composed import Composer
    from modelhub.engine.drafters.generated import ModelDrafter

    composer = Composer(judge(local))
    return composer if engine == COMPOSER else ModelDrafter(engine, composer, verifier)


def judge(verifier: Verifier) -> Verifier:
    """The verifier as the composer asks it while it composes."""
    from modelhub.engine.verifier.learned import RulesFirst

    return RulesFirst(verifier)


def ours() -> Verifier:
    """The verifier that ships, one for all versions that judge with it."""
    return _ours(versions.packs_root())


@lru_cache(maxsize=1)
def _ours(root: Path) -> Verifier:
    from modelhub.engine.verifier.learned import best

    return best(root)  # the rules alone where the encoder is not there


def memory_needed(version: ModelVersion) -> int:
    """Bytes that loading this version takes, as far as its files tell before it is loaded."""
    if version.engine in versions.WITH_WEIGHTS:
        return model_folders.memory_needed(versions.place(version.folder), bytes_per_weight=2)  # half precision will do
    weights = [path for folder in versions.folders(version) for path in folder.rglob("*.safetensors")]
    return sum(path.stat().st_size for path in weights)


def free_memory() -> int:
    """Bytes this process may still take."""
    return hardware.free_memory()


def release(*, nothing_left: bool) -> None:
    """Let go what several versions share, encoders and our verifier, once no version is held."""
    if nothing_left:
        _ours.cache_clear()
        from modelhub.engine.encoders import encoder

        encoder.cache_clear()


def retry_after(version: ModelVersion, usual: float) -> float:
    """Seconds until a version that failed is tried again though nothing changed."""
    return SERVER_RETRY if version.engine == ModelVersion.Engine.OPENAI else usual


def definitions() -> list[NeedDefinition]:
    """The taxonomy as the engine sees it, needs that an admin added included."""
    return [
        NeedDefinition(
            need.key,
            need.facet,
            {"en": need.name_en, "zh": need.name_zh},
            {"en": need.description_en, "zh": need.description_zh},
            {"en": tuple(need.examples_en), "zh": tuple(need.examples_zh)},
        )
        for need in Need.objects.filter(active=True)
    ]


def server(version: ModelVersion) -> ChatServer:
    """The client of a version's server, with what the admin allowed."""
    return ChatServer(
        version.address,
        version.remote_model,
        version.key_variable,
        own_network=bool(version.config.get("own_network")),
        allowed=tuple(getattr(settings, "MODEL_SERVER_NETWORKS", ())),
        timeout=float(version.config.get("timeout", 60)),
    )


def _reader(version: ModelVersion) -> Any:
    from modelhub.engine.reader import Reader

    if version.config.get("shipped") == shipped_readers.DEFAULT:
        shipped_readers.ensure_there(
            shipped_readers.DEFAULT
        )  # so that a first start reads; the others are trained on request
    versions.check_files(version)
    return Reader.load(versions.place(version.folder), versions.packs_root(), definitions())


def _remote_reader(version: ModelVersion) -> Any:
    from modelhub.engine.readers_remote import RemoteReader

    return RemoteReader(server(version), definitions())


def _causal(version: ModelVersion) -> Any:
    from modelhub.engine.drafters.causal import CausalWriter

    versions.check_files(version)
    return CausalWriter(*_weights(version), free=bool(version.config.get("free")))


def _seq2seq(version: ModelVersion) -> Any:
    from modelhub.engine.drafters.seq2seq import Seq2SeqWriter

    versions.check_files(version)
    return Seq2SeqWriter(*_weights(version), free=bool(version.config.get("free")))


def _remote_writer(version: ModelVersion) -> Any:
    from modelhub.engine.drafters.remote import RemoteWriter

    return RemoteWriter(server(version))


def _composer(_version: ModelVersion) -> Any:
    return COMPOSER


def _rules(_version: ModelVersion) -> Any:
    return ours()


def _second_opinion(version: ModelVersion) -> Any:
    from modelhub.engine.verifier.second_opinion import SecondOpinion

    return SecondOpinion(ours(), server(version))


def _weights(version: ModelVersion) -> tuple[Path, Path | None]:
    return versions.place(version.folder), versions.place(version.adapter) if version.adapter else None


_MAKERS: dict[tuple[str, str], Callable[[ModelVersion], Any]] = {
    ("read", "reader"): _reader,
    ("read", "openai"): _remote_reader,
    ("draft", "composer"): _composer,
    ("draft", "causal"): _causal,
    ("draft", "seq2seq"): _seq2seq,
    ("draft", "openai"): _remote_writer,
    ("verify", "rules"): _rules,
    ("verify", "openai"): _second_opinion,
}
