"""Overshooting-bounded descent for networks with many outputs: ObGD's promise in output space.

ObGD (Elsayed, Vasan, Mahmood 2024, algorithm 3) never lets a step overshoot the error on the sample
just seen. Its bound takes the L1 norm of all weights' traces, the worst case over all directions,
and starves a deep network. Here the bound is taken along the one direction that the step takes:
with w ← w − α u the loss is lowest, to second order, at α* = g·u / 2 c, and one more forward pass
on the sample after a step (a *probe*) gives c. The derivation, what was tried and the measurements
are in docs/method.md.
"""

import math
from collections.abc import Callable
from inspect import unwrap

import torch
from torch import Tensor
from torch.optim.optimizer import Optimizer, ParamsT, StateDict

from stream_ae.kernels.preconditioner import pull
from stream_ae.optim.checks import (
    ALIKE_SAMPLES,
    UNRELATED_SAMPLES,
    add_group,
    check_bounded_state,
    check_not_empty,
    check_parameters,
    check_settings,
    current_lr,
    dense_grad,
    one_number,
)
from stream_ae.optim.effect import TINY, Effect, Sample
from stream_ae.optim.preconditioner import ALIKE, UNRELATED, momentum, new_state, preconditioned
from stream_ae.optim.step_size import OvershootBound, new_bound_state
from stream_ae.optim.tiling import TiledVector, Tiling

LARGEST = 1e15
"""A larger entry of a gradient counts as this, so that no square overflows."""


LEAST_RMS = 0.01
"""Root-mean-square that weights have at least where the trust ratio asks for ‖w‖. Weights of zero
would otherwise hardly move. A dense layer of 3,000 inputs begins as small."""

Number = Tensor | float
"""A loss; a tensor holds one element."""

_STILL: Effect = {"effective_step": 0.0, "update_ratio": 0.0, "bound_active": 1.0}
"""Of a step that is none."""


