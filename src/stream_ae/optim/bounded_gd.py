"""Overshooting-bounded descent for networks with many outputs: ObGD's promise in output space.

ObGD (Elsayed, Vasan, Mahmood 2024, algorithm 3) never lets a step overshoot the error on the sample
just seen. Its bound takes the L1 norm of all weights' traces, the worst case over all directions,
and starves a deep network. Here the bound is taken along the one direction that the step goes:
with w ← w − α u the loss is lowest, to second order, at α* = g·u / 2 c, and one more look at the
sample after a step (a *probe*) gives c. The derivation, what was tried and the figures are in
docs/learning.md.
"""

import math
from collections.abc import Callable, Iterable
from inspect import unwrap
from typing import Any, TypedDict

import torch
from torch import Tensor
from torch.optim import Optimizer

from stream_ae.optim.preconditioner import direction, momentum, new_state
from stream_ae.optim.step_size import EPSILON, OvershootBound, new_numbers
from stream_ae.optim.tiling import Blocks

LARGEST = 1e15
"""What a larger entry of a gradient counts as, so that no square overflows."""


class Effect(TypedDict, total=False):
    """What a step did; ``overshoot`` only where it was probed."""

    effective_step: float
    update_ratio: float
    bound_active: float
    overshoot: float


class BoundedGD(Optimizer):
    """Gradient descent whose step is bounded by what it does to the sample just seen.

    The direction is :mod:`stream_ae.optim.preconditioner`'s. The step size needs no choice::

        u = white + κ (w − w₀)
        α = min( N / 2 D,  1.6 α_before,  τ ‖w‖ / ‖u‖,  0.02,  lr )         w ← w − α u

    N and D are :class:`~stream_ae.optim.step_size.OvershootBound`'s running means of g·u and c; on
    the first 40 steps 1.6 times their ratio is allowed. A probed step that raised the loss is taken
    back along its line, to the minimum of the parabola and at most to half. A gradient or loss that
    is not finite is no step.

    With ``bound=False, trust=math.inf, precondition=False, leak=0.0`` it is
    ``torch.optim.SGD(params, lr, momentum=0.9)``, bit for bit.

    Args:
        params: parameters; their groups may differ in ``leak``, since all else is of all together.
        lr: an upper bound of α, which the default never reaches; α itself where ``bound`` is off.
        bound: keep to the bound on overshooting, and to what limits α beside it.
        trust: τ, bound of ‖α u‖ / ‖w‖.
        precondition: whiten the momentum.
        leak: κ, a pull towards the first weights w₀ that keeps a network able to learn anew (Kumar,
            Marklund, Van Roy 2023, "Maintaining Plasticity in Continual Learning via Regenerative
            Regularization"); 0 where the weights have to go far.
    """

    # As they are wrapped, they import PyTorch's compiler first: 0.85 s and 66 MiB.
    add_param_group = unwrap(Optimizer.add_param_group)
    state_dict = unwrap(Optimizer.state_dict)
    load_state_dict = unwrap(Optimizer.load_state_dict)

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 1.0,
        *,
        bound: bool = True,
        trust: float = 0.1,
        precondition: bool = True,
        leak: float = 0.0,
    ) -> None:
        if not 0.0 < lr < math.inf:
            raise ValueError(f"lr must be positive and finite, got {lr}")
        super().__init__(params, {"lr": lr, "leak": leak, "steps": 0, "line": new_numbers()})
        if any(group["lr"] != lr for group in self.param_groups):
            raise ValueError("the bound is over all parameters together; groups share one lr")
        self._bound, self._trust, self._precondition = bound, trust, precondition
        self._parameters: list[Tensor] = [p for g in self.param_groups for p in g["params"]]
        self._blocks = Blocks(self._parameters)
        self._leaks: list[float] = []
        self.effect: Effect = {}
        """What the last step did."""

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, without the look at each of them that takes most of the time."""
        if not set_to_none:
            super().zero_grad(set_to_none=False)
            return
        for parameter in self._parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(  # type: ignore[override]
        self, closure: Callable[[], Tensor], *, loss: Tensor, again: bool = False
    ) -> None:
        """Take one step along the gradients at hand; none where they are not finite.

        Args:
            closure: gives the loss on the same sample with the weights as they are then, 0-dim;
                called on probed steps only, without gradient.
            loss: of the present weights, 0-dim, whose gradient is in ``.grad``.
            again: the sample is that of the step before, whose effect ``loss`` shows.
        """
        group = self.param_groups[0]
        group["steps"] += 1
        slope = self._blocks.gather(
            [torch.zeros_like(p) if p.grad is None else p.grad for p in self._parameters]
        )
        weights = self._blocks.gather(self._parameters)
        move = self._plan(slope.nan_to_num(0.0, 0.0, 0.0).clamp_(-LARGEST, LARGEST), weights)
        sums = [torch.dot(slope, move), torch.dot(move, move), torch.dot(weights, weights)]
        host = torch.stack([*sums, loss.to(move)]).tolist()
        if not all(map(math.isfinite, host)):
            group["line"]["alpha"] = 0.0  # from which the next step grows
            self.effect = {"effective_step": 0.0, "update_ratio": 0.0, "bound_active": 1.0}
            return
        gain, length, weight, before = host
        ratio = math.sqrt(length / max(weight, EPSILON))  # ‖u‖ / ‖w‖
        alpha = min(group["lr"], self._trust / max(ratio, EPSILON))
        parts, line = self._blocks.scatter(move), OvershootBound(group["line"])
        effect: Effect = {"bound_active": 0.0}
        if self._bound:
            probed = line.follow(before, again=again)
            alpha, active = line.longest(gain, length=length, free=alpha)
            effect["bound_active"] = float(active)
        self._move(parts, -alpha)
        if self._bound and probed and alpha > 0.0:
            shorter = line.look_back(closure().item())
            self._move(parts, alpha - shorter)
            effect |= {"overshoot": float(shorter < alpha)}
            alpha = shorter
        self.effect = {
            "effective_step": alpha * gain / max(before, EPSILON),
            "update_ratio": alpha * ratio,
            **effect,
        }

    def _plan(self, slope: Tensor, weights: Tensor) -> Tensor:
        """The direction u, in one vector like the gradient and the weights."""
        state = self.state[self._parameters[0]]  # that of all, so that it is saved with them
        leaks = [group["leak"] for group in self.param_groups]
        if not state:
            state.update(new_state(slope, self._blocks))
            if any(leaks):
                state["anchor"] = weights.clone()
        if self._precondition:
            steps = self.param_groups[0]["steps"]
            move = direction(state, slope, blocks=self._blocks, step=steps)
        else:
            move = momentum(state, slope)
        if not any(leaks):
            return move
        if leaks != self._leaks:  # at first, and where a loaded state has others
            self._leaks, self._leak = leaks, self._of_groups(leaks)
        return torch.addcmul(move, self._leak, weights - state["anchor"])

    def _of_groups(self, values: list[float]) -> Tensor:
        """A vector like the weights, in which those of a group have its value."""
        pairs = zip(self.param_groups, values, strict=True)
        return self._blocks.gather([torch.full_like(p, v) for g, v in pairs for p in g["params"]])

    def _move(self, parts: list[Tensor], length: float) -> None:
        torch._foreach_add_(self._parameters, parts, alpha=length)
