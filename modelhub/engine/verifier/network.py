"""What the tokens of a sentence meet in its claims and the claims' tokens in the sentence, weighed by a small network over the
encoder's states: each token attends to the other side, is compared with what it finds there, and the comparisons are pooled.
Decomposable attention (Parikh et al. 2016) over three depths at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

WIDTH = 64  # numbers a token state is turned into, and of the layers that compare
LONGEST = (256, 1024)  # tokens of a sentence, and of its claims together, that are looked at
RAREST = 8.0  # brings a token's surprise near to one
GLANCES = 2  # ways in which the comparisons of a side are weighed


@dataclass(frozen=True, slots=True)
class Side:
    """Tokens of a text or several: states in the basis [tokens, depths, k] and how rare each token is [tokens]."""

    states: Floats
    weight: Floats


Pair = tuple[Side, Side]  # a sentence and its claims


@dataclass(frozen=True)
class Network:
    """Trained parameters by name, and the basis [depths, d, k] in which states are given to them."""

    basis: Floats
    parameters: Mapping[str, Floats]

    def logits(self, pairs: Sequence[Pair]) -> NDArray[np.float64]:
        """Log-odds that each sentence says what its claims do not."""
        import torch

        known = {name: torch.from_numpy(np.asarray(value, np.float32)) for name, value in self.parameters.items()}
        with torch.inference_mode():
            found = [float(logits(known, *padded([pair]))[0]) for pair in pairs]
        return np.array(found)


def side(basis: Floats, tokens: Floats, weight: Floats, longest: int) -> Side:
    """A text's unit states [depths, tokens, d] in the basis, cut to `longest` tokens; a blank text is one empty token."""
    if not tokens.shape[1]:
        return Side(np.zeros((1, len(basis), basis.shape[2]), np.float16), np.ones(1, np.float32))
    turned = np.einsum("ztd,zdk->tzk", tokens[:, :longest].astype(np.float32), basis)
    return Side(turned.astype(np.float16), weight[:longest].astype(np.float32))


def padded(pairs: Sequence[Pair]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """States [b, tokens, depths, k] and weights [b, tokens] of sentences, then of claims; weight 0 where there is no token."""
    import torch

    found = []
    for part in (0, 1):
        sides = [pair[part] for pair in pairs]
        most = max(len(each.weight) for each in sides)
        states = np.zeros((len(pairs), most, *sides[0].states.shape[1:]), np.float32)
        weight = np.zeros((len(pairs), most), np.float32)
        for row, each in enumerate(sides):
            states[row, : len(each.weight)], weight[row, : len(each.weight)] = each.states, each.weight
        found += [torch.from_numpy(states), torch.from_numpy(weight)]
    return found[0], found[1], found[2], found[3]


def shapes(depths: int, size: int) -> dict[str, tuple[int, ...]]:
    """Shape of every parameter for states [depths, size] of a token."""
    wide = WIDTH
    return {
        "depth": (depths,),
        "turn.weight": (wide, depths * size), "turn.bias": (wide,),
        "compare.weight": (wide, 4 * wide + depths + 2), "compare.bias": (wide,),
        "again.weight": (wide, wide), "again.bias": (wide,),
        "glance.weight": (GLANCES, wide), "glance.bias": (GLANCES,),
        "gather.weight": (wide, 2 * (GLANCES + 2) * wide), "gather.bias": (wide,),
        "say.weight": (1, wide), "say.bias": (1,),
    }  # fmt: skip


def logits(
    known: Mapping[str, torch.Tensor],
    said: torch.Tensor,
    said_weight: torch.Tensor,
    claims: torch.Tensor,
    claims_weight: torch.Tensor,
    dropout: float = 0.0,
) -> torch.Tensor:
    """Log-odds [b] that a sentence says what its claims do not; see `padded` for the shapes."""
    import torch
    from torch.nn.functional import dropout as drop
    from torch.nn.functional import gelu

    both = torch.cat(
        [
            _side(known, said, said_weight, claims, claims_weight, dropout),
            _side(known, claims, claims_weight, said, said_weight, dropout),
        ],
        -1,
    )
    training = dropout > 0
    gathered = gelu(_linear(known, "gather", drop(both, dropout, training)))
    return _linear(known, "say", drop(gathered, dropout, training)).squeeze(-1)


def _side(
    known: Mapping[str, torch.Tensor],
    own: torch.Tensor,
    own_weight: torch.Tensor,
    other: torch.Tensor,
    other_weight: torch.Tensor,
    dropout: float,
) -> torch.Tensor:
    """How one side's tokens meet the other's, pooled over them: glances, mean and maximum [b, (GLANCES + 2) · WIDTH]."""
    import torch
    from torch.nn.functional import dropout as drop
    from torch.nn.functional import gelu, normalize

    training, there = dropout > 0, (own_weight > 0).unsqueeze(-1)
    absent = (other_weight == 0)[:, None, :]
    near = torch.einsum("bnzk,bmzk->bnmz", normalize(own, dim=-1), normalize(other, dim=-1))
    attention = (near * known["depth"]).sum(-1).masked_fill(absent, -1e4).softmax(-1)
    best = near.masked_fill(absent.unsqueeze(-1), -1).amax(2)
    mine, met = _linear(known, "turn", own.flatten(2)), attention @ _linear(known, "turn", other.flatten(2))
    rare = own_weight.unsqueeze(-1) / RAREST
    middle = best[..., best.shape[-1] // 2 : best.shape[-1] // 2 + 1]
    seen = torch.cat([mine, met, (mine - met).abs(), mine * met, best, rare, (1 - middle) * rare], -1)
    first = drop(gelu(_linear(known, "compare", drop(seen, dropout, training))), dropout, training)
    compared = gelu(_linear(known, "again", first))
    glances = _linear(known, "glance", compared).masked_fill(~there, -1e4).softmax(1)
    pooled = torch.einsum("bnq,bnh->bqh", glances, compared).flatten(1)
    mean = (compared * there).sum(1) / there.sum(1)
    return torch.cat([pooled, mean, compared.masked_fill(~there, -1e4).amax(1)], -1)


def _linear(known: Mapping[str, torch.Tensor], name: str, values: torch.Tensor) -> torch.Tensor:
    import torch

    found: torch.Tensor = torch.nn.functional.linear(values, known[f"{name}.weight"], known[f"{name}.bias"])
    return found
