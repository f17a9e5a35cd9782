"""Training on files that are ordinary, tiny, lopsided or wrong."""

import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from modelhub.engine import classifiers, datasets, folds, scoring, training
from modelhub.engine.datasets import Row
from modelhub.engine.failures import ArtifactError, DatasetError, TrainingError

pytestmark = [pytest.mark.models, pytest.mark.usefixtures("single_thread")]
BASE = "all-minilm-l6-v2"
REFUND = ["please refund me", "I want my money back", "refund the order", "give the money back", "return my payment"]
CARD = ["where is my card", "my card has not come", "the card is late", "track the card", "card still missing"]


def rows(*pairs):
    return [Row(str(i), text, labels) for i, (text, labels) in enumerate(pairs)]


TWO = rows(*((t, ("refund",)) for t in REFUND), *((t, ("card",)) for t in CARD))


def train(data, packs, labels="single", **more):
    return training.train(data, labels=labels, packs_root=packs, base=BASE, **{"recipe": "linear"} | more)


def test_two_labels_are_told_apart_and_come_back_from_disk(packs, tmp_path):
    model = train(TWO, packs)
    model.save(tmp_path / "v")
    again = classifiers.load(tmp_path / "v", packs)
    texts = ["can I have my money back?", "no card in the post yet", ""]
    found = again.predict(texts)
    assert [one.labels for one in found] == [("refund",), ("card",), ()]
    assert found[0].in_scope > again.predict(["the weather in June was fine"])[0].in_scope
    assert sum(found[0].scores.values()) == pytest.approx(1, abs=1e-3)
    assert set(found[2].scores.values()) == {0.0}


def test_the_same_seed_gives_the_same_version(packs, tmp_path):
    one = train(TWO, packs, seed=3).save(tmp_path / "a")
    two = train(TWO, packs, seed=3).save(tmp_path / "b")
    assert one.digest == two.digest


def test_fine_tuning_trains_saves_and_loads(packs, tmp_path):
    model = train(TWO * 2, packs, recipe="finetune")
    model.save(tmp_path / "v")
    texts = ["money back please", "card not here"]
    before, after = model.predict(texts), classifiers.load(tmp_path / "v", packs).predict(texts)
    assert [one.labels for one in after] == [("refund",), ("card",)]
    assert before[0].scores["refund"] == pytest.approx(after[0].scores["refund"], abs=0.01)


@pytest.mark.parametrize(
    "data",
    [
        rows(("only one example", ("a",))),
        rows(*((t, ("refund",)) for t in REFUND)),
        rows(("one", ("a",)), ("two", ("b",))),
        [*TWO, Row("x", "a lonely label", ("alone",))],
        [*TWO, Row("x", "", ("card",)), Row("y", "   ", ())],
        TWO * 5,
    ],
    ids=["one example", "one class", "one each", "label with one example", "empty texts", "duplicates"],
)
@pytest.mark.parametrize("labels", ["single", "multi"])
def test_poor_files_still_give_a_model(packs, data, labels):
    found = train(data, packs, labels).predict([data[0].text, "something else entirely"])
    assert all(np.isfinite(list(one.scores.values())).all() and 0 <= one.in_scope <= 1 for one in found)


def test_rows_without_a_label_teach_that_nothing_fits(packs):
    chat = ["good morning", "how are you", "nice weather", "see you", "thank you all", "happy new year"]
    model = train([*TWO, *rows(*((t, ()) for t in chat))], packs)
    assert set(model.labels) == {"refund", "card"}
    assert model.predict(["good evening to you"])[0].labels == ()


def test_several_labels_at_once(packs):
    both = rows(
        *((f"{a} and {b}", ("refund", "card")) for a, b in zip(REFUND, CARD, strict=True)), ("good morning", ())
    )
    model = train([*TWO, *both], packs, "multi")
    assert set(model.predict(["refund me and tell me where my card is"])[0].labels) == {"refund", "card"}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ([], "no row with a text"),
        (rows(("", ("a",))), "no row with a text"),
        (rows(("no label at all", ())), "no row has a label"),
        (rows(("two at once", ("a", "b"))), "row 0 has 2 labels"),
    ],
)
def test_files_that_cannot_train_say_why(packs, data, reason):
    with pytest.raises(TrainingError, match=reason):
        train(data, packs)


def test_copies_of_a_text_share_a_fold():
    data = rows(
        *((t, ("a",)) for t in ["Where is it?", "where is IT", "where  is it!!"]), *((t, ("b",)) for t in REFUND)
    )
    found = folds.assign(data, 3, seed=0)
    assert len(set(found[:3].tolist())) == 1
    assert set(found.tolist()) == {0, 1, 2}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"text": ', "line 2: not valid JSON"),
        (b"[1]", "line 2: a row must be an object"),
        (b'{"id": "a"}', "line 2: `text` is missing"),
        (b'{"text": "a", "labels": "b"}', "line 2: `labels` must be a list"),
        (b'{"text": "a", "id": []}', "line 2: `id` must be"),
        (b'{"text": "\xff"}', "line 2: not UTF-8"),
        (b"[" * 100_000, "line 2: not valid JSON"),
    ],
)
def test_bad_rows_are_named(tmp_path, line, reason):
    (tmp_path / "rows.jsonl").write_bytes(b'{"text": "fine"}\n' + line + b"\n")
    with pytest.raises(DatasetError, match=reason):
        datasets.read(tmp_path / "rows.jsonl")


def test_an_id_stays_what_it_was(tmp_path):
    (tmp_path / "rows.jsonl").write_text('{"id": 7, "text": "a"}\n{"id": "7", "text": "b"}\n{"text": "c"}\n')
    assert [row.id for row in datasets.read(tmp_path / "rows.jsonl")] == [7, "7", 3]


def test_a_model_on_another_base_is_refused(packs, tmp_path):
    model = train(TWO, packs)
    model.save(tmp_path / "v")
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs" / BASE).symlink_to(packs / "multilingual-e5-small")
    with pytest.raises(ArtifactError, match="trained on another all-minilm-l6-v2"):
        classifiers.load(tmp_path / "v", tmp_path / "packs")


def test_out_of_scope_rows_count_for_scope_alone(packs):
    model = train(TWO, packs)
    figures = scoring.evaluate(model, [*TWO, Row("o", "the weather in June was fine", (), oos=True)])
    assert figures["rows"] == 10
    assert figures["accuracy"] == 1.0
    assert figures["oos_recall_at_95"] == 1.0


def test_the_commands_keep_stdout_for_json(packs, tmp_path, capsys):
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps({"id": r.id, "text": r.text, "labels": list(r.labels)}) + "\n" for r in TWO))
    options = {"out": tmp_path / "v", "labels": "single", "recipe": "linear", "base": BASE}
    call_command("train_model", str(file), json=True, **options)
    assert json.loads(capsys.readouterr().out)["labels"] == ["card", "refund"]
    call_command("predict_model", str(tmp_path / "v"), str(file), out=tmp_path / "out.jsonl")
    assert capsys.readouterr().out == ""
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 10
    call_command("evaluate_model", str(tmp_path / "v"), str(file), json=True)
    assert json.loads(capsys.readouterr().out)["accuracy"] == 1.0
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("evaluate_model", str(tmp_path / "v"), str(tmp_path / "none.jsonl"), json=True)
