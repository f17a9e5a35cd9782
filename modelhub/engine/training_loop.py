"""The training loop itself: AdamW with warm-up and decay, step by step, which can be left after any step and taken up again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from modelhub.engine import hardware

if TYPE_CHECKING:
    import torch

    Tensors = dict[str, torch.Tensor]

LossOf = Callable[[Sequence[int]], "torch.Tensor"]
Slope = Callable[[int], float]


class Loop:
    """Parameters in training. `position` counts the steps done; batches, rates and chance depend on it and the seed alone."""

    def __init__(
        self,
        named: Mapping[str, torch.nn.Parameter],
        groups: Sequence[dict[str, Any]],
        batches: Sequence[Sequence[int]],
        loss_of: LossOf,
        *,
        slope: Slope,
        weight_decay: float,
    ) -> None:
        """`groups` are AdamW's, each with the rate it reaches at most; `batches` are those of all epochs in order."""
        import torch

        self.named, self.batches, self.loss_of, self.slope = dict(named), batches, loss_of, slope
        self.optimiser = torch.optim.AdamW(
            [{**group, "peak": group["lr"]} for group in groups], weight_decay=weight_decay
        )
        # fp16 needs its gradients scaled; where bf16 or fp32 is computed this does nothing.
        plan = hardware.plan()
        self.scaler = torch.amp.GradScaler(plan.device, enabled=plan.autocast == "float16")
        self.position = 0

    @property
    def rate(self) -> float:
        """The highest rate of the step that comes next."""
        return max(
            group["peak"] for group in self.optimiser.param_groups[:-1] or self.optimiser.param_groups
        ) * self.slope(self.position)

    def step(self) -> float:
        """Take one step; returns the loss of its batch."""
        import torch

        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * self.slope(self.position)
        loss = self.loss_of(self.batches[self.position])
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimiser)
        torch.nn.utils.clip_grad_norm_((p for g in self.optimiser.param_groups for p in g["params"]), 1.0)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        self.optimiser.zero_grad(set_to_none=True)
        self.position += 1
        return float(loss.detach())

    def weights(self) -> Tensors:
        """Copies of all parameters in training, by name."""
        return {name: parameter.detach().cpu().clone() for name, parameter in self.named.items()}

    def set_weights(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Put parameters back. Raises KeyError if one is missing."""
        import torch

        with torch.no_grad():
            for name, parameter in self.named.items():
                parameter.copy_(weights[name])

    def state(self) -> tuple[Tensors, dict[str, Any]]:
        """Everything the next step depends on: tensors (parameters, optimiser, chance) and plain facts."""
        tensors = {f"weight.{name}": value for name, value in self.weights().items()}
        for name, parameter in self.named.items():
            for key, value in self.optimiser.state[parameter].items():
                tensors[f"adamw.{key}.{name}"] = value.detach().cpu().clone()
        tensors.update({f"chance.{name}": value for name, value in chance().items()})
        return tensors, {"position": self.position, "scaler": self.scaler.state_dict()}

    def restore(self, tensors: Mapping[str, torch.Tensor], facts: Mapping[str, Any]) -> None:
        """Take up where `state` was written. Raises KeyError if it belongs to another loop."""
        self.set_weights({name: tensors[f"weight.{name}"] for name in self.named})
        for name, parameter in self.named.items():
            kept = {
                key: tensors[f"adamw.{key}.{name}"]
                for key in ("step", "exp_avg", "exp_avg_sq")
                if f"adamw.{key}.{name}" in tensors
            }
            if kept:  # AdamW counts its steps on the CPU
                self.optimiser.state[parameter] = {
                    key: value if key == "step" else value.to(parameter.device) for key, value in kept.items()
                }
        self.position = int(facts["position"])
        if facts["scaler"]:
            self.scaler.load_state_dict(dict(facts["scaler"]))
        set_chance({name.removeprefix("chance."): t for name, t in tensors.items() if name.startswith("chance.")})


def chance() -> Tensors:
    """The state of the random generators that dropout draws from."""
    import torch

    found = {"cpu": torch.get_rng_state()}
    if hardware.plan().device == "cuda":
        found["cuda"] = torch.cuda.get_rng_state()
    return found


def set_chance(state: Mapping[str, torch.Tensor]) -> None:
    """Put the random generators back."""
    import torch

    torch.set_rng_state(state["cpu"])
    if "cuda" in state and hardware.plan().device == "cuda":
        torch.cuda.set_rng_state(state["cuda"])


def warm_up_and_decay(share: float, steps: int) -> Slope:
    """Linear warm-up over a share of the steps, then linear decay to nothing."""
    warm = max(1, int(steps * share))
    return lambda step: min((step + 1) / warm, max(0.0, (steps - step) / max(1, steps - warm)))
