"""One update of the weights by whatever optimizer, and what it did."""

from collections.abc import Callable, Sequence
from itertools import compress, pairwise

import torch
from torch import Tensor
from torch.nn.utils import get_total_norm
from torch.optim import Optimizer

from stream_ae.optim.bounded_gd import BoundedGD, Effect
from stream_ae.optim.obgd import ObGD

_TINY = 1e-12  # keeps a perfect prediction differentiable and from being divided by


def descend(
    optimizer: Optimizer,
    objective: Tensor,
    *,
    again: Callable[[], Tensor],
    anew: bool,
    repeated: bool,
    probe: bool,
    lap: Callable[[str], None],
) -> Effect:
    """Take one step of an optimizer down an objective.

    :class:`~stream_ae.optim.bounded_gd.BoundedGD` is given ``again`` and measures itself.
    :class:`~stream_ae.optim.obgd.ObGD` is given the objective's root, its exact reading as a scalar
    prediction f with target 0 (then δ = −f and δ · ∇f = −½ ∇objective). Any other optimizer takes
    its plain step.

    Args:
        optimizer: over the weights that the objective depends on.
        objective: L of the present weights, 0-dim, with its graph.
        again: gives L of the weights as they are then, without gradient.
        anew: the stream began anew, so traces of what came before end here.
        repeated: the frame is that of the step before.
        probe: measure what the step did; costs one more look at the frame.
        lap: told ``backward`` when the gradients are there, for the clock.
    """
    optimizer.zero_grad()
    is_root = isinstance(optimizer, ObGD)
    value = objective.clamp_min(_TINY).sqrt() if is_root else objective
    torch.autograd.backward(value)
    lap("backward")
    value, objective = value.detach(), objective.detach()
    if isinstance(optimizer, BoundedGD):
        optimizer.step(again, loss=objective, again=repeated)
        return optimizer.effect
    weights = [p for group in optimizer.param_groups for p in group["params"]]
    before = [weight.detach().clone() for weight in weights] if probe else []
    if isinstance(optimizer, ObGD):
        optimizer.step(-value, reset=anew)
        active = optimizer.bound_active.item()
    else:
        optimizer.step()
        active = 0.0
    if not probe:
        return {"bound_active": active}
    # With L = f² the share is twice that of f: ⟨∇L, Δw⟩ / L = 2 f ⟨∇f, Δw⟩ / f².
    share, ratio = _first_order(before, weights)
    return {
        "bound_active": active,
        "effective_step": (2.0 if is_root else 1.0) * share / max(value.item(), _TINY),
        "update_ratio": ratio,
        "overshoot": float(again() > objective),
    }


def as_one(effects: Sequence[Effect], objectives: Sequence[Tensor]) -> Effect:
    """The effect of some steps on one frame: that of the first, but for ``overshoot``.

    It is the share of steps that left the objective higher, of those whose end is known: where the
    optimizer looked, and for each but the last from where the next one began.

    Args:
        effects: of every step.
        objectives: L before every step, 0-dim.
    """
    known = [effect["overshoot"] for effect in effects if "overshoot" in effect]
    if len(objectives) > 1:
        rises = [float(new > old) for old, new in pairwise(torch.stack([*objectives]).tolist())]
        unseen = ["overshoot" not in effect for effect in effects[:-1]]
        known += compress(rises, unseen)
    return {**effects[0], "overshoot": sum(known) / len(known)} if known else effects[0]


@torch.no_grad()
def _first_order(before: Sequence[Tensor], after: Sequence[Tensor]) -> tuple[float, float]:
    """−⟨g, Δw⟩ with the gradients beside ``after``, and ‖Δw‖ / ‖w‖ (You et al. 2020)."""
    moved = [new - old for new, old in zip(after, before, strict=True)]
    gains = [
        torch.sum(weight.grad * move)
        for weight, move in zip(after, moved, strict=True)
        if weight.grad is not None
    ]
    gain = -torch.stack(gains).sum().item()
    length, weight = get_total_norm(moved).item(), get_total_norm(before).item()
    return gain, length / max(weight, _TINY)
