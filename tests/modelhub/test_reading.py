"""Reading by assignment: batches, duplicates, changed assignments, and what happens when a version cannot answer."""

import dataclasses
import hashlib
import shutil

import numpy as np
import pytest
from django.core.management import call_command

from core.models import AuditEntry
from core.services.needs import SHIPPED
from modelhub import interface
from modelhub.engine import artifacts, corpus, reader_training
from modelhub.engine.failures import PackError
from modelhub.models import Assignment, BaseModel, ModelVersion, Prediction
from modelhub.services import building, loading, run_data
from tests.modelhub.chat_peer import serving

TEXT = "We need answers within two seconds. What does it cost?"


def _says(need, quote):
    return lambda body: {"needs": [{"need": need, "probability": 0.9, "quotes": [quote]}]}


def _requests(*segments, text=TEXT):
    return [interface.ReadRequest(f"crm.message:{i}", text, segment) for i, segment in enumerate(segments)]


@pytest.fixture
def assign(db):
    def put(version, segment=None):
        Assignment.objects.update_or_create(task="read", segment=segment, defaults={"version": version})

    return put


def test_one_batch_by_segment_with_a_row_for_each_answer(needs, tree, assign, server_version):
    with (
        serving(_says("latency", "two seconds")) as general,
        serving(_says("pricing-request", "What does it cost")) as banks,
    ):
        assign(server_version(general.url, "read", "general"))
        assign(server_version(banks.url, "read", "banks"), tree["dach"])
        results = interface.read(_requests(tree["dach-banks"].pk, None, tree["europe"].pk, tree["dach"].pk))
    assert [result.serving.key for result in results] == ["banks", "general", "general", "banks"]
    assert results[0].serving.segment == tree["dach"].pk
    assert [result.source for result in results] == [f"crm.message:{i}" for i in range(4)]
    assert (len(general.seen), len(banks.seen)) == (1, 1)  # the same text is answered once
    rows = list(Prediction.objects.order_by("source"))
    assert [row.pk for row in rows] == [result.prediction for result in results]
    first = rows[0]
    assert (first.version.key, first.segment, first.language, first.sure) == ("banks", tree["dach-banks"], "en", True)
    assert first.output["needs"][0]["spans"] == [[36, 53, "What does it cost"]]
    assert first.took_ms > 0
    assert first.clarity is not None
    assert len({row.input_hash for row in rows}) == 1


def test_a_changed_assignment_holds_from_the_next_batch(needs, assign, server_version):
    with serving(_says("latency", "two seconds")) as peer:
        assign(server_version(peer.url, "read", "old"))
        assert interface.read(_requests(None))[0].serving.key == "old"
        assign(server_version(peer.url, "read", "new"))
        assert interface.read(_requests(None))[0].serving.key == "new"
        assert len(loading.held()) == 2


def test_a_server_that_is_away_is_passed_over_told_and_comes_back(needs, tree, assign, server_version):
    with serving(_says("latency", "two seconds")) as peer:
        assign(server_version(peer.url, "read", "default"))
        away = server_version("http://127.0.0.1:9/v1", "read", "away", timeout=1)
        assign(away, tree["dach"])
        (result,) = interface.read(_requests(tree["dach"].pk))
        assert result.serving.key == "default"
        assert result.reading.needs
        assert "away model did not answer" in result.notes[0]
        assert Prediction.objects.get().output["notes"] == list(result.notes)
        away.refresh_from_db()
        assert away.state == "ready"
        assert "no connection" in away.problem
        (again,) = interface.read(_requests(tree["dach"].pk))  # left alone for a while, not waited for each time
        assert again.serving.key == "default"
        ModelVersion.objects.filter(pk=away.pk).update(address=peer.url)  # mended
        (mended,) = interface.read(_requests(tree["dach"].pk))
        assert mended.serving.key == "away"
    away.refresh_from_db()
    assert away.problem == ""


