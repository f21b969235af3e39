"""What a machine can do at best: the bare network, and the matrix product it is made of."""

import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple

import torch
from torch.utils.flop_counter import FlopCounterMode

from stream_ae.nn.autoencoder import FRAME_SIZE, seeded
from stream_ae.nn.losses import full_objective

SIDE = 1024
"""Of the square matrices that are multiplied: large enough for a machine to show its best."""


class Bare(NamedTuple):
    """Forward, objective and backward on one frame, without anything around them.

    Args:
        ms: median time.
        flops: floating-point operations of convolutions and matrix products, counted; a
            multiplication and an addition are two.
    """

    ms: float
    flops: int


def bare_network(*, repeats: int = 20) -> Bare:
    """Time the network alone, on a picture of noise, with the threads that torch has now."""
    model = seeded(0)
    noise = torch.Generator().manual_seed(0)
    frame = torch.rand(1, 3, *FRAME_SIZE, generator=noise)
    frame = frame.contiguous(memory_format=torch.channels_last)
    mask = torch.rand(FRAME_SIZE, generator=noise) < 0.05  # as many as walkers change

    def step() -> None:
        for parameter in model.parameters():
            parameter.grad = None
        _, objective = full_objective(model(frame).image, frame, mask=mask)
        torch.autograd.backward(objective)

    with FlopCounterMode(display=False) as counter:
        step()
    return Bare(1000.0 * median(_times(step, repeats)), counter.get_total_flops())


def matmul_flops(*, repeats: int = 10) -> float:
    """Floating-point operations a second of a float32 matrix product, the best of some."""
    a, b = torch.rand(SIDE, SIDE), torch.rand(SIDE, SIDE)
    return 2.0 * SIDE**3 / min(_times(lambda: a @ b, repeats))


def _times(action: Callable[[], object], repeats: int) -> list[float]:
    """Seconds of each repetition, after one that warms up."""
    action()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return times
