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
from typing import TypedDict

import torch
from torch import Tensor
from torch.optim import Optimizer

from stream_ae.kronecker import direction, factored_axes, momentum, new_state, refresh
from stream_ae.overshoot import EPSILON, OvershootBound, lowest, new_numbers

Shape = tuple[int, ...]


class Effect(TypedDict, total=False):
    """What a step did; ``overshoot`` only where it was probed."""

    effective_step: float
    update_ratio: float
    bound_active: float
    overshoot: float


class BoundedGD(Optimizer):
    """Gradient descent whose step is bounded by what it does to the sample just seen.

    The direction is :mod:`stream_ae.kronecker`'s. The step size needs no choice::

        u = white + κ (w − w₀)
        α = min( η N / 2 D,  1.3 α_before,  τ ‖w‖ / ‖u‖,  0.01,  lr )         w ← w − α u

    N and D are :class:`~stream_ae.overshoot.OvershootBound`'s running means of g·u and c. A probed
    step that raised the loss is taken back along its line, to the minimum of the parabola and at
    most to half. A gradient or loss that is not finite is no step.

    With ``bound=False, trust=math.inf, precondition=False, leak=0.0`` it is
    ``torch.optim.SGD(params, lr, momentum=0.9)``, bit for bit.

    Args:
        params: parameters, in one group.
        lr: an upper bound of α, which the default never reaches; α itself where ``bound`` is off.
        bound: keep to the bound on overshooting, and to what limits α beside it.
        trust: τ, bound of ‖α u‖ / ‖w‖.
        precondition: whiten the momentum.
        leak: κ, a pull towards the first weights w₀ that keeps a network able to learn anew (Kumar,
            Marklund, Van Roy 2023, "Maintaining Plasticity in Continual Learning via Regenerative
            Regularization"); 0 where the weights have to go far.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 1.0,
        *,
        bound: bool = True,
        trust: float = 0.05,
        precondition: bool = True,
        leak: float = 0.0,
    ) -> None:
        if not 0.0 < lr < math.inf:
            raise ValueError(f"lr must be positive and finite, got {lr}")
        super().__init__(params, {"lr": lr, "steps": 0, "line": new_numbers()})
        if len(self.param_groups) > 1:
            raise ValueError("the bound is over all parameters together; give them in one group")
        self._bound, self._trust, self._precondition, self._leak = bound, trust, precondition, leak
        self._parameters: list[Tensor] = self.param_groups[0]["params"]
        self._blocks = _by_shape(self._parameters)
        self._axes = [(shape, axis) for shape in self._blocks for axis in factored_axes(shape)]
        self.effect: Effect = {}
        """What the last step did."""

    @torch.no_grad()
    def step(  # type: ignore[override]
        self, closure: Callable[[], Tensor], *, loss: Tensor
    ) -> None:
        """Take one step along the gradients at hand; none where they are not finite.

        Args:
            closure: gives the loss on the same sample with the weights as they are then, 0-dim;
                called on probed steps only, without gradient.
            loss: of the present weights, 0-dim, whose gradient is in ``.grad``.
        """
        group = self.param_groups[0]
        group["steps"] += 1
        slope = [torch.zeros_like(p) if p.grad is None else p.grad for p in self._parameters]
        norms = torch.stack(torch._foreach_norm(slope))
        move, line = self._plan([torch.nan_to_num(g, 0.0, 0.0, 0.0) for g in slope])
        host = torch.cat([line, torch.stack([loss.to(line), norms.sum()])]).tolist()
        if not all(map(math.isfinite, host)):
            self.effect = {"effective_step": 0.0, "update_ratio": 0.0, "bound_active": 1.0}
            return
        gain, length, weight, before, _ = host
        ratio = math.sqrt(length / max(weight, EPSILON))  # ‖u‖ / ‖w‖
        free = min(group["lr"], self._trust / max(ratio, EPSILON))
        alpha, effect = self._go(closure, move, gain=gain, length=length, before=before, free=free)
        self.effect = {
            "effective_step": alpha * gain / max(before, EPSILON),
            "update_ratio": alpha * ratio,
            **effect,
        }

    def _plan(self, slope: list[Tensor]) -> tuple[list[Tensor], Tensor]:
        """The direction of every parameter, and g·u, ‖u‖² and ‖w‖² over all of them."""
        steps = self.param_groups[0]["steps"]
        due = self._axes[steps % len(self._axes)] if self._axes else None
        move, sums = [*slope], []
        for shape, members in self._blocks.items():
            stack = _stack([slope[i] for i in members], shape)
            weights = _stack([self._parameters[i] for i in members], shape)
            state = self.state[self._parameters[members[0]]]
            if not state:
                state.update(new_state(stack) if self._precondition else {})
                state.setdefault("momentum", torch.zeros_like(stack))
                if self._leak:
                    state["anchor"] = weights.clone()
            if due is not None and due[0] == shape and self._precondition:
                refresh(state, due[1])
            way = (
                direction(state, stack, step=steps)
                if self._precondition
                else momentum(state, stack)
            )
            if self._leak:
                way = way.add(weights - state["anchor"], alpha=self._leak)
            sums.append(
                torch.stack([(stack * way).sum(), way.square().sum(), weights.square().sum()])
            )
            for i, part in zip(members, _unstack(way, members, slope), strict=True):
                move[i] = part
        return move, torch.stack(sums).sum(0)

    def _go(
        self,
        closure: Callable[[], Tensor],
        move: list[Tensor],
        *,
        gain: float,
        length: float,
        before: float,
        free: float,
    ) -> tuple[float, Effect]:
        """Move as far as the bound allows, look whether it was too far, and say α."""
        if not self._bound:
            self._move(move, -free)
            return free, {"bound_active": 0.0}
        line = OvershootBound(self.param_groups[0]["line"])
        due = line.follow(before)
        alpha, active = line.longest(gain, length=length, free=free)
        self._move(move, -alpha)
        effect: Effect = {}
        if due and alpha > 0.0:
            after = closure().item()
            curvature = (after - before + alpha * gain) / alpha**2
            line.learn(curvature, gain=gain, length=length)
            worse = not after <= before  # so that NaN is worse, too
            effect["overshoot"] = float(worse)
            if worse:
                shorter = min(lowest(gain, curvature=curvature), 0.5 * alpha)
                self._move(move, alpha - shorter)
                alpha, active = shorter, True
        line.remember(alpha)
        return alpha, {"bound_active": float(active), **effect}

    def _move(self, move: list[Tensor], length: float) -> None:
        torch._foreach_add_(self._parameters, move, alpha=length)


def _by_shape(parameters: list[Tensor]) -> dict[Shape, list[int]]:
    """Places of the parameters by shape; all vectors together, under their total length."""
    vectors = [place for place, parameter in enumerate(parameters) if parameter.ndim < 2]
    blocks: dict[Shape, list[int]] = {}
    for place, parameter in enumerate(parameters):
        if parameter.ndim > 1:
            blocks.setdefault(_axes_of(parameter), []).append(place)
    if vectors:
        blocks[(sum(parameters[place].numel() for place in vectors),)] = vectors
    return blocks


def _axes_of(parameter: Tensor) -> Shape:
    """(out, in, k · k) of a convolution, (rows, columns) of a matrix or of a stack of tables."""
    if parameter.ndim == 3:
        return (parameter.shape[0] * parameter.shape[1], parameter.shape[2])
    return (
        (*parameter.shape[:2], parameter[0, 0].numel())
        if parameter.ndim > 3
        else tuple(parameter.shape)
    )


def _stack(parts: list[Tensor], shape: Shape) -> Tensor:
    """One row (1, n) of all vectors, or one stack (k, a, b, …) of weights of a shape."""
    if len(shape) == 1:
        return torch.cat([part.reshape(-1) for part in parts])[None]
    return torch.stack([part.reshape(shape) for part in parts])


def _unstack(whole: Tensor, members: list[int], like: list[Tensor]) -> list[Tensor]:
    """The parts of a stack, each in the shape of what it came from."""
    shapes = [like[i].shape for i in members]
    sizes = [shape.numel() for shape in shapes]
    parts = torch.split(whole[0], sizes) if whole.ndim == 2 else whole.unbind()
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
