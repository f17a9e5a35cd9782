"""What a stored version refuses, each with one line that says why."""

import errno
import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from modelhub.engine import artifacts, hardware
from modelhub.engine.failures import ArtifactError, RoomError

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


KILLED = """
import os, sys
from pathlib import Path
import numpy as np
from modelhub.engine import artifacts
setattr({module}, {name!r}, lambda *_args, **_more: os._exit(9))
artifacts.save(Path(sys.argv[1]), "classifier", {{"weight": np.ones(2, np.float32)}})
"""


def killed(version, module, name):
    """Save another version in the place of this one, and be killed where this function is called."""
    code = KILLED.format(module=module, name=name)
    assert subprocess.run([sys.executable, "-c", code, str(version)], check=False).returncode == 9


def test_a_worker_killed_between_the_old_version_and_the_new_one_loses_neither(version):
    before = artifacts.load(version, kinds=KINDS).digest
    killed(version, "Path", "replace")
    assert not version.exists()
    assert artifacts.load(version, kinds=KINDS).digest == before
    killed(version, "Path", "replace")
    after = artifacts.save(version, "classifier", {"weight": np.ones(2, np.float32)})
    assert artifacts.load(version, kinds=KINDS).digest == after.digest != before
    assert not artifacts._aside(version).exists()


def test_what_a_killed_worker_left_of_the_old_version_is_deleted_and_never_taken_for_it(version):
    before = artifacts.load(version, kinds=KINDS).digest
    killed(version, "artifacts.shutil", "rmtree")
    (artifacts._aside(version) / "manifest.json").unlink()  # it was half deleted
    after = artifacts.load(version, kinds=KINDS).digest
    assert after != before
    artifacts.recover(version)
    assert not artifacts._aside(version).exists()
    assert artifacts.load(version, kinds=KINDS).digest == after


def aged(folder, hours):
    """Set back when a folder and all in it was last written."""
    then = time.time() - hours * 3600
    for item in [*folder.rglob("*"), folder]:
        os.utime(item, (then, then))


def test_what_a_killed_writer_left_goes_after_a_day_and_nothing_else(version):
    root = version.parent
    killed(version, "artifacts", "_write_manifest")
    (left,) = (item for item in root.iterdir() if item != version)
    (root / ".v1.aside").mkdir()
    (root / ".plain-folder").mkdir()
    for item in root.iterdir():
        aged(item, 25)
    slow = root / ".pack-1a2b3c_d"
    (slow / "raw").mkdir(parents=True)
    (slow / "raw" / "weights.part").write_bytes(b"x")
    os.utime(slow, (0, 0))  # a download goes on in it
    (root / ".lead-1a2b3c_d").symlink_to(version)
    assert artifacts.sweep(root) == [left.name]
    assert sorted(item.name for item in root.iterdir()) == [
        ".lead-1a2b3c_d", ".pack-1a2b3c_d", ".plain-folder", ".v1.aside", "v1",
    ]  # fmt: skip
    assert artifacts.load(version, kinds=KINDS).tensors["weight"].shape == (2, 3)
    aged(slow, 25)
    assert artifacts.sweep(root) == [slow.name]
    assert artifacts.sweep(root / "not here") == []


def test_where_the_new_version_cannot_be_put_the_old_one_stays(version, monkeypatch):
    before = artifacts.load(version, kinds=KINDS).digest
    monkeypatch.setattr(type(version), "replace", full)
    with pytest.raises(RoomError, match="No space left on device"):
        artifacts.save(version, "classifier", {"weight": np.ones(2, np.float32)})
    assert [item.name for item in version.parent.iterdir()] == ["v1"]
    assert artifacts.load(version, kinds=KINDS).digest == before


def full(*_paths):
    raise OSError(errno.ENOSPC, "No space left on device")


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
    with pytest.raises(RoomError, match="MB are free; nothing was loaded"):
        artifacts.load(version, kinds=KINDS, memory_factor=factor)
