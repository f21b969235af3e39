"""ObGD and AdaptiveObGD, as published: gradient descent that cannot overshoot.

They learn a *scalar prediction* v(w) online, with eligibility traces and a step that is made
smaller wherever it could carry the prediction past its target. They are here to be compared with:
over 10⁴ weights and more the bound is so careful that little is learned.

Elsayed, Vasan, Mahmood, "Streaming Deep Reinforcement Learning Finally Works", 2024
(arXiv:2410.14606), algorithm 3.
"""

import math

import torch
from torch.optim.optimizer import Optimizer, ParamsT, StateDict

from stream_ae.optim.checks import (
    add_group,
    check_not_empty,
    check_settings,
    current_lr,
    dense_grad,
    one_number,
)
from stream_ae.optim.effect import TINY, Effect, Sample, measured_step


class ObGD(Optimizer):
    """Overshooting-bounded gradient descent with eligibility traces.

    It is called as the published program calls its own: gradients are those of *minus* the
    prediction v, to be descended as those of a loss, and the error δ = target − v is given to
    :meth:`step`. With the gradient g = ∇(−v) in ``parameter.grad`` and its trace z, over all
    parameters together::

        z ← γ λ z + g
        M = α κ max(|δ|, 1) ‖z‖₁
        w ← w − min(α, α / M) δ z

    One step thus moves the weights by at most min(|δ|, 1) / κ in the L1 norm, and a linear
    prediction v = w·x by at most that times max |xᵢ|. Without a trace (γ λ = 0), if max |xᵢ| ≤ κ,
    the error on the same sample neither grows nor changes its sign. With gradients of +v every step
    goes the wrong way, and the prediction diverges.

    Elsayed et al. 2024, algorithm 3.

    Args:
        params: the parameters, in one group (the bound is over all of them), of float32 or float64
            and on one device.
        lr: step size α where the bound is not active.
        gamma: discount γ of the trace.
        lamda: decay λ of the trace; with γ λ = 0 only the present gradient counts.
        kappa: how careful the bound is: the larger, the smaller the step.

    Raises:
        ValueError: an argument out of range, more than one group of parameters, or one of another
            dtype.

    >>> w = torch.nn.Parameter(torch.zeros(2))
    >>> optimizer = ObGD([w])
    >>> prediction = w @ torch.tensor([1.0, 0.5])
    >>> (-prediction).backward()
    >>> optimizer.step(3.0 - prediction)
    >>> w.data, optimizer.bound_active
    (tensor([0.3333, 0.1667]), tensor(1.))
    """

    _bound_active: torch.Tensor
    _effective_lr: torch.Tensor

    def __init__(
        self,
        params: ParamsT,
        lr: float = 1.0,  # α
        gamma: float = 0.99,  # γ
        lamda: float = 0.8,  # λ
        kappa: float = 2.0,  # κ
    ) -> None:
        super().__init__(params, {"lr": lr, "gamma": gamma, "lamda": lamda, "kappa": kappa})
        self._forget_last_step()

    @property
    def bound_active(self) -> torch.Tensor:
        """1.0 where the bound made the last step smaller, else 0.0; 0-dim, on the device."""
        return self._bound_active

    @property
    def effective_lr(self) -> torch.Tensor:
        """min(α, α / M) of the last step, 0.0 before the first; 0-dim, on the device."""
        return self._effective_lr

    def add_param_group(self, param_group: StateDict) -> None:
        """Take the parameters; called once, by the constructor.

        Raises:
            ValueError: there is a group already, one of its settings is out of range, or a
                parameter cannot be learned.
        """
        if self.param_groups:
            raise ValueError(
                "the bound is over all parameters together, so they must be one group,"
                " got a second group; give all parameters in one list"
            )
        add_group(self, param_group, alike=True)
        check_not_empty(self.param_groups)

    def step_on(self, sample: Sample) -> Effect:
        """Step on one sample of a stream (:class:`~stream_ae.optim.effect.StreamOptimizer`).

        A reconstruction is no scalar prediction. The exact scalar reading of its objective L is
        v = −√L with target 0: then δ = √L, and δ ∇(−v) = ½ ∇L is the gradient step that one
        expects.
        """
        root = sample.backward(sample.objective.clamp_min(TINY).sqrt())
        effect = measured_step(
            lambda: self.step(root, reset=sample.reset),
            self.param_groups[0]["params"],
            sample=sample,
            value=root,
            power=0.5,
        )
        return {"bound_active": self.bound_active.item(), **effect}

    @torch.no_grad()
    def step(  # type: ignore[override]  # an error where other optimizers take a closure
        self, delta: float | torch.Tensor, reset: bool = False
    ) -> None:
        """Take one step; a parameter without gradient is skipped.

        Args:
            delta: the error δ = target − v of the prediction v, of whose negative the parameters
                hold the gradient: a number, or a tensor that holds one.
            reset: clear all traces after the step, because an episode ended.

        Raises:
            ValueError: ``delta`` is not one finite number (a tensor is not looked into), or a
                gradient is sparse.
        """
        params = [p for p in self.param_groups[0]["params"] if p.grad is not None]
        if params:
            self._descend(params, _as_scalar(delta, like=params[0]))
        if reset:
            for state in self.state.values():
                state["trace"].zero_()

    def _descend(self, params: list[torch.Tensor], delta: torch.Tensor) -> None:
        self._move(params, self._traces(params), delta)

    def _traces(self, params: list[torch.Tensor]) -> list[torch.Tensor]:
        """The traces after z ← γ λ z + g."""
        group = self.param_groups[0]
        grads = [dense_grad(parameter) for parameter in params]
        traces = [self._state(parameter)["trace"] for parameter in params]
        torch._foreach_mul_(traces, group["gamma"] * group["lamda"])
        torch._foreach_add_(traces, grads)
        return traces

    def _move(
        self, params: list[torch.Tensor], directions: list[torch.Tensor], delta: torch.Tensor
    ) -> None:
        """Take the step w ← w − min(α, α / M) δ z; nothing is read back from the device."""
        lr, kappa = current_lr(self.param_groups), self.param_groups[0]["kappa"]
        norm = torch.stack(torch._foreach_norm(directions, 1)).sum()
        bound = lr * kappa * delta.abs().clamp(min=1) * norm
        self._bound_active = (bound > 1).to(bound.dtype)
        self._effective_lr = lr * bound.reciprocal().clamp(max=1)  # M = 0: 1 / M is inf, no bound
        torch._foreach_add_(params, torch._foreach_mul(directions, -self._effective_lr * delta))

    def _state(self, parameter: torch.Tensor) -> StateDict:
        state: StateDict = self.state[parameter]
        if not state:
            state["trace"] = torch.zeros_like(parameter)
        return state

    def _forget_last_step(self) -> None:
        device = self.param_groups[0]["params"][0].device
        self._bound_active = self._effective_lr = torch.zeros((), device=device)

    def __setstate__(self, state: StateDict) -> None:
        check_settings(self, state)
        super().__setstate__(state)  # of a copy or a saved state, which hold no last step
        self._forget_last_step()