def test_a_damaged_version_falls_back_and_says_so(needs, tree, assign, server_version, tmp_path):
    folder = tmp_path / "bank"
    folder.mkdir()
    (folder / "manifest.json").write_text('{"format": 1}')
    damaged = ModelVersion.objects.create(
        key="bank", name="bank reader", task="read", engine="reader", folder=str(folder)
    )
    assign(damaged, tree["dach"])
    with serving(_says("latency", "two seconds")) as peer:
        assign(server_version(peer.url, "read", "default"))
        (result,) = interface.read(_requests(tree["dach-banks"].pk))
        loading.let_go()  # as after a restart of the worker: it looks for itself, and finds the same
        (restarted,) = interface.read(_requests(tree["dach-banks"].pk))
    assert result.serving.key == restarted.serving.key == "default"
    assert restarted.notes == result.notes
    assert result.notes[0].startswith("bank reader did not answer: bank: manifest.json")
    damaged.refresh_from_db()
    assert damaged.state == "broken"
    assert "manifest.json" in damaged.problem
    assert AuditEntry.objects.get(verb="break").noun == "modelversion"
    assert interface.serving("read", tree["dach"].pk).key == "default"


def test_nothing_that_can_answer_is_never_silence(needs, assign, server_version):
    assign(server_version("http://127.0.0.1:9/v1", "read", "away", timeout=1))
    (result,) = interface.read(_requests(None))
    assert (result.reading, result.serving, result.prediction) == (None, None, None)
    assert "away model did not answer" in result.problem
    assert not Prediction.objects.exists()


def test_an_odd_text_harms_no_other(needs, assign, server_version):
    texts = ["", "\x00\udcff", TEXT, "😀😀😀", "مرحبا، نحتاج إلى ترجمة", "<b>" * 5000, "x" * 1_000_000]
    with serving(_says("latency", "two seconds")) as peer:
        assign(server_version(peer.url, "read", "default"))
        results = interface.read([interface.ReadRequest(f"s:{i}", text) for i, text in enumerate(texts)])
    assert all(result.reading is not None for result in results)
    assert [bool(result.reading.needs) for result in results] == [False, False, True, False, False, False, False]


@pytest.fixture(scope="module")
def small_reader(tmp_path_factory):
    """A reader really trained here: n-grams over a part of the shipped corpus, four needs."""
    wanted = ("latency", "pricing-request", "private-deployment", "languages")
    messages = [
        dataclasses.replace(message, needs={need: spans for need, spans in message.needs.items() if need in wanted})
        for message in corpus.load_all(corpus.TRAIN)
        if message.language == "en" and any(need in wanted for need in message.needs)
    ][:120]
    definitions = [need for need in corpus.definitions(SHIPPED) if need.key in wanted]
    folder = tmp_path_factory.mktemp("readers") / "small"
    reader_training.train(messages, definitions, [], folder, recipe=reader_training.Recipe(folds=2, steps=30))
    return folder


@pytest.fixture
def small_version(needs, small_reader):
    return ModelVersion.objects.create(
        key="small", name="small reader", task="read", engine="reader", folder=str(small_reader)
    )


@pytest.mark.slow
def test_a_swapped_file_is_noticed_and_a_mended_one_serves_again(small_version, small_reader, assign):
    assign(small_version)
    (result,) = interface.read(_requests(None))
    assert result.serving.key == "small"
    assert result.problem == ""
    assert loading.held() == [small_version.pk]
    tensors = small_reader / "tensors.safetensors"
    kept = tensors.read_bytes()
    tensors.write_bytes(kept[:-4] + b"\1\2\3\4")
    try:
        (broken,) = interface.read(_requests(None))
    finally:
        tensors.write_bytes(kept)
    small_version.refresh_from_db()
    assert small_version.state == "broken"
    assert "changed or swapped" in small_version.problem
    assert broken.reading is None
    assert "small reader did not answer" in broken.problem
    (mended,) = interface.read(_requests(None))
    assert mended.serving.key == "small"
    small_version.refresh_from_db()
    assert (small_version.state, small_version.problem) == ("ready", "")


