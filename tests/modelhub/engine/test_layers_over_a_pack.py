"""A pack of layers: made by fine-tuning, laid over the pack it was made from, and honest about the texts it has seen."""

import json

import numpy as np
import pytest

from modelhub.engine import (
    low_rank,
    pack_sources,
    packs,
    reader_encoder,
    reader_finetune,
    reader_training,
    seen_texts,
)
from modelhub.engine.encoders import encoder
from modelhub.engine.failures import PackError
from modelhub.engine.pack_sources import FolderSource, ShippedSource
from modelhub.engine.packs import Pack
from modelhub.engine.reader import Reader
from modelhub.engine.reader_training import Recipe
from tests.modelhub import tiny_encoder

pytestmark = pytest.mark.usefixtures("single_thread")
ROWS = tiny_encoder.messages(90)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A folder of packs: `tiny`, and `tiny-tuned` over it, made by `reader_encoder.make` with one row in three left out."""
    with pytest.MonkeyPatch.context() as patch:
        home, ships = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("ships")
        source = tiny_encoder.build(home / "source" / "tiny")
        known = {
            "tiny": Pack("tiny", FolderSource(source), "encoder", "MIT", "small"),
            "tiny-tuned": Pack("tiny-tuned", ShippedSource("tiny-tuned", "tiny"), "encoder", "MIT", "its layers"),
        }
        patch.setattr(packs, "PACKS", known)
        patch.setattr(pack_sources, "SHIPPED", ships)
        (base,) = packs.pull(["tiny"], home / "packs")
        shown = [row for number, row in enumerate(ROWS) if number % 3]
        reader_encoder.make(shown, tiny_encoder.definitions(), base, ships / "tiny-tuned", rank=4)
        packs.pull(["tiny-tuned"], home / "packs")
        yield home / "packs"


def named(model):
    return {name: value.detach().numpy() for name, value in model.named_parameters()}


def test_the_pack_is_the_base_and_what_was_learned(root):
    base, tuned = encoder(root / "tiny"), encoder(root / "tiny-tuned")
    before, after = named(base.model), named(tuned.model)
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert changed
    assert all("layer." in name for name in changed)
    assert tuned.model.get_input_embeddings().weight.data_ptr() == base.model.get_input_embeddings().weight.data_ptr()
    assert tuned.tokenizer is base.tokenizer
    assert tuned.name == "tiny-tuned"
    assert tuned.fingerprint != base.fingerprint
    assert not np.allclose(tuned.embed(["quote for the depot"]), base.embed(["quote for the depot"]), atol=1e-3)


def test_a_copy_to_train_on_is_the_same_model(root):
    from modelhub.engine.encoder_loading import load_encoder_model

    alone = named(load_encoder_model(root / "tiny-tuned", trainable=True))
    for name, value in named(encoder(root / "tiny-tuned").model).items():
        assert np.allclose(alone[name], value, atol=1e-6), name


def test_it_is_pulled_once_with_its_base_and_anew_when_other_layers_ship(root, tmp_path, monkeypatch):
    said = []
    packs.pull(["tiny-tuned"], tmp_path, report=said.append)
    assert said == [
        "tiny-tuned: fetching", "tiny-tuned: converting", "tiny: fetching", "tiny: converting", "tiny: ready", "tiny-tuned: ready",
    ]  # fmt: skip
    packs.pull(["tiny-tuned"], tmp_path, report=said.append)
    assert said[6:] == ["tiny-tuned: already here"]
    card = tmp_path / "tiny-tuned" / packs.CARD
    facts = json.loads(card.read_text())
    facts["sha256"]["layers.safetensors"] = "of other layers"
    card.write_text(json.dumps(facts))
    packs.pull(["tiny-tuned"], tmp_path, report=said.append)
    assert said[-1] == "tiny-tuned: ready"


def test_over_another_base_it_is_refused(root, tmp_path):
    packs.pull(["tiny-tuned"], tmp_path)
    card = tmp_path / "tiny" / packs.CARD
    card.write_text(card.read_text().replace('"model.safetensors": "', '"model.safetensors": "0'))
    with pytest.raises(PackError, match="other weights of tiny"):
        encoder(tmp_path / "tiny-tuned")
    with pytest.raises(PackError, match="another model"):
        low_rank.join({"a": np.zeros((2, 2))}, {"b.plus": np.zeros((2, 2), np.float16)})


def test_a_reader_over_it_is_judged_by_messages_it_has_not_seen(root, tmp_path):
    base = encoder(root / "tiny-tuned")
    unseen = seen_texts.unseen([row.text for row in ROWS], base.seen)
    assert len(ROWS) / 3 <= len(unseen) < len(ROWS)
    folder = tmp_path / "reader"
    made = reader_training.train(ROWS, tiny_encoder.definitions(), [base], folder, recipe=Recipe(steps=20, folds=2))
    assert made.meta["figures"]["n"] == len(unseen)
    assert made.meta["bases"] == [{"name": "tiny-tuned", "fingerprint": packs.fingerprint(root / "tiny-tuned")}]
    assert Reader.load(folder, root, tiny_encoder.definitions()).read([ROWS[0].text])[0].needs


def test_fine_tuning_goes_on_from_it_and_holds_only_what_it_has_not_seen(root, tmp_path):
    plan = reader_finetune.Plan(heads=Recipe(steps=20, folds=2))
    done = reader_finetune.tune(ROWS, tiny_encoder.definitions(), root / "tiny-tuned", plan=plan)
    before = encoder(root / "tiny-tuned").seen
    held = {seen_texts.marks([row.text]) for row in ROWS} - {frozenset({mark}) for mark in done.seen}
    assert held
    assert not any(marks & before for marks in held)
    assert done.facts["held"] == sum(not seen_texts.marks([row.text]) & done.seen for row in ROWS)


@pytest.mark.parametrize("rank", [1, 3, 6])
def test_differences_are_kept_as_well_as_their_rank_allows(rank):
    rng = np.random.default_rng(0)
    before = {"layer.0.w": rng.normal(size=(8, 6)).astype(np.float32), "layer.0.b": np.zeros(8, np.float32)}
    added = sum(np.outer(rng.normal(size=8), rng.normal(size=6)) for _ in range(3)).astype(np.float32)
    after = {"layer.0.w": before["layer.0.w"] + added, "layer.0.b": np.full(8, 0.5, np.float32)}
    again = low_rank.join(before, low_rank.split(before, after, rank))
    lost = np.linalg.norm(again["layer.0.w"] - after["layer.0.w"]) / np.linalg.norm(added)
    values = np.linalg.svd(added)[1]
    assert lost == pytest.approx(np.linalg.norm(values[rank:]) / np.linalg.norm(values), abs=2e-3)
    assert np.array_equal(again["layer.0.b"], after["layer.0.b"])