class AdaptiveObGD(ObGD):
    """ObGD that scales each weight's share of the step by the size of its past ones.

    With ŝ the running mean of (δ z)², corrected for its start at zero, ``z / √(ŝ + ε)`` takes the
    place of z in the bound and in the step::

        s ← β₂ s + (1 − β₂) (δ z)²,   ŝ = s / (1 − β₂ᵗ)

    What :class:`ObGD` promises holds here, too, and it is called alike. Elsayed et al. 2024.

    Args:
        params: as in :class:`ObGD`, as are the next four.
        lr: step size α.
        gamma: discount γ.
        lamda: decay λ.
        kappa: how careful the bound is.
        beta2: decay β₂ of the running mean.
        eps: ε, keeps the scale finite; inside the root, as published.

    Raises:
        ValueError: an argument out of range, more than one group of parameters, or one of another
            dtype.
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float = 1.0,
        gamma: float = 0.99,
        lamda: float = 0.8,
        kappa: float = 2.0,
        beta2: float = 0.999,
        eps: float = 1e-8,
    ) -> None:
        defaults = {"lr": lr, "gamma": gamma, "lamda": lamda, "kappa": kappa}
        Optimizer.__init__(self, params, {**defaults, "beta2": beta2, "eps": eps})
        self._forget_last_step()

    def _descend(self, params: list[torch.Tensor], delta: torch.Tensor) -> None:
        beta2, eps = self.param_groups[0]["beta2"], self.param_groups[0]["eps"]
        traces = self._traces(params)
        states = [self._state(parameter) for parameter in params]
        squares = [state["square"] for state in states]
        for state in states:
            state["step"] += 1
        steps = torch._foreach_mul(traces, delta)
        torch._foreach_mul_(squares, beta2)
        torch._foreach_addcmul_(squares, steps, steps, value=1 - beta2)
        scales = torch._foreach_div(squares, [1 - beta2 ** state["step"] for state in states])
        torch._foreach_add_(scales, eps)
        torch._foreach_sqrt_(scales)
        self._move(params, list(torch._foreach_div(traces, scales)), delta)

    def _state(self, parameter: torch.Tensor) -> StateDict:
        state = super()._state(parameter)
        if "square" not in state:
            state |= {"square": torch.zeros_like(parameter), "step": 0}
        return state


def _as_scalar(delta: float | torch.Tensor, *, like: torch.Tensor) -> torch.Tensor:
    number = one_number(delta, name="delta", like=like)
    if not (isinstance(delta, torch.Tensor) or math.isfinite(number)):
        raise ValueError(f"delta must be finite, got {delta}; skip this sample")
    return number