def test_its_digest_is_taken_before_it_fills_the_memory_and_what_is_changed_meanwhile_stays(db, tmp_path, monkeypatch):
    made = artifacts.save(tmp_path / "theirs", "reader", {"a": np.zeros(2, np.float32)}, {}, {})
    version = ModelVersion.objects.create(
        key="theirs", name="their reader", task="read", engine="reader", folder=str(made.folder)
    )

    def build(row):
        ModelVersion.objects.filter(pk=row.pk).update(config={"note": "an admin was here"})
        monkeypatch.setattr(artifacts.hardware, "free_memory", lambda: 0)
        return "a big reader"

    monkeypatch.setattr(loading.building, "build", build)
    assert loading.engine(version) == "a big reader"
    version.refresh_from_db()
    assert version.config == {"note": "an admin was here", "digest": made.digest}


@pytest.mark.slow
def test_a_folder_an_admin_added_is_known_again_once_it_was_loaded(small_reader, needs, assign, tmp_path):
    """Sealed it may be, and still another reader than the one that was measured."""
    folder = shutil.copytree(small_reader, tmp_path / "theirs")
    encoder = tmp_path / "packs" / "theirs"
    encoder.mkdir(parents=True)
    (encoder / "config.json").write_text("{}")
    (encoder / "model.safetensors").write_bytes(b"weights")
    base = BaseModel.objects.create(key="theirs", name="theirs", kind="encoder", source=str(encoder))
    version = ModelVersion.objects.create(
        key="theirs", name="their reader", task="read", engine="reader", folder=str(folder), base=base
    )
    assign(version)
    interface.read(_requests(None))
    version.refresh_from_db()
    base.refresh_from_db()
    made = artifacts.load(folder, kinds=("reader",))
    assert version.config == {"digest": made.digest}
    assert base.sha256 == hashlib.sha256(b"weights").hexdigest()
    held = loading.engine(version)
    interface.read(_requests(None))
    assert loading.engine(version) is held  # keeping the digest does not load it twice
    files = {name: small_reader / name for name in made.files if name.endswith(".json")}
    artifacts.save(folder, "reader", made.tensors, {**files, "note.json": {}}, made.meta)
    (refused,) = interface.read(_requests(None))
    assert refused.reading is None
    version.refresh_from_db()
    assert version.state == "broken"
    assert "was swapped for another version" in version.problem
    (encoder / "model.safetensors").write_bytes(b"others")
    with pytest.raises(PackError, match="are others than when it was added"):
        run_data.base_folder(base)


@pytest.mark.slow
def test_one_loaded_copy_serves_every_batch_and_a_new_need_reloads_it(small_version, assign, needs):
    assign(small_version)
    interface.read(_requests(None))
    first = loading.engine(small_version)
    interface.read(_requests(None))
    assert loading.engine(small_version) is first
    needs["latency"].description_en = "answers in time"
    needs["latency"].save()
    assert loading.engine(small_version) is not first


@pytest.mark.slow
def test_a_version_too_big_is_refused_before_loading_and_others_are_let_go_first(
    small_version, assign, small_reader, monkeypatch
):
    assign(small_version)
    interface.read(_requests(None))
    twin = ModelVersion.objects.create(key="twin", name="twin", task="read", engine="reader", folder=str(small_reader))
    free = iter([1 << 10])  # too little at first; what is held goes, and then the machine's own figure holds
    monkeypatch.setattr(building.hardware, "free_memory", lambda: next(free, 8 << 30))
    loading.engine(twin)
    assert loading.held() == [twin.pk]
    monkeypatch.setattr(building.hardware, "free_memory", lambda: 1 << 20)
    with pytest.raises(loading.NotAvailable, match="MB of memory"):
        loading.engine(small_version)
    small_version.refresh_from_db()
    assert small_version.state == "broken"


def test_registering_twice_changes_nothing(needs):
    call_command("ensure_models", "--rows-only")
    before = list(ModelVersion.objects.values_list("key", "name")), Assignment.objects.count()
    ModelVersion.objects.filter(key="composer-1").update(card="ours")
    call_command("ensure_models", "--rows-only")
    assert (list(ModelVersion.objects.values_list("key", "name")), Assignment.objects.count()) == before
    assert ModelVersion.objects.get(key="composer-1").card == "ours"
    assert [interface.serving(task, None).key for task in ("read", "draft", "verify")] == [
        "reader-1",
        "composer-1",
        "rules-1",
    ]
