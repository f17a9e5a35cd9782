"""Rates, differences, power, and the test that may be looked at often."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketing.engine import statistics as stats

COUNTS = st.integers(0, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_wilson_as_published():
    """Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    for k, n, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        found = stats.rate(k, n)
        assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_newcombe_as_published():
    """Newcombe 1998 (II), method 10: 56/70 − 48/80, 9/10 − 3/10, 10/10 − 0/20."""
    for a, b, low, high in (
        ((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090), ((10, 10), (0, 20), 0.6791, 1.0),
    ):  # fmt: skip
        found = stats.difference(stats.rate(*a), stats.rate(*b))
        assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@given(COUNTS)
def test_the_share_lies_in_its_interval(counted):
    found = stats.rate(*counted)
    assert 0 <= found.low <= found.share <= found.high <= 1
    assert found.n == 0 or found.low < found.high


@given(COUNTS, COUNTS)
def test_differences_are_the_same_from_both_sides(one, other):
    a, b = stats.rate(*one), stats.rate(*other)
    there, back = stats.difference(a, b), stats.difference(b, a)
    assert there.value == pytest.approx(-back.value)
    assert there.low == pytest.approx(-back.high)
    assert -1 <= there.low <= there.value <= there.high <= 1


def test_what_cannot_be_counted_is_refused():
    for k, n in ((2, 1), (-1, 3)):
        with pytest.raises(ValueError, match="of"):
            stats.rate(k, n)


def test_power():
    assert stats.needed(0.04, 0.05) == 6745
    assert stats.needed(0.05, 0.04) == 6745
    assert stats.needed(0.3, 0.3) is None
    assert stats.needed(0.0, 1.0) < 10


@given(COUNTS, COUNTS)
def test_p_is_a_probability(one, other):
    a, b = stats.rate(*one), stats.rate(*other)
    assert 0 <= stats.always_valid_p(a, b) <= 1
    assert stats.always_valid_p(a, b) == pytest.approx(stats.always_valid_p(b, a))


def _peeks(rng, share_a, share_b, mails, level):
    """Whether a winner is named at any look while mails go out, one look each 50 a side."""
    a = b = 0
    for n in range(50, mails + 1, 50):
        a += sum(rng.random() < share_a for _ in range(50))
        b += sum(rng.random() < share_b for _ in range(50))
        if level(stats.rate(a, n), stats.rate(b, n)):
            return True
    return False


def _naive(a, b):
    found = stats.difference(a, b)
    return found.low > 0 or found.high < 0


def test_peeking_does_not_make_winners_of_equals():
    """A thousand looks at the plain interval would; the test that is used does not."""
    rng = random.Random(7)
    runs = 150
    sound = sum(_peeks(rng, 0.1, 0.1, 4000, lambda a, b: stats.judge([a, b]).winner is not None) for _ in range(runs))
    assert sound / runs <= 0.05
    rng = random.Random(7)
    naive = sum(_peeks(rng, 0.1, 0.1, 4000, _naive) for _ in range(runs))
    assert naive / runs > 0.15


def test_a_real_difference_is_found():
    rng = random.Random(3)
    assert sum(_peeks(rng, 0.04, 0.08, 6000, lambda a, b: stats.judge([a, b]).winner == 1) for _ in range(20)) >= 18


@settings(max_examples=50)
@given(st.lists(COUNTS, min_size=2, max_size=3))
def test_no_winner_of_too_few(counted):
    verdict = stats.judge([stats.rate(*one) for one in counted])
    if min(n for _, n in counted) < stats.ENOUGH:
        assert verdict.winner is None
        assert not verdict.enough
    if verdict.winner is not None:
        assert verdict.winner == verdict.first


def test_one_subject_line_is_no_contest():
    assert stats.judge([stats.rate(3, 100)]) is None
