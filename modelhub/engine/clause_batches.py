"""Messages as an encoder in training sees them: windows of clauses, with what each clause is to say and how much it counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelhub.engine import clauses, corpus, hardware, reader_states
from modelhub.engine.corpus import Message
from modelhub.engine.finetune import SCALE, Tuned
from modelhub.engine.reader_states import Window

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Clauses:
    """Windows of `count` messages: their tokens, which tokens each clause holds [clauses, t], targets and weights."""

    count: int
    windows: Sequence[Window]
    encodings: Sequence[Any]
    grids: Sequence[NDArray[np.bool_]]
    targets: Sequence[Floats]  # per window [clauses, needs]
    weights: Sequence[Floats]

    @property
    def lengths(self) -> list[int]:
        """Tokens of each window."""
        return [len(encoding.ids) for encoding in self.encodings]


def make(tuned: Tuned, messages: Sequence[Message], needs: Sequence[str]) -> Clauses:
    """Cut and tokenise messages."""
    shell = tuned.shell
    parts = [clauses.split(message.text) for message in messages]
    windows = reader_states.windows_of([message.text for message in messages], parts)
    texts = [shell.prefix + messages[w.message].text[w.start : w.end] for w in windows]
    encodings = shell.tokenizer.encode_batch(texts)
    targets = [corpus.clause_targets(m, p, needs) for m, p in zip(messages, parts, strict=True)]
    weights = [corpus.clause_weights(m, p, needs) for m, p in zip(messages, parts, strict=True)]
    grids = []
    for window, encoding in zip(windows, encodings, strict=True):
        inside = parts[window.message][window.first : window.last]
        grids.append(reader_states.grid(shell, window, inside, encoding)[2][: len(inside)])
    return Clauses(
        len(messages),
        windows,
        encodings,
        grids,
        [targets[w.message][w.first : w.last] for w in windows],
        [weights[w.message][w.first : w.last] for w in windows],
    )


def vectors(tuned: Tuned, data: Clauses, batch: Sequence[int]) -> torch.Tensor:
    """Mean states [clauses, d] of the clauses of some windows, of length SCALE, in order."""
    import numpy as np
    import torch

    hidden = tuned.shell.model(**tuned.shell.tensors([data.encodings[i] for i in batch])).last_hidden_state
    most = max(len(data.grids[i]) for i in batch)
    member = np.zeros((len(batch), most, hidden.shape[1]), np.float32)
    for row, index in enumerate(batch):
        grid = data.grids[index]
        member[row, : grid.shape[0], : grid.shape[1]] = grid
    sums = torch.bmm(torch.from_numpy(member).to(hidden.device, hidden.dtype), hidden)
    real = torch.cat([sums[row, : len(data.grids[index])] for row, index in enumerate(batch)])
    return torch.nn.functional.normalize(real.float(), dim=-1) * SCALE


def loss(tuned: Tuned, data: Clauses, batch: Sequence[int]) -> torch.Tensor:
    """Binary cross-entropy of the clauses of some windows; decisions nobody knows do not count."""
    import numpy as np
    import torch

    with hardware.autocast(tuned.shell.device):
        found = torch.nn.functional.dropout(vectors(tuned, data, batch), tuned.settings.dropout)
        logits = tuned.head(found).float()
    truth = torch.from_numpy(np.concatenate([data.targets[i] for i in batch])).to(logits.device)
    counts = torch.from_numpy(np.concatenate([data.weights[i] for i in batch])).to(logits.device)
    each = torch.nn.functional.binary_cross_entropy_with_logits(logits, truth, reduction="none") * counts
    # A mean over labels, most of them absent, would vanish: a sum over labels, a mean over clauses.
    return each.sum() / (4 * len(truth))


def all_vectors(tuned: Tuned, data: Clauses, size: int, after: Callable[[], None] = lambda: None) -> Floats:
    """float32 [clauses, d] of all windows, in order, without dropout; `after` is called after each batch."""
    import numpy as np
    import torch

    tuned.shell.model.eval()
    found: list[Floats] = []
    for start in range(0, len(data.windows), size):
        batch = range(start, min(start + size, len(data.windows)))
        with torch.inference_mode(), hardware.autocast(tuned.shell.device):
            found.append(vectors(tuned, data, batch).cpu().numpy())
        after()
    return np.concatenate(found)


def best_of_messages(tuned: Tuned, data: Clauses, size: int) -> Floats:
    """float32 [messages, needs]: the highest logit that any clause of a message has."""
    import numpy as np

    weights, bias = tuned.head.weight.detach().cpu().numpy(), tuned.head.bias.detach().cpu().numpy()
    logits = all_vectors(tuned, data, size) @ weights.T + bias
    owners = np.repeat([w.message for w in data.windows], [w.last - w.first for w in data.windows])
    best = np.full((data.count, logits.shape[1]), -12.0, np.float32)
    np.maximum.at(best, owners, logits)
    return best
