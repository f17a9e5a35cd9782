"""What a stored version refuses, each with one line that says why."""

import json

import numpy as np
import pytest

from modelhub.engine import artifacts, hardware
from modelhub.engine.failures import ArtifactError

KINDS = ("classifier",)


@pytest.fixture
def version(tmp_path):
    tensors = {"weight": np.arange(6, dtype=np.float32).reshape(2, 3)}
    artifacts.save(tmp_path / "v1", "classifier", tensors, {"vocabulary.json": ["a"]}, {"labels": ["x"]})
    return tmp_path / "v1"


def reseal(folder, **changes):
    manifest = json.loads((folder / "manifest.json").read_text()) | changes
    manifest["seal"] = artifacts._seal(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_comes_back_as_it_was_saved(version):
    found = artifacts.load(version, kinds=KINDS)
    assert found.tensors["weight"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert found.json("vocabulary.json") == ["a"]
    assert found.meta["labels"] == ["x"]


def test_a_new_save_replaces_the_old_version(version):
    before = artifacts.load(version, kinds=KINDS).digest
    artifacts.save(version, "classifier", {"weight": np.ones(2, np.float32)})
    assert artifacts.load(version, kinds=KINDS).digest != before
    assert [item.name for item in version.parent.iterdir()] == ["v1"]


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(ArtifactError, match="holds other files"):
        artifacts.save(tmp_path, "classifier", {})
    assert (tmp_path / "letter.txt").read_text() == "mine"


def test_changed_tensors_are_refused(version):
    data = bytearray((version / "tensors.safetensors").read_bytes())
    data[-1] ^= 1
    (version / "tensors.safetensors").write_bytes(data)
    with pytest.raises(ArtifactError, match=r"tensors\.safetensors was changed or swapped"):
        artifacts.load(version, kinds=KINDS)


def test_tensors_swapped_between_versions_are_refused(version, tmp_path):
    artifacts.save(tmp_path / "v2", "classifier", {"weight": np.zeros((2, 3), np.float32)})
    (version / "tensors.safetensors").write_bytes((tmp_path / "v2" / "tensors.safetensors").read_bytes())
    with pytest.raises(ArtifactError, match="changed or swapped"):
        artifacts.load(version, kinds=KINDS)


@pytest.mark.parametrize("name", ["model.pkl", "pytorch_model.bin", "extra.json"])
def test_files_that_are_not_listed_are_refused(version, name):
    (version / name).write_bytes(b"\x80\x04.")
    with pytest.raises(ArtifactError, match="does not belong to this version"):
        artifacts.load(version, kinds=KINDS)


def test_pickles_cannot_be_listed_either(version):
    files = json.loads((version / "manifest.json").read_text())["files"]
    (version / "head.pkl").write_bytes(b"\x80\x04.")
    reseal(version, files=files | {"head.pkl": {"sha256": "", "bytes": 3}})
    with pytest.raises(ArtifactError, match="never loaded"):
        artifacts.load(version, kinds=KINDS)
    with pytest.raises(ArtifactError, match="cannot be part of a version"):
        artifacts.save(version, "classifier", {}, {"head.pkl": []})


def test_an_edited_manifest_is_refused(version):
    text = (version / "manifest.json").read_text()
    (version / "manifest.json").write_text(text.replace('"x"', '"y"'))
    with pytest.raises(ArtifactError, match="was changed after it was written"):
        artifacts.load(version, kinds=KINDS)


def test_a_broken_manifest_a_newer_format_and_another_kind_are_refused(version):
    reseal(version, format=99)
    with pytest.raises(ArtifactError, match="format 99"):
        artifacts.load(version, kinds=KINDS)
    reseal(version, format=artifacts.FORMAT)
    with pytest.raises(ArtifactError, match="'classifier' version; reader is needed"):
        artifacts.load(version, kinds=("reader",))
    (version / "manifest.json").write_text("{")
    with pytest.raises(ArtifactError, match="damaged"):
        artifacts.load(version, kinds=KINDS)


def test_missing_files_and_missing_folders_are_named(version, tmp_path):
    (version / "vocabulary.json").unlink()
    with pytest.raises(ArtifactError, match=r"vocabulary\.json is missing"):
        artifacts.load(version, kinds=KINDS)
    with pytest.raises(ArtifactError, match="is not a version"):
        artifacts.load(tmp_path / "nowhere", kinds=KINDS)


def test_a_version_larger_than_the_memory_is_refused(version):
    size = (version / "tensors.safetensors").stat().st_size
    factor = 2 * hardware.free_memory() / size
    with pytest.raises(ArtifactError, match="MB are free; nothing was loaded"):
        artifacts.load(version, kinds=KINDS, memory_factor=factor)
