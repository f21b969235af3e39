"""What every optimizer must keep, ours and PyTorch's: called by the test of the registry.

All are driven as the learner drives them, by :func:`~stream_ae.optim.update.optimizer_step`.
"""

import copy
import io
import pickle
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from stream_ae.optim.effect import Effect, Sample
from stream_ae.optim.update import optimizer_step

Build = Callable[[Sequence[nn.Parameter]], Optimizer]
"""Makes an optimizer over parameters; all that it makes are set up alike."""

ALWAYS_TOLD = {"bound_active", "effective_step", "update_ratio"}
"""Of a probed step; whether it overshot is told where the optimizer, or the probe, asked."""


class Quadratic:
    """L = ½ Σ aᵢ wᵢ² of a matrix, a convolution and a vector, with one optimizer over them.

    No weight is far from its optimum and no aᵢ far from 1, so that every optimizer can learn it at
    its own default rate or at a tenth.
    """

    def __init__(self, build: Build) -> None:
        generator = torch.Generator().manual_seed(0)
        shapes = [(4, 3), (2, 3, 2, 2), (5,)]
        starts = [torch.randn(shape, generator=generator) for shape in shapes]
        self.weights = [nn.Parameter(start) for start in starts]
        self.scales = [0.5 + torch.rand(shape, generator=generator) for shape in shapes]
        self.optimizer = build(self.weights)

    def loss(self) -> Tensor:
        pairs = zip(self.scales, self.weights, strict=True)
        return torch.stack([0.5 * (a * w.square()).sum() for a, w in pairs]).sum()

    def step(self, *, probe: bool = False, factor: float = 1.0) -> Effect:
        @torch.no_grad()
        def closure() -> Tensor:
            return factor * self.loss()

        return optimizer_step(self.optimizer, Sample(factor * self.loss(), closure, probe=probe))

    def position(self) -> Tensor:
        return torch.cat([weight.detach().flatten() for weight in self.weights])


def check_optimizer(build: Build) -> None:
    """It learns, tells what it did, and can be saved; nothing throws its weights out."""
    check_learning(build)
    check_repeating(build)
    check_effect(build)
    check_saving(build)
    check_standing_still(build)
    check_idle_parameters(build)


def check_learning(build: Build) -> None:
    problem = Quadratic(build)
    before = problem.loss().item()
    for _ in range(60):
        problem.step()
    assert problem.loss().item() < 0.9 * before, "learns a quadratic"


def check_repeating(build: Build) -> None:
    one, other = Quadratic(build), Quadratic(build)
    for _ in range(6):
        one.step()
        other.step()
    assert torch.equal(one.position(), other.position()), "the same twice"
    assert not torch.equal(one.position(), Quadratic(build).position()), "moves"


def check_effect(build: Build) -> None:
    problem = Quadratic(build)
    loss, before = problem.loss().item(), problem.position()
    effect = problem.step(probe=True)
    moved = (problem.position() - before).norm() / before.norm()
    assert effect.keys() - {"overshoot"} == ALWAYS_TOLD
    torch.testing.assert_close(torch.tensor(effect["update_ratio"]), moved, rtol=1e-3, atol=1e-6)
    assert effect["effective_step"] > 0.0, "the first step goes down the gradient"
    assert effect["bound_active"] in (0.0, 1.0)
    assert effect.get("overshoot", 0.0) == float(problem.loss().item() > loss)
    assert problem.step().keys() <= {*ALWAYS_TOLD, "overshoot"}
    quiet = Quadratic(build)
    for _ in range(2):
        quiet.step()
    assert torch.equal(quiet.position(), problem.position()), "measuring changes nothing"


def check_saving(build: Build) -> None:
    whole = Quadratic(build)
    for _ in range(7):
        whole.step()
    file = io.BytesIO()
    torch.save(whole.optimizer.state_dict(), file)
    file.seek(0)
    resumed = Quadratic(build)
    for weight, learned in zip(resumed.weights, whole.weights, strict=True):
        weight.data.copy_(learned)
    resumed.optimizer.load_state_dict(torch.load(file, weights_only=True))
    for _ in range(30):
        assert whole.step() == resumed.step()
    assert torch.equal(whole.position(), resumed.position()), "a saved state goes on bit for bit"


def check_standing_still(build: Build) -> None:
    problem = Quadratic(build)
    for _ in range(3):
        problem.step(factor=0.0, probe=True)
    assert problem.position().isfinite().all(), "gradients of zero leave the weights finite"


def check_idle_parameters(build: Build) -> None:
    """A parameter without a gradient is left alone."""
    idle = nn.Parameter(torch.ones(3))
    problem = Quadratic(lambda weights: build([*weights, idle]))
    for _ in range(3):
        problem.step()
    assert torch.equal(idle, torch.ones(3)), "a parameter without gradient stays"


def check_copying(build: Build) -> None:
    """A deep copy and a pickle go on like the original, with their weights together."""
    problem = Quadratic(build)
    for _ in range(3):
        problem.step()
    twins = [copy.deepcopy(problem), pickle.loads(pickle.dumps(problem))]
    for _ in range(30):
        told = problem.step(probe=True)
        assert all(twin.step(probe=True) == told for twin in twins)
    for twin in twins:
        assert torch.equal(problem.position(), twin.position())
