"""The corpus that ships is whole: quotes in place, no copies across files, every need often enough."""

import json
from collections import Counter

import pytest

from modelhub.engine import clauses, corpus
from modelhub.engine.datasets import group_key
from modelhub.engine.failures import DatasetError


@pytest.fixture(scope="module")
def messages():
    return corpus.load_all(corpus.TRAIN)


def test_size_and_needs(messages, django_needs):
    count = Counter((m.language, need) for m in messages for need in m.needs)
    size = Counter(m.language for m in messages)
    assert size["en"] >= 1500
    assert size["zh"] >= 900
    for need in django_needs:
        assert count["en", need] >= 30, need
        assert count["zh", need] >= 18, need
    assert sum(bool(m.hard) for m in messages) >= len(messages) / 3


@pytest.fixture(scope="module")
def django_needs():
    path = corpus.CORPUS.parent.parent / "core" / "data" / "needs.json"
    return [need.key for need in corpus.definitions(path)]


def test_only_known_needs(messages, django_needs):
    assert {need for m in messages for need in m.needs} <= set(django_needs)


def test_no_message_stands_twice_nor_in_the_evaluation_set(messages):
    evaluation = {group_key(m.text) for m in corpus.load_all(corpus.EVALUATION)}
    keys = [group_key(m.text) for m in messages]
    assert len(set(keys)) == len(keys)
    assert not evaluation & set(keys)


@pytest.fixture(scope="module")
def jargon():
    return [message for path in (corpus.CORPUS / "jargon").glob("*.jsonl") for message in corpus.load(path)]


def test_the_reader_is_not_trained_on_the_jargon_it_is_tried_with(messages, jargon, django_needs):
    keys = [group_key(m.text) for m in jargon]
    assert len(set(keys)) == len(keys) >= 250
    assert not {group_key(m.text) for m in messages} & set(keys)
    assert {need for m in jargon for need in m.needs} == set(django_needs)


def test_every_quote_has_a_clause(messages, jargon):
    for message in [*messages, *jargon]:
        parts = clauses.split(message.text)
        needs = list(message.needs)
        targets = corpus.clause_targets(message, parts, needs)
        assert (targets.sum(0) > 0).all(), message.id


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("{not json", "line 2"),
        (json.dumps({"text": 3, "needs": []}), "line 2"),
        (json.dumps({"text": "ab", "needs": [{"need": "latency", "spans": [[0, 9]]}]}), "latency"),
    ],
)
def test_a_bad_row_is_named(tmp_path, row, why):
    path = tmp_path / "en-x.jsonl"
    path.write_text(json.dumps({"id": "1", "text": "fine", "needs": []}) + "\n" + row + "\n")
    with pytest.raises(DatasetError, match=why):
        corpus.load(path)


def test_an_empty_folder_is_told(tmp_path):
    with pytest.raises(DatasetError, match="no messages"):
        corpus.load_all(tmp_path)
