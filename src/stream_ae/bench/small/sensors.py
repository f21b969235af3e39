"""Sensors with a daily rhythm and gaps: the next values from the last ones that are known."""

import torch

from stream_ae.bench.small.problem import Problem, generator, perceptron

STEPS, SENSORS, DAY = 2000, 6, 96
MISSING = 0.2
"""Share of values that are missing."""


def gaps(seed: int) -> Problem:
    """Six sensors, a fifth of whose values is missing; a missing one is 0, and a mask says so.

    Each is a daily wave of its own, noise that wanders, and a step of all of them half-way. The
    objective is the mean squared error over the values that are there.
    """
    chance = generator(seed)
    time = torch.arange(STEPS + 1)[:, None] / DAY
    phases, sizes = torch.rand(2, SENSORS, generator=chance)
    values = (0.5 + sizes) * torch.sin(6.283 * (time + phases))
    values += 0.3 * torch.sin(6.283 * (3.0 * time + 2.0 * phases))
    noise = 0.1 * torch.randn(STEPS + 1, SENSORS, generator=chance)
    for step in range(1, STEPS + 1):
        noise[step] += 0.9 * noise[step - 1]
    values += noise
    values[STEPS // 2 :] += 0.5
    there = (torch.rand(STEPS + 1, SENSORS, generator=chance) >= MISSING).float()
    there[1:, 0] = 1.0  # so that every step has something to learn
    seen = torch.cat([values * there, there], dim=1)
    torch.manual_seed(seed)
    model = perceptron(2 * SENSORS, outputs=SENSORS)
    means = (values * there)[1:].sum(0) / there[1:].sum(0)
    rests = ((values - means).square() * there)[1:].sum(1) / there[1:].sum(1)
    return Problem(
        model,
        STEPS,
        lambda step: (
            lambda: (
                ((model(seen[step]) - values[step + 1]).square() * there[step + 1]).sum()
                / there[step + 1].sum()
            )
        ),
        constant=rests.mean().item(),
    )
