"""Overshooting-bounded descent for networks with many outputs: ObGD's promise in output space.

ObGD (Elsayed, Vasan, Mahmood 2024, algorithm 3) never lets a step overshoot the error on the sample
just seen. Its bound takes the L1 norm of all weights' traces, the worst case over all directions,
and starves a deep network. Here the bound is taken along the one direction that the step goes.
With w ← w − α u the objective is, to second order,

    L(α) = L − α g·u + α² c          lowest at α* = g·u / 2 c

and one more look at the frame after a step (a *probe*) gives c. The derivation, what was tried and
the figures are in docs/learning.md.
"""

import math
from collections.abc import Callable, Iterable
from typing import TypedDict

import torch
from torch import Tensor
from torch.optim import Optimizer

from stream_ae.kronecker import Side, direction, new_state, refresh
from stream_ae.trend import Trend

PROBE_EVERY, PROBED_FIRST = 8, 5
"""Every eighth step is probed, and each of the first five."""

JUMP = 1.3
"""A loss this many times its slow running mean is a cut: probed at once, its curvature believed."""

ETA = 2.0
"""η, how many times α* a step may be: up to 2, to second order, the loss does not rise."""

TRUST, GROWTH, FIRST, LEAST = 0.05, 1.3, 0.01, 1e-4
"""Bounds of ‖Δw‖ / ‖w‖ and of α over the one before; the first α, the least to grow from."""

SETTLED, FALLING = 0.01, 0.1
"""Cap of α where the loss has settled, and where it falls fast."""

EPSILON = 1e-12

MEMORY = 0.97
"""Decay of the running g·u and of the running curvature."""


class Effect(TypedDict, total=False):
    """What a step did; ``overshoot`` only where it was probed."""

    effective_step: float
    update_ratio: float
    bound_active: float
    overshoot: float


class BoundedGD(Optimizer):
    """Gradient descent whose step is bounded by what it does to the sample just seen.

    The direction is :mod:`stream_ae.kronecker`'s. The step size needs no choice::

        α = min( η N / 2 D,  1.3 α_before,  τ ‖w‖ / ‖u‖,  cap,  lr )

    N and D are running means of g·u and of c. The cap is wide while the loss falls fast and narrow
    where it has settled, for then the best step for this frame is not what serves the next. A
    probed step that raised the loss is taken back along its line, to the minimum of the parabola
    and at most to half.

    Args:
        params: parameters, in one group.
        lr: an upper bound of α; the default never binds.
    """

    def __init__(self, params: Iterable[Tensor], lr: float = 1.0) -> None:
        if not 0.0 < lr < math.inf:
            raise ValueError(f"lr must be positive and finite, got {lr}")
        seen = {"steps": 0, "alpha": FIRST, "gain": 0.0, **Trend().state_dict()}
        probed = {"probed": False, "sharpness": 0.0, "curvature": 0.0}
        super().__init__(params, {"lr": lr, **seen, **probed})
        if len(self.param_groups) > 1:
            raise ValueError("the bound is over all parameters together; give them in one group")
        self._parameters: list[Tensor] = self.param_groups[0]["params"]
        self._blocks = _by_shape(self._parameters)
        self._sides: list[tuple[tuple[int, ...], Side]] = [
            (shape, side) for shape in self._blocks if shape for side in ("left", "right")
        ]
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
        sound = torch.stack(torch._foreach_norm(slope)).sum()
        slope = [torch.nan_to_num(g, 0.0, 0.0, 0.0) for g in slope]
        move = self._direction(slope)
        line = _to_host(loss, _dot(slope, move), _dot(move, move), self._weight(), sound)
        if not all(map(math.isfinite, line)):
            self.effect = {"effective_step": 0.0, "update_ratio": 0.0, "bound_active": 1.0}
            return
        before, gain, length, weight, _ = line
        is_cut = self._follow(before)
        alpha, bounded = self._bound(gain, length=length, weight=weight)
        self._move(move, -alpha)
        probed: Effect = {}
        due = is_cut or group["steps"] <= PROBED_FIRST or group["steps"] % PROBE_EVERY == 0
        if due and alpha > 0.0:
            after = closure().item()
            curvature = (after - before + alpha * gain) / alpha**2
            self._learn_curvature(curvature, length=length, anew=is_cut)
            worse = not after <= before  # so that NaN is worse, too
            probed["overshoot"] = float(worse)
            if worse:
                shorter = min(_lowest(gain, curvature=curvature), 0.5 * alpha)
                self._move(move, alpha - shorter)
                alpha, bounded = shorter, True
        group["alpha"] = max(alpha, LEAST)
        self.effect = {
            "effective_step": alpha * gain / max(before, EPSILON),
            "update_ratio": alpha * math.sqrt(length / max(weight, EPSILON)),
            "bound_active": float(bounded),
            **probed,
        }

    def _direction(self, slope: list[Tensor]) -> list[Tensor]:
        """The whitened momentum of every parameter."""
        steps = self.param_groups[0]["steps"]
        due = self._sides[steps % len(self._sides)] if self._sides else None
        move: list[Tensor] = [*slope]
        for shape, members in self._blocks.items():
            stack = _stack([slope[i] for i in members], shape)
            state = self.state[self._parameters[members[0]]]
            if not state:
                state.update(new_state(stack))
            if due is not None and due[0] == shape:
                refresh(state, due[1])
            white = direction(state, stack, step=steps)
            for i, part in zip(members, _unstack(white, members, slope), strict=True):
                move[i] = part
        return move

    def _follow(self, loss: float) -> bool:
        """Take a loss into its two running means; True if it is a cut."""
        group = self.param_groups[0]
        trend = Trend()
        trend.load_state_dict(group)
        is_cut = loss > JUMP * trend.slow
        trend.add(loss)
        group.update(trend.state_dict())
        return is_cut

    def _bound(self, gain: float, *, length: float, weight: float) -> tuple[float, bool]:
        """How long this step may be, and whether the overshooting bound decided it."""
        group = self.param_groups[0]
        group["gain"] += (1.0 - MEMORY) * (gain - group["gain"])
        if group["probed"]:
            new = group["sharpness"] * length
            group["curvature"] += (1.0 - MEMORY) * (new - group["curvature"])
        fall = 2.0 * (1.0 - group["fast"] / max(group["slow"], EPSILON))
        cap = SETTLED + (FALLING - SETTLED) * min(max(fall, 0.0), 1.0)
        free = min(
            GROWTH * group["alpha"],
            TRUST * math.sqrt(weight / max(length, EPSILON)),
            cap,
            group["lr"],
        )
        best = _lowest(group["gain"], curvature=group["curvature"])
        return min(free, ETA * best), ETA * best < free

    def _learn_curvature(self, curvature: float, *, length: float, anew: bool) -> None:
        """Take in what a probe showed; nothing where the loss left the finite numbers."""
        if not math.isfinite(curvature):
            return
        group = self.param_groups[0]
        group["sharpness"] = max(curvature, 0.0) / max(length, EPSILON)
        if anew or not group["probed"]:
            share = 1.0 - MEMORY ** group["steps"]  # as much as the running gain has taken in
            group["curvature"] = group["sharpness"] * length * share
        group["probed"] = True

    def _weight(self) -> Tensor:
        return _dot(self._parameters, self._parameters)

    def _move(self, move: list[Tensor], length: float) -> None:
        torch._foreach_add_(self._parameters, move, alpha=length)


