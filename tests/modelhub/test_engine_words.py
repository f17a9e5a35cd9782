"""What the engine writes of a training is shown in the reader's language, whatever values stand in it."""

import json

import pytest

from modelhub.engine import reader_card
from modelhub.engine.corpus import Message
from modelhub.samples import recorded
from modelhub.services import engine_words

META = {
    "needs": ["latency"], "bases": [{"name": "/packs/tiny (copy)"}], "data": {"digest": "d" * 64, "messages": 1, "clauses": 2},
    "figures": {"macro_f1": 0.5, "n": 7},
}  # fmt: skip


def strange(text):
    """The lines of a text that no shape fits."""
    return [line for line in text.split("\n") if line and not any(_fits(shape, line) for shape in engine_words.SHAPES)]


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
