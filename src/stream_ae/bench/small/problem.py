"""A small stream to learn one sample a step: its network, its objective and what is scored."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

Objective = Callable[[], Tensor]
"""What a step on one sample makes smaller, 0-dim, of the weights as they are when it is called."""


class Prediction(NamedTuple):
    """A scalar prediction and its target, for optimizers that learn values.

    Args:
        value: v, 0-dim, with its graph.
        target: r + γ v', 0-dim, of the present weights, without a graph.
    """

    value: Tensor
    target: Tensor


@dataclass(frozen=True, slots=True)
class Problem:
    """A stream with a fresh network.

    Args:
        model: the network, its weights drawn by the seed.
        steps: samples in the stream.
        objective: of a sample by its number; they are asked for in their order, once each.
        constant: mean error over the stream of the best constant prediction, known in hindsight.
        error: of a sample by its number, where it is not the objective.
        predict: value and target of a sample by its number, where the stream is of values.
    """

    model: nn.Module
    steps: int
    objective: Callable[[int], Objective]
    constant: float
    error: Callable[[int], float] | None = None
    predict: Callable[[int], Prediction] | None = None


def generator(seed: int) -> torch.Generator:
    """Chance of a seed, apart from that of the weights."""
    return torch.Generator().manual_seed(1000 + seed)


def perceptron(inputs: int, *, outputs: int, hidden: int = 32) -> nn.Module:
    """A multi-layer perceptron with two hidden layers of rectified units."""
    return nn.Sequential(
        nn.Linear(inputs, hidden),
        nn.ReLU(),
        nn.Linear(hidden, hidden),
        nn.ReLU(),
        nn.Linear(hidden, outputs),
    )