def _lowest(gain: float, *, curvature: float) -> float:
    """α* of L − α gain + α² curvature: endless where it only falls, 0 where it only rises."""
    if gain <= 0.0 or not curvature < math.inf:
        return 0.0
    return gain / (2.0 * curvature) if curvature > 0.0 else math.inf


def _by_shape(parameters: list[Tensor]) -> dict[tuple[int, ...], list[int]]:
    """Places of the parameters by the shape of their matrix; all vectors together, under ()."""
    blocks: dict[tuple[int, ...], list[int]] = {}
    for place, parameter in enumerate(parameters):
        blocks.setdefault(_matrix_shape(parameter), []).append(place)
    return blocks


def _matrix_shape(parameter: Tensor) -> tuple[int, ...]:
    """(out, in · k · k) for a weight, (rows, columns) for a stack of tables, () for a vector."""
    if parameter.ndim < 2:
        return ()
    rows = parameter.shape[0] if parameter.ndim != 3 else parameter.shape[0] * parameter.shape[1]
    return (rows, parameter.numel() // rows)


def _stack(parts: list[Tensor], shape: tuple[int, ...]) -> Tensor:
    """One vector of all vectors, or one stack (k, m, n) of matrices of a shape."""
    if not shape:
        return torch.cat([part.reshape(-1) for part in parts])
    return torch.stack([part.reshape(shape) for part in parts])


def _unstack(whole: Tensor, members: list[int], like: list[Tensor]) -> list[Tensor]:
    """The parts of a stack, each in the shape of what it came from."""
    shapes = [like[i].shape for i in members]
    sizes = [shape.numel() for shape in shapes]
    parts = torch.split(whole, sizes) if whole.ndim == 1 else whole.unbind()
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def _dot(left: list[Tensor], right: list[Tensor]) -> Tensor:
    return torch.stack([(a * b).sum() for a, b in zip(left, right, strict=True)]).sum()


def _to_host(*numbers: Tensor) -> list[float]:
    values: list[float] = torch.stack([number.float() for number in numbers]).tolist()
    return values