class BoundedStep(Optimizer):
    """One step along one line: what :class:`~stream_ae.optim.bounded_gd.BoundedGD` is made of.

    Args and errors are those of :class:`~stream_ae.optim.bounded_gd.BoundedGD`.
    """

    # As they are wrapped, they import PyTorch's compiler first: 0.85 s and 66 MiB.
    state_dict = unwrap(Optimizer.state_dict)
    load_state_dict = unwrap(Optimizer.load_state_dict)

    def __init__(
        self,
        params: ParamsT,
        lr: float = 1.0,
        *,
        bound: bool = True,
        trust: float = 0.1,
        precondition: bool = True,
        l2_init: float = 0.0,
        samples: str = UNRELATED_SAMPLES,
    ) -> None:
        shared = {
            "bound": bound,
            "trust": trust,
            "precondition": precondition,
            "samples": samples,
        }
        memory = {"steps": 0, "line": new_bound_state()}
        super().__init__(params, {"lr": lr, "l2_init": l2_init, **shared, **memory})
        check_not_empty(self.param_groups)

    def add_param_group(self, param_group: StateDict) -> None:
        """Take more parameters, before the first step.

        Raises:
            ValueError: steps were taken, a setting is out of range or differs from those of other
                groups, or a parameter cannot be learned.
        """
        if self.state:
            raise ValueError(
                "what was learned of the gradients is of all parameters together, so a group can"
                " be added before the first step only, got one after it; make a new optimizer"
                " over all parameters"
            )
        add_group(self, param_group, alike=True)
        self._lay_out()

    def _lay_out(self) -> None:
        """All that follows from the parameters, which a saved state or a copy does not hold."""
        self._parameters: list[Tensor] = [p for g in self.param_groups for p in g["params"]]
        self._tiling = Tiling(self._parameters)
        self._vectors: dict[str, TiledVector] = {}
        self._l2_inits: list[float] = []  # those that ``_l2_init`` was made of
        self.effect: Effect = {}
        """What the last step did."""
        self._rate = math.inf  # bound of α, of the copy that steps

    def __setstate__(self, state: StateDict) -> None:
        check_bounded_state(state)
        check_settings(self, state)
        super().__setstate__(state)
        self._lay_out()

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Clear the gradients, without PyTorch's checks of each, which take most of the time."""
        if not set_to_none:
            super().zero_grad(set_to_none=False)
            return
        for parameter in self._parameters:
            parameter.grad = None

    def forget(self) -> None:
        """Know nothing of the samples so far, as before the first step; w₀ is what is then."""
        self.state.clear()
        for group in self.param_groups:
            group |= {"steps": 0, "line": new_bound_state()}

    def step_on(self, sample: Sample) -> Effect:
        """Step on one sample of a stream (:class:`~stream_ae.optim.effect.StreamOptimizer`).

        Such samples are alike, so a first step of this kind decides for ``samples="alike"``.
        """
        if not self.state:
            for group in self.param_groups:
                group["samples"] = ALIKE_SAMPLES
        loss = sample.backward(sample.objective)
        self.step(sample.closure, loss=loss, repeated=sample.repeated)
        return self.effect

    @torch.no_grad()
    def step(  # type: ignore[override]  # it needs the loss of the present weights, too
        self,
        closure: Callable[[], Number] | None = None,
        *,
        loss: Number | None = None,
        repeated: bool = False,
    ) -> None:
        """Take one step along the gradients at hand; none where they are not finite.

        Args:
            closure: gives the loss on the same sample with the weights as they are then, one
                number; called on probed steps only, without gradient.
            loss: of the present weights, one number, whose gradient is in ``.grad``.
            repeated: the sample is that of the step before, whose effect ``loss`` shows.

        Raises:
            ValueError: the loss is not one number, or one of the two is missing.
        """
        if closure is None or loss is None:
            given = {"closure": closure, "loss": loss}
            missing = " and ".join(f"no {name}" for name, it in given.items() if it is None)
            raise ValueError(
                "BoundedGD measures what a step does to the loss, so step needs both, as in"
                f" step(lambda: objective(sample), loss=loss.detach()), got {missing}; see"
                " docs/python.md"
            )
        self._step(closure, loss, repeated=repeated)

    def _step(self, closure: Callable[[], Number], loss: Number, *, repeated: bool) -> None:
        group, lr = self.param_groups[0], current_lr(self.param_groups)
        learned = sum(p.numel() for p in self._parameters if p.grad is not None)
        if not learned:
            self.effect = {**_STILL}
            return
        group["steps"] += 1
        grads = [*map(dense_grad, self._parameters)]
        grad = self._vector("grad", like=grads[0]).gather(grads)
        slope = self._slope_along_last(grad)
        weights = self._vector("weights", like=grad).gather(self._parameters)
        move = self._of_learned(self._direction(grad, weights))
        weights = self._of_learned(weights)
        sums = [torch.dot(grad, move), torch.dot(move, move), torch.dot(weights, weights), slope]
        # All numbers of a step in one transfer: a device is waited for once.
        host = torch.stack([*sums, one_number(loss, name="loss", like=move)]).tolist()
        if not all(map(math.isfinite, host)):
            group["line"]["alpha"] = 0.0  # from which the next step grows
            self.effect = {**_STILL}
            return
        gain, squared_norm, weight_norm, onward, before = host  # the norm squared, too
        ratio = math.sqrt(squared_norm / max(weight_norm, LEAST_RMS**2 * learned))  # ‖u‖ / ‖w‖
        alpha = min(lr, self._rate, group["trust"] / max(ratio, TINY))
        parts = self._vector("move", like=move).scatter(move)
        line = self._bound(move)
        effect: Effect = {"bound_active": 0.0}
        if group["bound"]:
            probed = line.observe(before, repeated=repeated, slope=onward)
            alpha, active = line.step_size(gain, squared_norm=squared_norm, limit=alpha)
            effect["bound_active"] = float(active)
        self._move(parts, -alpha)
        if group["bound"] and probed and alpha > 0.0:
            probed_alpha, alpha = alpha, line.backtrack(evaluate(closure))
            self._move(parts, probed_alpha - alpha)
            effect |= {"overshoot": float(alpha < probed_alpha)}
        self.effect = {
            "effective_step": alpha * gain / max(before, TINY),
            "update_ratio": alpha * ratio,
            **effect,
        }

    def _direction(self, grad: Tensor, weights: Tensor) -> Tensor:
        """The direction u, in one vector like the gradient (finite or not) and the weights."""
        grad = grad.nan_to_num(0.0, 0.0, 0.0).clamp_(-LARGEST, LARGEST)
        group = self.param_groups[0]
        state = self.state[self._parameters[0]]  # that of all, so that it is saved with them
        l2_inits = [group["l2_init"] for group in self.param_groups]
        if not state:
            check_parameters(self.param_groups, alike=True)  # since the module may be another now
            state.update(new_state(grad, self._tiling))
            if any(l2_inits):
                state["anchor"] = weights.clone()
        before = state["momentum"]
        self._check_kind(before, grad)
        if group["precondition"]:
            with torch.autocast(grad.device.type, enabled=False):  # in the weights' precision
                memory = ALIKE if group["samples"] == ALIKE_SAMPLES else UNRELATED
                move = preconditioned(
                    state, grad, tiling=self._tiling, step=group["steps"], memory=memory
                )
        else:
            move = momentum(state, grad)
        if not any(l2_inits):
            return move
        if l2_inits != self._l2_inits:  # at first, and where a loaded state has others
            self._l2_inits, self._l2_init = l2_inits, self._of_groups(l2_inits)
        return pull(move, weights, anchor=state["anchor"], strength=self._l2_init)

    def _bound(self, move: Tensor) -> OvershootBound:
        """The bound of a step along ``move``, which is kept for the next sample to judge it."""
        group = self.param_groups[0]
        is_alike = group["samples"] == ALIKE_SAMPLES
        if group["bound"] and is_alike:
            self.state[self._parameters[0]]["move"] = move
        return OvershootBound(group["line"], alike=is_alike)

    def _slope_along_last(self, grad: Tensor) -> Tensor:
        """The gradient times the direction of the step before, 0-dim; 0 where none is kept."""
        before = self.state[self._parameters[0]].get("move")
        if before is None:
            return grad.new_zeros(())
        self._check_kind(before, grad)
        return torch.dot(grad, before)

    def _check_kind(self, before: Tensor, now: Tensor) -> None:
        """Refuse parameters of another dtype or device than the state's."""
        if (before.dtype, before.device) != (now.dtype, now.device):
            raise ValueError(
                f"the parameters must stay {before.dtype} on {before.device}, as they were learned,"
                f" got {now.dtype} on {now.device}; after a change call"
                " optimizer.load_state_dict(optimizer.state_dict())"
            )

    def _vector(self, name: str, *, like: Tensor) -> TiledVector:
        """One of the vectors that every step fills."""
        vector = self._vectors.get(name)
        if vector is None or vector.kind != (like.dtype, like.device):
            vector = self._vectors[name] = TiledVector(self._tiling, like=like)
        return vector

    def _of_learned(self, vector: Tensor) -> Tensor:
        """A vector like the weights with zeros for every parameter that has no gradient."""
        learned = [parameter.grad is not None for parameter in self._parameters]
        if all(learned):
            return vector
        pairs = zip(self._parameters, learned, strict=True)
        return vector * self._tiling.gather(
            [torch.full_like(p, float(is_so)) for p, is_so in pairs]
        )

    def _of_groups(self, values: list[float]) -> Tensor:
        """A vector like the weights, in which those of a group have its value."""
        pairs = zip(self.param_groups, values, strict=True)
        return self._tiling.gather([torch.full_like(p, v) for g, v in pairs for p in g["params"]])

    def _move(self, parts: list[Tensor], size: float) -> None:
        torch._foreach_add_(self._parameters, parts, alpha=size)


def evaluate(closure: Callable[[], Number]) -> float:
    """The loss of the weights as they are; autocast may have kept them as they were."""
    torch.clear_autocast_cache()
    host = torch.empty((), dtype=torch.float64, device="cpu")
    return one_number(closure(), name="what the closure gives", like=host).item()
