"""The network over token states: it learns what no average shows, is the same for the same seed, and is kept as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from modelhub.engine.verifier import head, network_training
from modelhub.engine.verifier.head import Head, Trees
from modelhub.engine.verifier.network import LONGEST, Network, Pair, Side, logits, padded, side

DEPTHS, SIZE = 3, 12


def pairs(count: int, seed: int) -> tuple[list[Pair], np.ndarray]:
    """Sentences that repeat a claim's tokens; false ones have one token from nowhere in place of one of them."""
    chance = np.random.default_rng(seed)
    found, false = [], chance.random(count) < 0.5
    for wrong in false:
        claim = chance.normal(size=(9, DEPTHS, SIZE)).astype(np.float32)
        said = claim[chance.permutation(9)[:6]].copy()
        if wrong:
            said[chance.integers(6)] = chance.normal(size=(DEPTHS, SIZE))
        found.append((Side(said, np.ones(6, np.float32)), Side(claim, np.ones(9, np.float32))))
    return found, false


@pytest.fixture(scope="module")
def basis() -> np.ndarray:
    return np.stack([np.eye(SIZE, dtype=np.float32)] * DEPTHS)


@pytest.fixture(scope="module")
def trained(basis: np.ndarray) -> Network:
    shown, false = pairs(600, 1)
    return network_training.fit(shown, false, np.ones(600), basis, 0)


def test_it_sees_the_one_token_that_no_claim_carries(trained: Network) -> None:
    unseen, false = pairs(200, 2)
    assert ((trained.logits(unseen) > 0) == false).mean() > 0.9


def test_the_same_seed_trains_the_same_network(basis: np.ndarray) -> None:
    shown, false = pairs(64, 3)
    first, again, other = (network_training.fit(shown, false, np.ones(64), basis, seed) for seed in (4, 4, 5))
    assert all(np.array_equal(first.parameters[name], again.parameters[name]) for name in first.parameters)
    assert any(not np.array_equal(first.parameters[name], other.parameters[name]) for name in first.parameters)


def test_a_pair_is_judged_alike_alone_and_among_longer_ones(trained: Network) -> None:
    some, _ = pairs(5, 6)
    shorter = [
        (Side(s.states[: 6 - i], s.weight[: 6 - i]), Side(c.states[i:], c.weight[i:])) for i, (s, c) in enumerate(some)
    ]
    known = {name: torch.from_numpy(np.asarray(value)) for name, value in trained.parameters.items()}
    together = logits(known, *padded(shorter)).numpy()
    assert np.allclose(together, trained.logits(shorter), atol=1e-5)
    assert np.ptp(together) > 0.1


def test_a_blank_text_and_a_long_one_are_sides_too(basis: np.ndarray, trained: Network) -> None:
    blank = side(basis, np.zeros((DEPTHS, 0, SIZE), np.float32), np.zeros(0, np.float32), LONGEST[0])
    long = side(basis, np.ones((DEPTHS, 1500, SIZE), np.float32), np.ones(1500, np.float32), LONGEST[1])
    assert len(long.weight) == LONGEST[1]
    assert np.isfinite(trained.logits([(blank, long), (blank, blank)])).all()


def test_the_basis_holds_the_directions_in_which_states_vary() -> None:
    chance = np.random.default_rng(0)
    states = [np.pad(chance.normal(size=(DEPTHS, 40, 2)), ((0, 0), (0, 0), (0, 70))) for _ in range(9)]
    found = network_training.basis(states, 0)
    assert np.allclose(np.linalg.norm(found[:, :2, :2], axis=(1, 2)), np.sqrt(2), atol=1e-4)


def test_a_head_keeps_its_networks(trained: Network, tmp_path: Path) -> None:
    values, known = np.zeros((5, 1)), pairs(5, 7)[0]
    trees = Trees(np.zeros((1, 7), np.int64), np.full((1, 7), np.inf), np.zeros((1, 8)))
    flat = np.ones(1)
    made = Head(
        ("a",), flat, flat, flat, 0.0, trees, {"en": 0.5, "zh": 0.5}, np.zeros((3, 4), np.float32), "print", (trained,)
    )
    made.save(tmp_path / "head", {})
    assert np.allclose(head.load(tmp_path / "head").scores(values, known), made.scores(values, known))
    assert np.ptp(made.scores(values, known)) > 0.1
