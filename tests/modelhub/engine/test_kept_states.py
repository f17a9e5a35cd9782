"""Encoder states kept on disk: taken up where they are whole and of just these texts, else encoded anew."""

import numpy as np
import pytest

from modelhub.engine import clauses, kept_states, reader_states, reader_training
from modelhub.engine.encoders import Encoder
from modelhub.engine.reader_training import Recipe
from modelhub.engine.training_progress import Halt
from tests.modelhub import tiny_encoder

pytestmark = pytest.mark.usefixtures("single_thread")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return Encoder(tiny_encoder.build(tmp_path_factory.mktemp("bases") / "tiny"))


@pytest.fixture
def reads(monkeypatch):
    """The texts of each call of the encoder, in chunks of eight."""
    monkeypatch.setattr(kept_states, "CHUNK", 8)
    seen, usual = [], reader_states.read
    monkeypatch.setattr(
        reader_states, "read", lambda encoder, texts, *args, **more: (seen.append(list(texts)), usual(encoder, texts, *args, **more))[1]
    )  # fmt: skip
    return seen


TEXTS = [message.text for message in tiny_encoder.messages(20)]


def read(encoder, folder, texts=TEXTS, **more):
    return kept_states.read(encoder, texts, [clauses.split(text) for text in texts], folder, "states-0", **more)


def same(one, other):
    return all(
        np.array_equal(a.clause, b.clause) and np.array_equal(a.sentence, b.sentence) and np.array_equal(a.message, b.message)
        for a, b in zip(one, other, strict=True)
    )  # fmt: skip


def test_what_was_read_is_not_read_again(encoder, tmp_path, reads):
    told = []
    first = read(encoder, tmp_path, progress=lambda done, of: told.append((done, of)))
    assert [len(texts) for texts in reads] == [8, 8, 4]
    assert told == sorted(told)
    assert told[-1] == (20, 20)
    reads.clear()
    assert same(read(encoder, tmp_path), first)
    assert reads == []
    direct = reader_states.read(encoder, TEXTS, [clauses.split(text) for text in TEXTS])
    assert all(np.allclose(a.clause, b.clause, atol=1e-5) for a, b in zip(first, direct, strict=True))


def flip(path):
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "harm", [flip, lambda path: path.write_bytes(path.read_bytes()[:-500]), lambda path: path.write_bytes(b"")]
)
def test_a_damaged_file_is_read_anew(encoder, tmp_path, reads, harm):
    first = read(encoder, tmp_path)
    reads.clear()
    harm(tmp_path / "states-0-00001.safetensors")
    assert same(read(encoder, tmp_path), first)
    assert reads == [TEXTS[8:16]]


def test_other_texts_and_another_encoder_are_read_anew(encoder, tmp_path, reads):
    read(encoder, tmp_path)
    reads.clear()
    read(encoder, tmp_path, [*TEXTS[:9], "another text altogether", *TEXTS[10:]])
    assert [len(texts) for texts in reads] == [8]
    reads.clear()
    read(Encoder(tiny_encoder.build(tmp_path / "other", seed=1)), tmp_path)
    assert [len(texts) for texts in reads] == [8, 8, 4]


def test_a_halted_training_goes_on_behind_what_was_read_and_ends_the_same(encoder, tmp_path, reads):
    rows, needs = tiny_encoder.messages(), tiny_encoder.definitions()
    recipe = Recipe(steps=20, folds=2)

    def train(name, **more):
        return reader_training.train(rows, needs, [encoder], tmp_path / name, recipe=recipe, **more)

    whole = train("whole", keep=tmp_path / "a")
    for share in (0.3, 0.7):

        def told(point, share=share):
            if point.step >= share * point.of:
                raise Halt

        reads.clear()
        with pytest.raises(Halt):
            train("halted", keep=tmp_path / "b", told=told)
    assert reads[0] != [message.text for message in rows[:8]]
    assert not (tmp_path / "halted").exists()
    reads.clear()
    assert train("halted", keep=tmp_path / "b").digest == whole.digest
    assert reads == []


def test_a_full_disk_is_told_once_and_the_rest_is_read_without_being_kept(encoder, tmp_path, reads):
    import resource

    told = []

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, hard))
    try:
        found = read(encoder, tmp_path / "run", report=told.append)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list((tmp_path / "run").iterdir())
    assert len(told) == 1
    assert "could not be written" in told[0]
    assert told[0].endswith("; going on without it")
    assert [len(texts) for texts in reads] == [8, 8, 4]
    assert same(found, read(encoder, tmp_path / "run"))
