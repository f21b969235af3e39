"""A bright blob that moves over a dark picture, reconstructed through a bottleneck."""

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from stream_ae.bench.small.problem import Problem, generator

STEPS, SIDE = 1000, 16


def moving_blob(seed: int) -> Problem:
    """Pictures of 16 × 16 with a Gaussian blob on a closed path, each reconstructed."""
    phases = 6.28 * torch.rand(2, generator=generator(seed))
    time = torch.arange(STEPS) / 10.0
    pictures = _blobs(
        0.5 + 0.35 * torch.sin(time + phases[0]), 0.5 + 0.35 * torch.sin(1.3 * time + phases[1])
    )
    torch.manual_seed(seed)
    model = _network()
    return Problem(
        model,
        STEPS,
        lambda step: lambda: mse_loss(model(pictures[step, None]), pictures[step, None]),
        constant=pictures.var(dim=0, correction=0).mean().item(),
    )


def _blobs(x: Tensor, y: Tensor) -> Tensor:
    """Pictures (n, 1, side, side) in [0, 1] of blobs at the positions (n,) in [0, 1]."""
    grid = (torch.arange(SIDE) + 0.5) / SIDE
    across, down = ((grid - centre[:, None]) / 0.12 for centre in (x, y))
    return torch.exp(-0.5 * (down[:, :, None] ** 2 + across[:, None, :] ** 2))[:, None]


def _network() -> nn.Module:
    """Two convolutions, a latent of 16 numbers, and two transposed convolutions."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(8, 16, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(256, 16),
        nn.Linear(16, 256),
        nn.ReLU(),
        nn.Unflatten(1, (16, 4, 4)),
        nn.ConvTranspose2d(16, 8, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.ConvTranspose2d(8, 1, 4, stride=2, padding=1),
    )
