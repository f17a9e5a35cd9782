"""Embedding texts with the real packs."""

import json
import shutil

import numpy as np
import pytest

from modelhub.engine.encoders import Encoder, batches, encoder
from modelhub.engine.failures import PackError
from modelhub.engine.finetune import Settings, Tuned
from tests.modelhub import tiny_encoder

pytestmark = pytest.mark.models


def test_vectors_have_unit_length_and_keep_the_order(packs):
    model = encoder(packs / "all-minilm-l6-v2")
    texts = ["a long sentence about cards that never arrived", "cards", "cards", "  ", ""]
    found = model.embed(texts)
    assert found.shape == (5, 384)
    assert np.allclose(np.linalg.norm(found, axis=1), [1, 1, 1, 0, 0], atol=1e-5)
    assert np.array_equal(found[1], found[2])
    assert np.allclose(found[0], model.embed(texts[:1])[0], atol=1e-5)


def test_a_sentence_and_its_translation_are_near(packs):
    model = encoder(packs / "multilingual-e5-small")
    english, chinese, other = model.embed(["Where is my card?", "我的卡在哪里？", "The weather was fine in June."])
    assert english @ chinese > english @ other + 0.05


def test_spans_are_read_in_their_context(packs):
    model = encoder(packs / "all-minilm-l6-v2")
    text = "Hello. We need it on our own servers."
    (found,) = model.embed_spans([text], [[(0, 6), (7, len(text)), (3, 3)]])
    alone = model.embed(["We need it on our own servers."])[0]
    assert found.shape == (3, 384)
    assert found[1] @ alone > 0.8
    assert not found[2].any()


def test_long_and_odd_texts_are_read(packs):
    model = encoder(packs / "multilingual-e5-small")
    texts = ["word " * 50_000, "😀" * 40, "\x00\x01\x02", "שלום עולם", "\n\t"]
    assert np.isfinite(model.embed(texts)).all()


def test_batches_hold_all_texts_once_and_stay_in_budget():
    lengths = [5, 90, 3, 40, 41, 2, 500]
    groups = list(batches(lengths, 100))
    assert sorted(i for group in groups for i in group) == list(range(7))
    assert all(len(group) == 1 or max(lengths[i] for i in group) * len(group) <= 100 for group in groups)


def test_damaged_weights_are_refused_in_one_line(packs, tmp_path):
    folder = tmp_path / "damaged"
    shutil.copytree(packs / "all-minilm-l6-v2", folder)
    (folder / "model.safetensors").write_bytes(b"\xff" * 1000)
    with pytest.raises(PackError, match="damaged cannot be loaded") as caught:
        Encoder(folder)
    assert "\n" not in str(caught.value)


def test_norms_of_early_files_are_known_by_their_old_names(tmp_path):
    from safetensors.numpy import load_file, save_file

    usual = tiny_encoder.build(tmp_path / "usual")
    early = shutil.copytree(usual, tmp_path / "early")
    stored = load_file(usual / "model.safetensors")
    old = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    for now, then in old.items():
        stored = {name.replace(now, then): value for name, value in stored.items()}
    assert any(name.endswith("gamma") for name in stored)
    save_file({f"bert.{name}": value for name, value in stored.items()}, early / "model.safetensors", {"format": "pt"})
    texts = ["quote for the depot"]
    assert np.array_equal(Encoder(early).embed(texts), Encoder(usual).embed(texts))


def test_a_text_is_cut_at_the_places_a_model_has(tmp_path):
    folder = tiny_encoder.build(tmp_path / "short")
    config = json.loads((folder / "config.json").read_text())
    from safetensors.numpy import load_file, save_file

    stored = load_file(folder / "model.safetensors")
    stored["embeddings.position_embeddings.weight"] = stored["embeddings.position_embeddings.weight"][:32].copy()
    save_file(stored, folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(json.dumps({**config, "max_position_embeddings": 32}))
    text = "quote for the depot " * 40
    assert np.isfinite(Encoder(folder).embed([text])).all()
    assert np.isfinite(Tuned(folder, 2, Settings(max_tokens=256)).logits([text])).all()
