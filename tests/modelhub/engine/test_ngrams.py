"""What of the messages' wording a version may keep: nothing that only one customer used."""

import json

from modelhub.engine import reader_training
from modelhub.engine.ngrams import Ngrams, terms
from modelhub.engine.reader_store import VOCABULARY
from modelhub.engine.reader_training import Recipe
from tests.modelhub import tiny_encoder


def all_terms(text):
    words, characters = terms(text)
    return {*words, *characters}


def test_a_term_of_one_owner_is_dropped_however_often_they_say_it():
    theirs = ["ask Petersen about order 48213"] * 5
    others = ["ask about the order", "ask about the price"]
    kept = Ngrams.fit([*theirs, *others], [*(["a"] * 5), "b", "c"]).vocabulary
    assert {"w:ask", "w:about", "w:order", "w:about the"} <= set(kept)
    assert "w:price" not in kept
    assert not any("petersen" in term or "48213" in term for term in kept)
    assert "w:petersen" in Ngrams.fit([*theirs, *others]).vocabulary


def test_the_frequencies_are_those_of_all_texts():
    texts = ["red lamp", "red lamp", "red door"]
    one, other = Ngrams.fit(texts), Ngrams.fit(texts, ["a", "b", "c"])
    assert other.idf[other.vocabulary["w:red"]] == one.idf[one.vocabulary["w:red"]]


def test_what_is_learned_with_customers_is_shared_by_two_of_them(tmp_path):
    rows = tiny_encoder.messages()
    groups = [message.writer for message in rows]
    recipe = Recipe(steps=5, folds=2)
    made = reader_training.train(rows, tiny_encoder.definitions(), [], tmp_path / "v", recipe=recipe, groups=groups)
    users = {}
    for message, group in zip(rows, groups, strict=True):
        for term in all_terms(message.text):
            users.setdefault(term, set()).add(group)
    kept = json.loads((made.folder / VOCABULARY).read_text("utf-8"))["words"]
    assert len(kept) > 100
    assert all(len(users[term]) > 1 for term in kept)
    alone = {term for term, who in users.items() if len(who) == 1}
    free = reader_training.train(rows, tiny_encoder.definitions(), [], tmp_path / "w", recipe=recipe)
    assert alone & set(json.loads((free.folder / VOCABULARY).read_text("utf-8"))["words"])
    assert made.meta["words"] == {"terms": len(kept), "shared": True}
    assert "two customers" in made.meta["card"]["words"]
    assert "two customers" not in free.meta["card"]["words"]
