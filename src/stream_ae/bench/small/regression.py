"""Regression without noise: inputs that wander, and the same ones in another order."""

import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from stream_ae.bench.small.problem import Problem, generator, perceptron

INPUTS, STEPS = 8, 2000
KEPT = 0.9
"""Share of an input that is left at the next step; its variance stays 1."""


def correlated(seed: int) -> Problem:
    """The sine of a sum, y = sin(2 w·x) with ‖w‖ = 1, of inputs x ← 0.9 x + 0.44 noise."""
    return _problem(*_samples(seed), seed=seed)


def shuffled(seed: int) -> Problem:
    """The samples of :func:`correlated` in an order by chance."""
    inputs, targets = _samples(seed)
    order = torch.randperm(STEPS, generator=generator(seed))
    return _problem(inputs[order], targets[order], seed=seed)


def _samples(seed: int) -> tuple[Tensor, Tensor]:
    chance = generator(seed)
    noise = torch.randn(STEPS, INPUTS, generator=chance)
    weights = torch.randn(INPUTS, generator=chance)
    inputs = noise.clone()
    for step in range(1, STEPS):
        inputs[step] = KEPT * inputs[step - 1] + (1.0 - KEPT**2) ** 0.5 * noise[step]
    targets = torch.sin(2.0 * inputs @ (weights / weights.norm()))
    return inputs, targets[:, None]


def _problem(inputs: Tensor, targets: Tensor, *, seed: int) -> Problem:
    torch.manual_seed(seed)
    model = perceptron(INPUTS, outputs=1)
    return Problem(
        model,
        STEPS,
        lambda step: lambda: mse_loss(model(inputs[step]), targets[step]),
        constant=targets.var(correction=0).item(),
    )
