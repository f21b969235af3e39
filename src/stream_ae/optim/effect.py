"""What an optimizer is given for one step on a stream, and what it tells about that step.

PyTorch's ``step()`` neither knows the loss nor says what it did. An optimizer that needs more, or
knows more, implements :class:`StreamOptimizer`; every other one of PyTorch works as it is.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypedDict, runtime_checkable

import torch
from torch import Tensor
from torch.nn.utils import get_total_norm

TINY = 1e-12
"""Keeps a perfect prediction differentiable, and a loss or norm of zero from being divided by."""


class Effect(TypedDict, total=False):
    """What a step did.

    Args:
        bound_active: 1.0 where a bound made the step smaller, else 0.0.
        effective_step: −⟨g, Δw⟩ / L, the share of the objective L that the step removes to first
            order; absent where it was not measured.
        update_ratio: ‖Δw‖ / ‖w‖ (You et al. 2020); likewise.
        overshoot: 1.0 where the objective was higher after the step, else 0.0; likewise.
    """

    bound_active: float
    effective_step: float
    update_ratio: float
    overshoot: float


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One sample to step on, and all that an optimizer may ask about it.

    Args:
        objective: L of the present weights, 0-dim, with its graph.
        closure: gives L of the weights as they are when it is called, 0-dim, without gradient.
        repeated: the sample is that of the step before.
        reset: the stream began again, so that traces of what came before end after this step.
        probe: measure what the step did; costs one more forward pass.
        lap: told ``backward`` when the gradients are there, for the clock.
    """

    objective: Tensor
    closure: Callable[[], Tensor]
    repeated: bool = False
    reset: bool = False
    probe: bool = False
    lap: Callable[[str], None] = lambda _: None

    def backward(self, value: Tensor) -> Tensor:
        """Compute the gradients of a function of the objective, 0-dim, and give it detached."""
        torch.autograd.backward(value)
        self.lap("backward")
        return value.detach()


@runtime_checkable
class StreamOptimizer(Protocol):
    """An optimizer that takes a sample instead of a bare gradient, and tells what it did."""

    def step_on(self, sample: Sample) -> Effect:
        """Compute the gradients that it wants (they are cleared before), step, and tell."""


def measured_step(
    step: Callable[[], object],
    parameters: Iterable[Tensor],
    *,
    sample: Sample,
    value: Tensor,
    power: float = 1.0,
) -> Effect:
    """Take a step, and measure it where the sample asks for that.

    Args:
        step: changes the parameters.
        parameters: with the gradients of ``value``.
        sample: what is stepped on.
        value: f = Lᵖ, which was differentiated, 0-dim.
        power: p. By the chain rule ⟨∇L, Δw⟩ / L = ⟨∇f, Δw⟩ / (p f).
    """
    if not sample.probe:
        step()
        return {}
    weights = list(parameters)
    before = [weight.detach().clone() for weight in weights]
    step()
    with torch.no_grad():
        moves = [weight - old for weight, old in zip(weights, before, strict=True)]
        pairs = zip(weights, moves, strict=True)
        gains = [torch.sum(w.grad * move) for w, move in pairs if w.grad is not None]
        gain = -torch.stack(gains).sum().item() if gains else 0.0
    moved, norm = get_total_norm(moves).item(), get_total_norm(before).item()
    return {
        "effective_step": gain / power / max(value.item(), TINY),
        "update_ratio": moved / max(norm, TINY),
        "overshoot": float(sample.closure() > sample.objective.detach()),
    }
