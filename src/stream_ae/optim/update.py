"""One update of the weights by any optimizer, and what several updates on one frame did."""

from collections.abc import Sequence
from itertools import compress, pairwise

import torch
from torch import Tensor
from torch.optim import Optimizer

from stream_ae.optim.bounded_gd import BoundedGD
from stream_ae.optim.effect import Effect, Sample, StreamOptimizer, measured_step


def optimizer_step(optimizer: Optimizer, sample: Sample) -> Effect:
    """Take one step of an optimizer down the objective of a sample.

    A :class:`~stream_ae.optim.effect.StreamOptimizer` is given the sample itself. All others are
    given the gradients of the objective and take their plain ``step()``; what they did is measured
    from outside.

    Args:
        optimizer: over the weights that the objective depends on.
        sample: what to step on.
    """
    optimizer.zero_grad()
    if isinstance(optimizer, StreamOptimizer):
        return optimizer.step_on(sample)
    value = sample.backward(sample.objective)
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    effect = measured_step(optimizer.step, weights, sample=sample, value=value)
    return {"bound_active": 0.0, **effect}


def forget(optimizer: Optimizer) -> None:
    """Make an optimizer know nothing of the gradients so far, as before its first step."""
    if isinstance(optimizer, BoundedGD):
        optimizer.forget()
    else:
        optimizer.state.clear()


def merge_effects(effects: Sequence[Effect], objectives: Sequence[Tensor]) -> Effect:
    """The effect of several steps on one frame: that of the first, but for ``overshoot``.

    It is the share of steps that left the objective higher, of those whose end is known: where the
    optimizer measured it, and for each but the last from where the next one began.

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
