"""Classes that drift, as the usual generators of data streams make them.

Hulten, Spencer, Domingos 2001 (a hyperplane that turns); Bifet et al. 2009 (radial centres that
move), both with one label each and scored by the cross entropy before it is learned.
"""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from stream_ae.bench.small.problem import Problem, generator, perceptron

STEPS = 2000
FEATURES = 10


def hyperplane(seed: int) -> Problem:
    """Two classes on both sides of a plane that turns by 0.001 a step; 5 % of labels are wrong."""
    chance = generator(seed)
    inputs = torch.rand(STEPS, FEATURES, generator=chance)
    weights = torch.rand(FEATURES, generator=chance)
    signs = torch.ones(FEATURES)
    labels = torch.empty(STEPS, dtype=torch.long)
    flips = torch.rand(STEPS, generator=chance) < 0.05
    turns = torch.rand(STEPS, FEATURES, generator=chance) < 0.1
    for step in range(STEPS):
        labels[step] = int(inputs[step] @ weights >= 0.5 * weights.sum()) ^ int(flips[step])
        weights += 0.001 * signs
        signs = torch.where(turns[step], -signs, signs)
    return _problem(2.0 * inputs - 1.0, labels, classes=2, seed=seed)


def radial(seed: int) -> Problem:
    """Five classes around twenty centres that move through the unit cube and turn at its walls."""
    chance = generator(seed)
    centres = torch.rand(20, FEATURES, generator=chance)
    speeds = torch.randn(20, FEATURES, generator=chance)
    speeds *= 0.0005 * FEATURES**0.5 / speeds.norm(dim=1, keepdim=True)
    chosen = torch.randint(20, (STEPS,), generator=chance)
    noise = torch.randn(STEPS, FEATURES, generator=chance)
    inputs = torch.empty(STEPS, FEATURES)
    for step in range(STEPS):
        inputs[step] = centres[chosen[step]] + 0.1 * noise[step]
        centres += speeds
        speeds = torch.where((centres < 0.0) | (centres > 1.0), -speeds, speeds)
    return _problem(2.0 * inputs - 1.0, chosen % 5, classes=5, seed=seed)


def _problem(inputs: Tensor, labels: Tensor, *, classes: int, seed: int) -> Problem:
    torch.manual_seed(seed)
    model = perceptron(FEATURES, outputs=classes)
    return Problem(
        model,
        STEPS,
        lambda step: lambda: cross_entropy(model(inputs[step])[None], labels[step][None]),
        constant=entropy(labels, classes=classes),
    )


def entropy(labels: Tensor, *, classes: int) -> float:
    """Mean cross entropy of the labels' own frequencies, in nats."""
    shares = labels.bincount(minlength=classes).double() / labels.numel()
    total: Tensor = torch.special.xlogy(shares, shares).sum()
    return -total.item()
