"""What is weighed of the heads' logits, on messages of a few clauses."""

import numpy as np
import pytest

from modelhub.engine import clauses, reader_calibration, reader_evidence
from modelhub.engine.reader_calibration import Unseen

TEXT = "We have forty agents in two countries. It must answer in German, and it must run in our own data centre."
PARTS = clauses.split(TEXT)
LOW = -6.0


def logits(*rows):
    return np.array(rows, np.float32)


@pytest.fixture
def said():
    """Three clauses, three needs: the second clause says need 0, the third need 1, and need 2 is said nowhere."""
    assert len(PARTS) == 3
    return logits([LOW, LOW, LOW], [3.0, 0.5, LOW], [-1.0, 4.0, LOW])


def test_a_need_is_judged_beside_what_else_its_best_clause_says(said):
    found = reader_evidence.of_needs(said, [TEXT], [PARTS])
    assert found.shape == (1, 3, len(reader_evidence.OF_A_NEED))
    best, either, rival, size, crowd = found[0, 0]
    assert (best, rival) == (3.0, 0.5)
    assert either > best  # other clauses add a little
    assert size == pytest.approx(np.log1p(clauses.weight(TEXT[PARTS[1].start : PARTS[1].end])))
    assert crowd == pytest.approx(found[0, 1, 4])
    assert 1.9 < crowd < 2.4  # two needs are said, and a doubt


def test_a_message_without_clauses_says_nothing(said):
    found = reader_evidence.of_needs(said, ["...", TEXT, ""], [[], PARTS, []])
    assert (found[[0, 2], :, :3] == reader_evidence.LOW).all()
    assert (found[1] == reader_evidence.of_needs(said, [TEXT], [PARTS])[0]).all()


def test_a_clause_that_says_another_listed_need_is_a_worse_quote(said):
    alone = reader_evidence.of_quotes(said, PARTS, 0, np.array([True, False, False]))
    beside = reader_evidence.of_quotes(said, PARTS, 0, np.array([True, True, False]))
    rival = reader_evidence.OF_A_QUOTE.index("rival")
    assert (alone[:, rival] == reader_evidence.LOW).all()
    assert beside[2, rival] == 4.0
    others = [i for i in range(len(reader_evidence.OF_A_QUOTE)) if i != rival]
    assert (alone[:, others] == beside[:, others]).all()


def test_neighbours_count_within_a_sentence_alone(said):
    found = reader_evidence.of_quotes(said, PARTS, 0, np.array([True, False, False]))
    before, behind = (reader_evidence.OF_A_QUOTE.index(name) for name in ("before", "behind"))
    assert PARTS[0].sentence != PARTS[1].sentence == PARTS[2].sentence
    assert (found[0, behind], found[1, before]) == (0, 0)
    assert found[2, before] == pytest.approx(1 / (1 + np.exp(-3.0)))


def test_quotes_learn_to_leave_out_what_another_need_says():
    """Of 200 messages, the third clause is always the other need's, however much it also sounds like the first."""
    rng = np.random.default_rng(0)
    rows = np.concatenate(
        [logits([LOW, LOW, LOW], [3, -4, LOW], [2, 4, LOW]) + rng.normal(0, 0.3, (3, 3)) for _ in range(200)]
    )
    targets = np.tile(logits([0, 0, 0], [1, 0, 0], [0, 1, 0]), (200, 1))
    truth = np.tile([True, True, False], (200, 1))
    unseen = Unseen([TEXT] * 200, [PARTS] * 200, rows.astype(np.float32), targets, truth)
    calibration, figure = reader_calibration.calibrate(unseen)
    assert figure == 1.0
    listed = np.array([True, True, False])
    assert calibration.quoted(rows[:3], PARTS, 0, listed) == [1]
    assert calibration.quoted(rows[:3], PARTS, 1, listed) == [2]


def test_a_need_without_a_quote_teaches_no_quotes():
    unseen = Unseen([TEXT], [PARTS], logits([1.0], [2.0], [0.0]), np.zeros((3, 1), np.float32), np.array([[True]]))
    slopes, bias, threshold = reader_calibration.quotes(unseen, np.array([[True]]))
    assert (slopes.tolist(), bias, threshold) == ([0.0] * len(reader_evidence.OF_A_QUOTE), 0.0, 0.5)
