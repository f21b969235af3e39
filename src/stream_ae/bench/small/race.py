"""One optimizer on one small stream: the error on each sample before it is learned."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from stream_ae.bench.small.problem import Prediction, Problem
from stream_ae.optim.bounded_gd import BoundedGD
from stream_ae.optim.obgd import ObGD

Build = Callable[[Iterable[nn.Parameter]], Optimizer]
"""Makes an optimizer over the weights of a network."""

END = 4
"""The end of a stream is the last quarter of it."""


def mean_and_end(problem: Problem, build: Build) -> tuple[float, float]:
    """Learn a stream; the mean error over all of it, and over its last quarter."""
    found = errors(problem, build)
    return found.mean().item(), found[-(problem.steps // END) :].mean().item()


def errors(problem: Problem, build: Build) -> Tensor:
    """Learn a stream; the error on each sample before its step, (steps,).

    What is not finite counts as infinite, and so does all that would have come after it.
    """
    optimizer = build(problem.model.parameters())
    found = torch.full((problem.steps,), torch.inf)
    for step in range(problem.steps):
        objective = problem.objective(step)
        loss = objective()
        error = _error(problem, step, loss=loss.detach())
        if not error < torch.inf:
            break
        found[step] = error
        optimizer.zero_grad()
        if isinstance(optimizer, ObGD) and problem.predict is not None:
            _step_on_value(optimizer, problem.predict(step))
            continue
        loss.backward()
        if isinstance(optimizer, BoundedGD):
            optimizer.step(objective, loss=loss.detach())
        else:
            optimizer.step()
    return found


def _error(problem: Problem, step: int, *, loss: Tensor) -> float:
    return loss.item() if problem.error is None else problem.error(step)


def _step_on_value(optimizer: ObGD, prediction: Prediction) -> None:
    (-prediction.value).backward()
    optimizer.step((prediction.target - prediction.value).detach())
