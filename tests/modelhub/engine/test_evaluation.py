"""Figures of merit against values worked out by hand."""

import numpy as np
import pytest

from modelhub.engine import evaluation

TRUTH = np.array([[1, 0], [1, 0], [0, 1], [0, 0]], bool)
SAID = np.array([[1, 0], [0, 1], [0, 1], [0, 0]], bool)


def test_exact_match_and_f1():
    assert evaluation.exact_match(TRUTH, SAID) == 0.75
    assert evaluation.micro_f1(TRUTH, SAID) == pytest.approx(4 / 6)
    figures = evaluation.per_label(TRUTH, SAID, ["a", "b"])
    assert (figures["a"].precision, figures["a"].recall, figures["a"].n) == (1.0, 0.5, 2)
    assert evaluation.macro_f1(TRUTH, SAID) == pytest.approx(2 / 3)


def test_calibration_error_is_the_gap_between_saying_and_being_right():
    assert evaluation.calibration_error(np.full(10, 0.8), np.array([1] * 8 + [0] * 2, bool)) == pytest.approx(0)
    assert evaluation.calibration_error(np.full(10, 0.9), np.zeros(10, bool)) == pytest.approx(0.9)


def test_scope_recall_keeps_the_share_it_promises():
    inside = np.linspace(0.5, 1, 100)
    assert evaluation.scope_recall(inside, np.array([0.1, 0.2, 0.9, 0.95])) == 0.5


def test_confusion_counts_truth_by_row():
    assert evaluation.confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist() == [[1, 1], [0, 1]]


def test_a_clear_difference_has_bounds_above_nothing():
    right, wrong = np.ones(200), np.zeros(200)
    mean, low, high = evaluation.bootstrap_difference(
        lambda i: (right[i].mean(), wrong[i].mean()), 200, seed=1, rounds=50
    )
    assert (mean, low, high) == (1.0, 1.0, 1.0)
