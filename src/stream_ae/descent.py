"""One update of the weights by whatever optimizer, and what it did."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.utils import get_total_norm
from torch.optim import Optimizer

from stream_ae.obgd import ObGD

_TINY = 1e-12  # keeps a perfect prediction differentiable and from being divided by


def backward(optimizer: Optimizer, objective: Tensor) -> Tensor:
    """Leave a gradient beside every parameter and return the value that it belongs to.

    That is the objective itself; for :class:`~stream_ae.obgd.ObGD` it is the objective's root, its
    exact reading as a scalar prediction f with target 0 (then δ = −f and δ · ∇f = −½ ∇objective).
    """
    if isinstance(optimizer, ObGD):
        objective = objective.clamp_min(_TINY).sqrt()
    torch.autograd.backward(objective)
    return objective.detach()


def update(optimizer: Optimizer, value: Tensor, *, anew: bool) -> Tensor:
    """Take one step; 1.0 if a bound made it smaller, else 0.0, 0-dim.

    Args:
        optimizer: whose parameters have their gradient.
        value: from :func:`backward`.
        anew: the stream began anew, so traces of what came before end here.
    """
    if isinstance(optimizer, ObGD):
        optimizer.step(-value, reset=anew)
        return optimizer.bound_active
    optimizer.step()
    return torch.zeros_like(value)


def effect_of_step(
    optimizer: Optimizer, value: Tensor, *, before: Sequence[Tensor], after: Sequence[Tensor]
) -> dict[str, Tensor]:
    """First-order effect and length of an update w ← w + Δw.

    Args:
        optimizer: what took the step.
        value: from :func:`backward`, so from before the step.
        before: copies of the weights before it.
        after: the weights themselves, their gradient still beside them.

    Returns:
        ``effective_step``, the share of the objective L that the update removes to first order,
        −⟨∇L, Δw⟩ / L; and ``update_ratio``, ‖Δw‖ / ‖w‖ (the trust ratio of You et al. 2020); both
        0-dim.
    """
    moved = [new.detach() - old for new, old in zip(after, before, strict=True)]
    gains = [
        torch.sum(parameter.grad * move)
        for parameter, move in zip(after, moved, strict=True)
        if parameter.grad is not None
    ]
    # With L = f² the share is twice that of f: ⟨∇L, Δw⟩ / L = 2 f ⟨∇f, Δw⟩ / f².
    power = 2.0 if isinstance(optimizer, ObGD) else 1.0
    share = -power * torch.stack(gains).sum() / value.clamp_min(_TINY)
    length, weight = get_total_norm(moved), get_total_norm(before)
    return {"effective_step": share, "update_ratio": length / weight.clamp_min(_TINY)}
