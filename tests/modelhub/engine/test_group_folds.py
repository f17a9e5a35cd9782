"""Cross-validation by customers: nobody's messages on both sides, and every fold with something of every need."""

from collections import Counter

import numpy as np
import pytest

from modelhub.engine import group_split, reader_training
from modelhub.engine.corpus import Message
from modelhub.engine.reader_training import Recipe
from tests.modelhub import tiny_encoder


def message(number, need, language="en"):
    return Message(str(number), language, f"text number {number}", {need: ()})


@pytest.mark.parametrize("seed", range(3))
def test_a_customers_messages_stand_in_one_fold(seed):
    rows = tiny_encoder.messages()
    groups = [row.writer for row in rows]
    fold = reader_training.folds(rows, 3, seed, groups)
    assert all(len({fold[i] for i, g in enumerate(groups) if g == group}) == 1 for group in set(groups))
    assert set(fold) == {0, 1, 2}
    by_text = reader_training.folds(rows, 3, seed)
    assert any(len({by_text[i] for i, g in enumerate(groups) if g == group}) > 1 for group in set(groups))


def test_folds_are_even_in_needs_and_languages_though_customers_are_not():
    kinds = [("price", "en"), ("price", "zh"), ("latency", "en")]
    rows, groups = [], []
    for customer in range(30):
        for n in range(1 + customer % 5):
            rows.append(message(f"{customer}.{n}", *kinds[customer % 3]))
            groups.append(f"c{customer}")
    fold = reader_training.folds(rows, 3, 0, groups)
    total = Counter((next(iter(row.needs)), row.language) for row in rows)
    for number in range(3):
        here = Counter((next(iter(row.needs)), row.language) for row, f in zip(rows, fold, strict=True) if f == number)
        assert all(0.2 < here[kind] / total[kind] < 0.5 for kind in total), (here, total)


@pytest.mark.parametrize("sizes", [(9, 1), (1, 9), (5, 5), (7, 2, 1)])
def test_few_customers_fill_at_least_two_folds(sizes):
    groups = {f"c{n}": Counter(rows=size, price=1) for n, size in enumerate(sizes)}
    found = group_split.folds(groups, 3, 0)
    assert set(found) == set(groups)
    assert len(set(found.values())) >= 2


def test_a_single_customers_texts_are_spread_and_so_are_those_of_nobody():
    rows = [message(n, "price") for n in range(30)]
    alone = reader_training.folds(rows, 3, 0, ["one"] * 30)
    assert set(alone) == {0, 1, 2}
    assert np.array_equal(alone, reader_training.folds(rows, 3, 0))


@pytest.mark.parametrize("customers", [1, 2, 10])
def test_heads_are_judged_on_customers_they_have_not_seen(tmp_path, monkeypatch, customers):
    """Each fit but the last one leaves out whole customers, and each message is judged once."""
    rows = tiny_encoder.messages()
    groups = [f"c{n % customers}" for n in range(len(rows))]
    seen, usual = [], reader_training._fit
    monkeypatch.setattr(reader_training, "_fit", lambda data, reduced, recipe, chosen, share: (
        seen.append((data, chosen)), usual(data, reduced, recipe, chosen, share)
    )[1])  # fmt: skip
    made = reader_training.train(
        rows, tiny_encoder.definitions(), [], tmp_path / "v", recipe=Recipe(steps=5), groups=groups
    )
    assert seen.pop()[1] is None
    assert len(seen) >= 2
    assert made.meta["figures"]["n"] == len(rows)
    for data, chosen in seen:
        owners = data.batch.owners
        shown = set(owners[chosen])
        left_out = set(range(len(rows))) - shown
        assert left_out
        if customers > 1:
            assert not {groups[i] for i in shown} & {groups[i] for i in left_out}
