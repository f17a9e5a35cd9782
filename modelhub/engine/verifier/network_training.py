"""Trains the network over token states: AdamW on cross-entropy, batches of like length, everything drawn by the seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from modelhub.engine.verifier.network import WIDTH, Network, Pair, logits, padded, shapes

if TYPE_CHECKING:
    from numpy.typing import NDArray

EPOCHS, BATCH, RATE, DECAY, DROPOUT = 10, 32, 1.5e-3, 0.02, 0.3
WARM_UP = 0.15
NEARNESS = (3.0, 6.0, 3.0)  # how much a cosine at each depth draws attention, to begin with
POOL = 16  # batches that are drawn together and sorted by length
TOKENS = 8000  # of so many the basis is found


def basis(states: Sequence[NDArray[Any]], seed: int) -> NDArray[np.float32]:
    """The directions [depths, d, WIDTH] in which the states [depths, tokens, d] of many texts vary most."""
    chance, found = np.random.default_rng(seed), []
    for depth in range(len(states[0])):
        tokens = np.concatenate([each[depth] for each in states]).astype(np.float32)
        chosen = tokens[chance.permutation(len(tokens))[:TOKENS]]
        found.append(np.linalg.svd(chosen, full_matrices=False)[2][:WIDTH].T)
    return np.stack(found).astype(np.float32)


def fit(
    pairs: Sequence[Pair], false: NDArray[np.bool_], weight: NDArray[Any], basis: NDArray[np.float32], seed: int
) -> Network:
    """A network that tells the false sentences of `pairs` from the others; `weight` is how much each counts."""
    import torch

    chance = np.random.default_rng(seed)
    known = {
        name: torch.from_numpy(value).requires_grad_()
        for name, value in _first(shapes(len(basis), basis.shape[2]), chance).items()
    }
    truth, counts = torch.from_numpy(false.astype(np.float32)), torch.from_numpy(weight.astype(np.float32))
    steps = EPOCHS * -(-len(pairs) // BATCH)
    worker = torch.optim.AdamW(known.values(), lr=RATE, weight_decay=DECAY)
    slope = torch.optim.lr_scheduler.OneCycleLR(worker, RATE, total_steps=steps + 1, pct_start=WARM_UP)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for _ in range(EPOCHS):
            for rows in _batches([len(claims.weight) for _, claims in pairs], chance):
                found = logits(known, *padded([pairs[i] for i in rows]), dropout=DROPOUT)
                loss = torch.nn.functional.binary_cross_entropy_with_logits(found, truth[rows], weight=counts[rows])
                worker.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(known.values(), 1.0)
                worker.step()
                slope.step()
    return Network(basis, {name: value.detach().numpy() for name, value in known.items()})


def _first(sizes: dict[str, tuple[int, ...]], chance: np.random.Generator) -> dict[str, NDArray[np.float32]]:
    """Parameters to begin with: spread evenly by the number of inputs, no bias."""
    found = {}
    for name, size in sizes.items():
        reach = 1 / np.sqrt(size[-1]) if len(size) > 1 else 0.0
        found[name] = chance.uniform(-reach, reach, size).astype(np.float32)
    found["depth"] = np.array(NEARNESS, np.float32)
    return found


def _batches(lengths: Sequence[int], chance: np.random.Generator) -> Iterator[list[int]]:
    """One epoch: drawn at random, cut into pools, sorted by length inside a pool."""
    order, found = chance.permutation(len(lengths)).tolist(), []
    for start in range(0, len(order), BATCH * POOL):
        pool = sorted(order[start : start + BATCH * POOL], key=lengths.__getitem__)
        found += [pool[i : i + BATCH] for i in range(0, len(pool), BATCH)]
    for place in chance.permutation(len(found)):
        yield found[place]
