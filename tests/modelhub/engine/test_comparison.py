"""Two readers' answers on the same messages: figures by hand, masks, intervals, reliability, confusion, changed rows."""

import json
import random

import pytest

from modelhub.engine import comparison
from modelhub.engine.comparison import Answers
from modelhub.engine.corpus import Message

NEEDS = ["latency", "pricing-request", "languages"]
TEXT = "two seconds and a price in Dutch"


def message(number, *needs, unknown=(), language="en", quotes=((0, 11),)):
    return Message(str(number), language, TEXT, dict.fromkeys(needs, quotes), unknown=unknown)


def answers(*said, chances=None):
    quoted = [{key: [(0, 11)] for key in needs} for needs in said]
    return Answers(quoted, chances or [dict.fromkeys(needs, 0.9) for needs in said], 12.0)


def test_figures_by_hand():
    rows = [message(1, "latency"), message(2, "latency", "languages"), message(3), message(4, "pricing-request")]
    said = answers({"latency"}, {"latency"}, {"languages"}, {"latency"})
    found = comparison.figures(rows, NEEDS, said)
    # hits 2 of 4 said and of 4 given; F1: latency 4/5, pricing 0, languages 0
    assert (found["precision"], found["recall"], found["micro_f1"]) == (0.5, 0.5, 0.5)
    assert found["macro_f1"] == pytest.approx(0.8 / 3, abs=1e-4)
    assert found["accuracy"] == 0.25
    assert found["needs"]["latency"] == {"precision": 2 / 3, "recall": 1.0, "f1": 0.8, "n": 2}
    assert found["confusion"] == [("pricing-request", "latency", 1)]
    assert found["ms"] == 12.0
    json.dumps(found)


def test_what_nobody_judged_counts_neither_way():
    rows = [
        message(1, "latency", unknown=("languages", "pricing-request")),
        message(2, "latency", unknown=("latency",)),
    ]
    said = answers({"latency", "languages"}, set())
    found = comparison.figures(rows, NEEDS, said)
    assert (found["precision"], found["recall"], found["accuracy"]) == (1.0, 1.0, 1.0)
    assert found["needs"]["latency"]["n"] == 1
    assert found["needs"]["languages"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "n": 0}
    assert comparison.changed(rows, NEEDS, said, answers({"latency"}, {"latency"})) == []
    assert sum(row["n"] for row in found["reliability"]) == 1  # languages was said with .9, but nobody judged it


def test_a_need_that_is_confirmed_without_a_quote_says_nothing_of_quotes():
    rows = [message(1, "latency"), message(2, "pricing-request", quotes=())]
    found = comparison.figures(rows, NEEDS, answers({"latency"}, {"pricing-request"}))
    assert (found["span_f1"], found["macro_f1"]) == (1.0, 1.0)


def test_reliability_and_its_error():
    rows = [message(i, *(["latency"] if i < 6 else [])) for i in range(10)]
    said = answers(*[set()] * 10, chances=[{"latency": 0.85}] * 10)
    found = comparison.figures(rows, ["latency"], said)
    assert found["reliability"] == [{"from": 0.8, "to": 0.9, "n": 10, "said": 0.85, "right": 0.6}]
    assert found["ece"] == pytest.approx(0.25)


def _many(right, n=200, seed=3):
    """Answers that find latency in `right` of the messages that have it."""
    rng = random.Random(seed)
    rows = [message(i, *(["latency"] if i % 2 else [])) for i in range(n)]
    return rows, answers(*[{"latency"} if row.needs and rng.random() < right else set() for row in rows])


def test_better_worse_and_no_difference_shown():
    rows, good = _many(0.95)
    _rows, poor = _many(0.6, seed=4)
    better = comparison.differences(rows, NEEDS, good, poor)["macro_f1"]
    assert better["verdict"] == "better"
    assert 0 < better["low"] < better["difference"] < better["high"]
    assert comparison.differences(rows, NEEDS, poor, good)["macro_f1"]["verdict"] == "worse"
    same = comparison.differences(rows, NEEDS, good, good)
    assert set(same) == set(comparison.COMPARED)
    assert {row["verdict"] for row in same.values()} == {"none shown"}
    again = comparison.differences(rows, NEEDS, good, poor)["macro_f1"]
    assert again == better  # seeded


def test_few_rows_show_nothing():
    rows = [message(1, "latency"), message(2, "latency"), message(3)]
    found = comparison.differences(
        rows, NEEDS, answers({"latency"}, {"latency"}, set()), answers({"latency"}, set(), set())
    )
    assert found["macro_f1"]["verdict"] == "none shown"
    assert found["macro_f1"]["difference"] > 0
    assert comparison.differences([], NEEDS, answers(), answers()) == {}


def test_needs_one_by_one():
    rows, good = _many(0.95)
    _rows, poor = _many(0.6, seed=4)
    found = comparison.need_differences(rows, NEEDS, good, poor)
    assert set(found) == {"latency"}  # the others do not occur
    assert found["latency"]["verdict"] == "better"


def test_changed_rows_name_what_was_said_and_who_erred_more():
    rows = [message(1, "latency"), message(2, language="zh")]
    new, old = answers({"latency"}, {"languages", "retired"}), answers({"latency"}, set())
    assert comparison.changed(rows, NEEDS, new, old) == [
        {"id": "2", "language": "zh", "new": ["languages"], "old": [], "errors": [1, 0]}
    ]


class _Plain:
    """A reader that names only what it found, as a server does."""

    def read(self, texts):
        from modelhub.engine.reader import finish
        from modelhub.engine.types import NeedScore, Span

        return [
            finish(text, [NeedScore("latency", 0.7, (Span(0, 3, text[:3]),))], {"latency": "constraint"})
            for text in texts
        ]


def test_asking_a_reader_without_probabilities_of_all_needs():
    seen = []
    found = comparison.ask(_Plain(), [message(i) for i in range(40)], seen.append)
    assert seen == [32, 40]
    assert found.probabilities[39] == {"latency": 0.7}
    assert found.said[0] == {"latency": [(0, 3)]}
    assert found.of([1, 2]).said == found.said[1:3]
    assert found.milliseconds > 0
