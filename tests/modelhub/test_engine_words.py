"""What the engine writes of a training is shown in the reader's language, whatever values stand in it."""

import ast
import json
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import translation

from modelhub.engine import addresses, artifacts, checkpoints, model_folders, packs, reader_card, reader_store
from modelhub.engine.corpus import Message
from modelhub.engine.failures import EngineError
from modelhub.models import Dataset, ModelVersion, TrainingRun
from modelhub.samples import recorded
from modelhub.services import engine_failures, engine_words, serving

META = {
    "needs": ["latency"], "bases": [{"name": "/packs/tiny (copy)"}], "data": {"digest": "d" * 64, "messages": 1, "clauses": 2},
    "figures": {"macro_f1": 0.5, "n": 7},
}  # fmt: skip


def strange(text):
    """The lines of a text that no shape fits."""
    shapes = (*engine_words.SHAPES, *engine_failures.SHAPES)
    return [line for line in text.split("\n") if line and not any(_fits(shape, line) for shape in shapes)]


def _fits(shape, line):
    return engine_words._pattern(shape).fullmatch(line)


def test_lines_are_translated_around_their_values(monkeypatch):
    catalogue = {
        "encoding %(messages)s messages with %(encoder)s": "%(encoder)s reads %(messages)s",
        "%(why)s; going on without it": "on we go: %(why)s",
        "A card that ships.": "Said otherwise.",
    }
    monkeypatch.setattr(engine_words, "_", lambda text: catalogue.get(text, text))
    assert engine_words.told("encoding 72 messages with tiny (copy)") == "tiny (copy) reads 72"
    assert engine_words.told("disk is full; going on without it\nanother") == "on we go: disk is full\nanother"
    assert engine_words.told("A card that ships.") == "Said otherwise."


def test_what_fits_no_shape_is_shown_as_it_stands():
    assert engine_words.told("") == ""
    assert (
        engine_words.told("Somebody's own card.\n\n100 % (of it) %(n)s")
        == "Somebody's own card.\n\n100 % (of it) %(n)s"
    )


@pytest.mark.parametrize("words", [None, {"terms": 9, "shared": True}, {"terms": 9, "shared": False}])
@pytest.mark.parametrize("tuning", [{}, {"tuning": {}}])
def test_every_line_of_a_card_is_known(words, tuning):
    message = Message("1", "en", "Within a second", {"latency": ((0, 6),)})
    made = reader_card.card([message], {**META, **tuning, **({"words": words} if words else {})})
    assert strange(reader_card.text(made)) == []
    assert strange(reader_card.text(made) + "\nsomething new") == ["something new"]


def test_the_log_and_the_card_of_the_sample_are_known():
    told = json.loads(recorded.FACTS.read_text("utf-8"))
    lines = [line for _seconds, line in told["run"]["log"]]
    assert len(lines) > 3
    assert strange("\n".join([*lines, told["version"]["card"], recorded.NOTE])) == []


def failures(module):
    """Every text that a module of the engine gives an error of its own, with something in the place of each value."""
    for node in ast.walk(ast.parse(Path(module.__file__).read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.endswith("Error"):
            parts = node.args[0].values if isinstance(node.args[0], ast.JoinedStr) else node.args[:1]
            yield "".join(part.value if isinstance(part, ast.Constant) else "it" for part in parts)


@pytest.mark.parametrize("module", [addresses, artifacts, checkpoints, model_folders, reader_store])
def test_every_failure_of_files_and_addresses_is_known(module):
    told = list(failures(module))
    assert told
    assert strange("\n".join(told)) == []


def test_failures_as_they_are_raised_are_known(tmp_path):
    for raised in (
        lambda: packs.location("tiny", tmp_path),
        lambda: artifacts.load(tmp_path, kinds=("reader",)),
        lambda: model_folders.check(tmp_path / "gone", {}),
        lambda: addresses.check("http://:8000"),
        lambda: addresses.pin("http://127.0.0.1:1/v1", own_network=False),
    ):
        with pytest.raises(EngineError) as error:
            raised()
        assert strange(str(error.value)) == []


def test_what_went_wrong_is_told_in_the_readers_language(admin_client, staff_client, base, monkeypatch):
    catalogue = {"base model %(name)s is not here; run `python manage.py models pull %(again)s`": "Kein %(name)s da"}
    monkeypatch.setattr(engine_words, "_", lambda text: catalogue.get(text, text))
    why = "base model tiny is not here; run `python manage.py models pull tiny`"
    run = TrainingRun.objects.create(
        name="x", dataset=Dataset.objects.create(name="D", digest="d"), base=base, state="failed", problem=why
    )
    for page in (reverse("hub-runs"), run.get_absolute_url()):
        assert "Kein tiny da" in admin_client.get(page).content.decode()
    version = ModelVersion.objects.create(
        key="reader-r1", name="reader of run 1", task="read", engine="reader", state="broken", problem=why
    )
    for page in (
        reverse("hub"), reverse("hub-version", args=["reader-r1"]), reverse("admin:modelhub_modelversion_changelist"),
        reverse("admin:modelhub_assignment_default", args=["read"]),
    ):  # fmt: skip
        assert "Kein tiny da" in staff_client.get(page).content.decode(), page
    with translation.override("en"):
        assert serving._note(version, why) == "reader of run 1 did not answer: Kein tiny da."
